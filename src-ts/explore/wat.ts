/** A function's operators as text, a line each, with their places in the module. */
import { skipImmediates } from '../ir/scan.js';
import { GC_FIRST, GC_INDICES, GcOp } from '../wasm/gc-opcodes.js';
import { readHigh, readS32, readU32, skipLeb } from '../wasm/leb.js';
import { OP_IMM, OP_N, opName } from '../wasm/op-tables.js';
import { typeName } from '../wasm/type-names.js';
import { Clause, Imm, WasmOp } from '../wasm/opcodes.js';
import { Reader } from '../wasm/reader.js';
import { readRefType, readValType } from '../wasm/ref-types.js';
import type { WasmModule } from '../wasm/decoded-module.js';

/** An operator. */
export interface WatLine {
  /** Byte offset in the module. */
  pos: number;
  /** Constructs that it stands in. */
  depth: number;
  text: string;
}

/** First bytes of operators behind a prefix → what their number is added to (wasm/opcodes.ts). */
const PREFIXES: Readonly<Record<number, number>> = { 0xfb: GC_FIRST, 0xfc: 0x100, 0xfd: 0x200, 0xfe: 0x400 };

const OPENING: ReadonlySet<number> = new Set([WasmOp.BLOCK, WasmOp.LOOP, WasmOp.IF, WasmOp.TRY, WasmOp.TRY_TABLE]);
/** Stand as far left as the construct that they belong to. */
const MIDDLE: ReadonlySet<number> = new Set([WasmOp.ELSE, WasmOp.CATCH, WasmOp.CATCH_ALL]);

/** The operators of the function with this defined index, of a module that was validated. `nameOf`: of functions. */
export function listBody(m: WasmModule, defined: number, nameOf: (func: number) => string): WatLine[] {
  const lines: WatLine[] = [];
  const end = m.bodyEnd[defined];
  const text = new Immediates(m, nameOf);
  let p = m.bodyStart[defined];
  const locals = new Reader(m.bytes, p, end);
  for (let n = locals.u32(); n > 0; n--) {
    const count = locals.u32();
    lines.push({ pos: p, depth: 0, text: `local ${count} × ${typeName(readValType(locals, m))}` });
    p = locals.pos;
  }
  p = locals.pos;
  for (let depth = 0; p < end;) {
    const pos = p;
    let op = m.bytes[p++];
    const next = skipImmediates(m.bytes, p, op);
    const prefix = PREFIXES[op];
    if (prefix !== undefined) {
      op = prefix + readU32(m.bytes, p);
      p = skipLeb(m.bytes, p);
    }
    const closes = op === WasmOp.END || op === WasmOp.DELEGATE;
    if (closes) depth--;
    const shown = `${opName(op)}${text.of(op, p)}`;
    lines.push({ pos, depth: Math.max(0, depth - (MIDDLE.has(op) ? 1 : 0)), text: shown });
    if (OPENING.has(op)) depth++;
    p = next;
  }
  return lines;
}

/** The immediates of operators as text, with a space in front. */
class Immediates {
  private readonly r: Reader;

  constructor(
    private readonly m: WasmModule,
    private readonly nameOf: (func: number) => string,
  ) {
    this.r = new Reader(m.bytes);
  }

  /** Of the operator `op`, whose immediates begin at `p`. */
  of(op: number, p: number): string {
    this.r.pos = p;
    const text = op >= GC_FIRST ? this.ofGc(op - GC_FIRST) : this.ofCore(op);
    return text === '' ? '' : ` ${text}`;
  }

  private ofCore(op: number): string {
    const { r } = this;
    switch (op) {
      case WasmOp.BLOCK:
      case WasmOp.LOOP:
      case WasmOp.IF:
      case WasmOp.TRY:
        return this.blockType();
      case WasmOp.TRY_TABLE:
        return [this.blockType(), ...this.clauses()].filter((s) => s !== '').join(' ');
      case WasmOp.BR_TABLE: {
        const n = r.u32();
        return Array.from({ length: n + 1 }, () => r.u32()).join(' ');
      }
      case WasmOp.SELECT_T:
        return Array.from({ length: r.u32() }, () => typeName(readValType(r, this.m))).join(' ');
      case WasmOp.CALL:
      case WasmOp.RETURN_CALL:
      case WasmOp.REF_FUNC:
        return this.nameOf(r.u32());
      case WasmOp.CALL_INDIRECT:
      case WasmOp.RETURN_CALL_INDIRECT: {
        const type = r.u32();
        return `${r.u32()} (type ${type})`;
      }
      case WasmOp.REF_NULL:
        return this.heapType();
      default:
        return this.ofFixed(op);
    }
  }

  /** Operators with a fixed signature, and those with one number. */
  private ofFixed(op: number): string {
    const { r } = this;
    switch (OP_IMM[op]) {
      case Imm.NONE:
      case Imm.FENCE:
        return '';
      case Imm.MEMARG:
      case Imm.ATOMIC:
        return this.memarg(op);
      case Imm.MEMARG_LANE: {
        const access = this.memarg(op);
        return `${access} ${r.u8()}`.trim();
      }
      case Imm.I32:
        return String(readS32(r.bytes, r.pos));
      case Imm.I64:
        return String(
          BigInt.asIntN(64, (BigInt(readHigh(r.bytes, r.pos, true)) << 32n) | BigInt(readU32(r.bytes, r.pos))),
        );
      case Imm.F32:
        return float(new DataView(r.bytes.buffer, r.bytes.byteOffset + r.pos, 4), 4);
      case Imm.F64:
        return float(new DataView(r.bytes.buffer, r.bytes.byteOffset + r.pos, 8), 8);
      case Imm.LANE:
        return String(r.u8());
      case Imm.V128:
        return `i8x16 ${Array.from({ length: 16 }, () => r.u8()).join(' ')}`;
      case Imm.SHUFFLE:
        return Array.from({ length: 16 }, () => r.u8()).join(' ');
      case Imm.MEMORY_COPY:
      case Imm.TABLE_COPY:
      case Imm.MEMORY_INIT:
      case Imm.TABLE_INIT:
        return `${r.u32()} ${r.u32()}`;
      case Imm.MEMORY: {
        const memory = r.u32();
        return memory === 0 ? '' : String(memory);
      }
      case Imm.DATA:
      case Imm.ELEM:
        return String(r.u32());
      default:
        return ONE_NUMBER.has(op) ? String(r.u32()) : '';
    }
  }

  private ofGc(op: GcOp): string {
    const { r } = this;
    if (op === GcOp.BR_ON_CAST || op === GcOp.BR_ON_CAST_FAIL) {
      const flags = r.u8();
      const label = r.u32();
      const from = `(ref ${(flags & 1) !== 0 ? 'null ' : ''}${this.heapType()})`;
      return `${label} ${from} (ref ${(flags & 2) !== 0 ? 'null ' : ''}${this.heapType()})`;
    }
    const nullable = op === GcOp.REF_TEST_NULL || op === GcOp.REF_CAST_NULL;
    if (nullable || op === GcOp.REF_TEST || op === GcOp.REF_CAST)
      return `(ref ${nullable ? 'null ' : ''}${this.heapType()})`;
    return Array.from({ length: GC_INDICES[op] }, () => r.u32()).join(' ');
  }

  private blockType(): string {
    const { r } = this;
    const byte = r.bytes[r.pos];
    if (byte === 0x40) {
      r.pos++;
      return '';
    }
    // A negative number: a value type.
    if ((byte & 0xc0) === 0x40) return `(result ${typeName(readValType(r, this.m))})`;
    return `(type ${r.s33()})`;
  }

  private *clauses(): Generator<string> {
    const { r } = this;
    for (let n = r.u32(); n > 0; n--) {
      const clause: Clause = r.u8();
      const ref = clause === Clause.CATCH_REF || clause === Clause.CATCH_ALL_REF ? '_ref' : '';
      yield clause <= Clause.CATCH_REF ? `(catch${ref} ${r.u32()} ${r.u32()})` : `(catch_all${ref} ${r.u32()})`;
    }
  }

  private heapType(): string {
    const { r } = this;
    const byte = r.bytes[r.pos];
    if ((byte & 0xc0) !== 0x40) return String(r.s33());
    return typeName(readRefType(r, this.m)).replace(/ref$/, '');
  }

  private memarg(op: number): string {
    const { r } = this;
    let align = r.u32();
    let memory = 0;
    if (align >= 0x40) {
      align -= 0x40;
      memory = r.u32();
    }
    const offset = r.u64Number();
    const parts = [
      memory === 0 ? '' : String(memory),
      offset === 0 ? '' : `offset=${offset}`,
      align === OP_N[op] ? '' : `align=${2 ** align}`,
    ];
    return parts.filter((s) => s !== '').join(' ');
  }
}

/** Operators with one index whose types depend on context. */
const ONE_NUMBER: ReadonlySet<number> = new Set([
  WasmOp.CATCH,
  WasmOp.THROW,
  WasmOp.RETHROW,
  WasmOp.DELEGATE,
  WasmOp.BR,
  WasmOp.BR_IF,
  WasmOp.CALL_REF,
  WasmOp.RETURN_CALL_REF,
  WasmOp.LOCAL_GET,
  WasmOp.LOCAL_SET,
  WasmOp.LOCAL_TEE,
  WasmOp.GLOBAL_GET,
  WasmOp.GLOBAL_SET,
  WasmOp.TABLE_GET,
  WasmOp.TABLE_SET,
  WasmOp.BR_ON_NULL,
  WasmOp.BR_ON_NON_NULL,
  WasmOp.TABLE_GROW,
  WasmOp.TABLE_SIZE,
  WasmOp.TABLE_FILL,
]);

/** The number, or the bits of a NaN. */
function float(bits: DataView, size: 4 | 8): string {
  const value = size === 4 ? bits.getFloat32(0, true) : bits.getFloat64(0, true);
  if (Number.isNaN(value))
    return `nan:0x${(size === 4 ? BigInt(bits.getUint32(0, true)) : bits.getBigUint64(0, true)).toString(16)}`;
  if (Object.is(value, -0)) return '-0';
  return size === 4 ? String(Number(value.toPrecision(9))) : String(value);
}
