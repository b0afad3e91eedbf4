/**
 * Functions of real modules in small modules of their own, changed: operators become others of the same type, constants,
 * offsets, lanes and locals others of their kind. Such code has the shapes that compilers make and a meaning that nobody
 * has thought of. What a function calls comes with it or is replaced by a stand-in, which notes its arguments, writes to
 * memory and answers by what it has noted; so nothing is imported.
 */
import { skipImmediates } from '../../src-ts/ir/scan.js';
import type { WasmModule } from '../../src-ts/wasm/decoded-module.js';
import { readBits, skipLeb } from '../../src-ts/wasm/leb.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { CORE_ROWS, Imm, type OpRow, WasmOp } from '../../src-ts/wasm/opcodes.js';
import { SIMD_ROWS } from '../../src-ts/wasm/simd-opcodes.js';
import { type FuncType, TypeKind, ValType } from '../../src-ts/wasm/types.js';
import { Random } from './random-loops.js';
import { leb, moduleOf, section, sleb, string } from './wasm-build.js';

export interface Transplant {
  bytes: Uint8Array<ArrayBuffer>;
  /** Types of the functions, which are exported as `f0`, `f1`, …; the memory is `m`, the globals are `g0` and so on. */
  types: FuncType[];
}

const PLAIN = new Set<ValType>([ValType.I32, ValType.I64, ValType.F32, ValType.F64, ValType.V128]);
const isPlain = (t: FuncType): boolean => [...t.params, ...t.results].every((x) => PLAIN.has(x));

/** Bytes of functions that are taken. */
const LEAST = 12;
const MOST = 6000;
const TABLE = 16;
/** Calls of stand-ins before one traps: what would never end does. */
const FUEL = 20_000;

const CONSTANTS = [
  0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 65535, 65536, -2, -8, -256, -65536,
  0x7fffffff, -0x80000000, 0x7ffffff8, 1000,
];
const OFFSETS = [0, 1, 2, 4, 8, 16, 255, 65528, 65536, 0x7ffffff0, 0x80000000, 0xffffffff];

/** Operators by signature and immediates: any of a group may stand for another. */
const GROUPS = new Map<number, OpRow[]>();
{
  const byShape = new Map<string, OpRow[]>();
  for (const row of [...CORE_ROWS, ...SIMD_ROWS]) {
    const [op, name, signature, imm = Imm.NONE, n] = row;
    const fits = imm === Imm.NONE || imm === Imm.MEMARG || imm === Imm.LANE;
    if (!fits || signature === '' || signature === ':' || name.includes('relaxed')) continue;
    const shape = `${signature} ${imm} ${imm === Imm.LANE ? n : ''}`;
    const group = byShape.get(shape) ?? [];
    byShape.set(shape, group);
    group.push(row);
    GROUPS.set(op, group);
  }
}

/** A real module to take functions from. */
export class Donor {
  readonly module: WasmModule;
  /** Functions that may be taken. */
  readonly fit: number[] = [];

  constructor(bytes: Uint8Array) {
    const m = (this.module = decodeModule(bytes));
    for (let d = 0; d < m.bodyStart.length; d++) {
      const size = m.bodyEnd[d] - m.bodyStart[d];
      if (size >= LEAST && size <= MOST && isPlain(this.typeOf(d)) && this.localsOf(d).types.every((t) => PLAIN.has(t)))
        this.fit.push(d);
    }
  }

  typeIndex(d: number): number {
    return this.module.funcTypes[this.module.importedFuncs + d];
  }
  typeOf(d: number): FuncType {
    return this.module.types[this.typeIndex(d)];
  }

  /** Types of parameters and locals, and where the operators begin. */
  localsOf(d: number): { types: ValType[]; code: number } {
    const { bytes, bodyStart } = this.module;
    const types = [...this.typeOf(d).params];
    let p = skipLeb(bytes, bodyStart[d]);
    for (let groups = readBits(bytes, bodyStart[d]); groups > 0; groups--) {
      const count = readBits(bytes, p);
      p = skipLeb(bytes, p);
      for (let k = 0; k < count; k++) types.push(bytes[p]);
      p++;
    }
    return { types, code: p };
  }
}

/** The module of a seed. */
export const transplant = (donor: Donor, seed: number): Transplant => new Surgery(donor, seed).result();

class Surgery {
  private readonly r: Random;
  /** Of a hundred operators so many change. */
  private readonly rate: number;
  private readonly taken: number[] = [];
  /** Types of the stand-ins, which are the functions behind the taken ones. */
  private readonly standIns: number[] = [];
  private readonly note: number;
  private readonly fuel: number;

  constructor(
    private readonly donor: Donor,
    seed: number,
  ) {
    this.r = new Random(Math.imul(seed, 2654435761));
    this.rate = this.r.one([0, 1, 2, 2, 6, 15]);
    for (let n = this.r.one([1, 3, 6, 10]); n > 0; n--) {
      const d = this.r.one(donor.fit);
      if (!this.taken.includes(d)) this.taken.push(d);
    }
    this.note = donor.module.globals.length;
    this.fuel = this.note + 1;
  }

  result(): Transplant {
    const { donor, taken, standIns } = this;
    const { types, globals } = donor.module;
    const bodies = taken.map((d) => this.body(d));
    bodies.push(...standIns.map((t) => this.standIn(t)));
    const type = (t: FuncType & { kind: TypeKind }): number[] =>
      t.kind === TypeKind.FUNC && isPlain(t)
        ? [0x60, ...leb(t.params.length), ...t.params, ...leb(t.results.length), ...t.results]
        : [0x60, 0, 0];
    const list = (items: readonly number[][]): number[] => [...leb(items.length), ...items.flat()];
    const entries = Array.from({ length: TABLE }, (_, k) => leb((k * 7) % bodies.length));
    const seen = globals.flatMap((g, k) => (g.type === ValType.V128 ? [] : [k]));
    return {
      types: taken.map((d) => donor.typeOf(d)),
      bytes: moduleOf(
        section(1, list(types.map(type))),
        section(3, list([...taken.map((d) => leb(donor.typeIndex(d))), ...standIns.map((t) => leb(t))])),
        section(4, [1, 0x70, 0, TABLE]),
        section(5, [1, 1, 2, 4]),
        section(
          6,
          list([
            ...globals.map(({ type: t }, k) => [t, 1, ...this.firstValue(t, k), 0x0b]),
            [ValType.I64, 1, 0x42, 1, 0x0b],
            [ValType.I32, 1, 0x41, ...sleb(BigInt(FUEL)), 0x0b],
          ]),
        ),
        section(
          7,
          list([
            ...taken.map((_, k) => [...string(`f${k}`), 0, ...leb(k)]),
            [...string('m'), 2, 0],
            ...[...seen, this.note].map((k) => [...string(`g${k}`), 3, ...leb(k)]),
          ]),
        ),
        // Segment 0 is for table.init.
        section(9, [2, 1, 0, 2, 0, 0, 0, 0x41, 0, 0x0b, ...list(entries)]),
        section(12, [1]),
        section(10, list(bodies.map((b) => [...leb(b.length), ...b]))),
        section(11, [1, 1, 64, ...Array.from({ length: 64 }, (_, k) => k * 5)]),
      ),
    };
  }

  /** What a global begins with; the first one is mostly the pointer of the program's stack. */
  private firstValue(type: ValType, k: number): number[] {
    if (type === ValType.I64) return [0x42, 5];
    if (type === ValType.F32) return [0x43, 0, 0, 0x80, 0x3f];
    if (type === ValType.F64) return [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    if (type === ValType.V128) return [0xfd, 12, ...Array.from({ length: 16 }, (_, i) => i * 17)];
    if (type !== ValType.I32) return [0xd0, type];
    return [0x41, ...sleb(BigInt(k === 0 ? 65536 : this.r.one([0, 1, 16, 4096, 98304])))];
  }

  /** The function of that number, or a stand-in for it. */
  private callee(index: number): number[] {
    const { donor, taken } = this;
    const k = taken.indexOf(index - donor.module.importedFuncs);
    return leb(k >= 0 ? k : this.standInOf(donor.module.funcTypes[index]));
  }

  private standInOf(type: number): number {
    if (!this.standIns.includes(type)) this.standIns.push(type);
    return this.taken.length + this.standIns.indexOf(type);
  }

  private body(d: number): number[] {
    const { donor, r } = this;
    const { bytes, bodyStart, bodyEnd } = donor.module;
    const { types, code } = donor.localsOf(d);
    const out = [...bytes.subarray(bodyStart[d], code)];
    for (let p = code; p < bodyEnd[d];) {
      let op: number = bytes[p];
      const next = skipImmediates(bytes, p + 1, op);
      let imm = p + 1;
      if (op >= WasmOp.PREFIX_FC && op <= WasmOp.PREFIX_FE) {
        op = 0x100 * [1, 2, 4][op - WasmOp.PREFIX_FC] + readBits(bytes, imm);
        imm = skipLeb(bytes, imm);
      }
      const other = this.replaced(op, imm) ?? (r.chance(this.rate) ? this.changed(op, imm, types) : undefined);
      if (other !== undefined) out.push(...other);
      else out.push(...bytes.subarray(p, next));
      p = next;
    }
    return out;
  }

  /** What refers to functions, tables and segments of the donor. */
  private replaced(op: number, imm: number): number[] | undefined {
    const { r } = this;
    const { bytes } = this.donor.module;
    switch (op) {
      case WasmOp.CALL:
      case WasmOp.RETURN_CALL:
        return [op, ...this.callee(readBits(bytes, imm))];
      case WasmOp.CALL_INDIRECT: {
        const type = readBits(bytes, imm);
        const k = this.standInOf(type);
        if (r.chance(60)) return [WasmOp.DROP, WasmOp.CALL, ...leb(k)];
        return [0x41, TABLE - 1, WasmOp.I32_AND, op, ...leb(type), 0];
      }
      case WasmOp.MEMORY_INIT:
      case WasmOp.TABLE_INIT:
      case WasmOp.TABLE_COPY:
        return [0xfc, op - 0x100, 0, 0];
      case WasmOp.DATA_DROP:
      case WasmOp.ELEM_DROP:
      case WasmOp.TABLE_GROW:
      case WasmOp.TABLE_SIZE:
      case WasmOp.TABLE_FILL:
        return [0xfc, op - 0x100, 0];
    }
    return undefined;
  }

  /** Another operator in the place of this one, or none. */
  private changed(op: number, imm: number, locals: readonly ValType[]): number[] | undefined {
    const { r } = this;
    const { bytes } = this.donor.module;
    switch (op) {
      case WasmOp.IF:
        return [WasmOp.I32_EQZ, op, ...bytes.subarray(imm, skipLeb(bytes, imm))];
      case WasmOp.BR_IF:
        return [WasmOp.I32_EQZ, op, ...leb(readBits(bytes, imm))];
      case WasmOp.LOCAL_GET: {
        const type = locals[readBits(bytes, imm)];
        return [op, ...leb(r.one(locals.flatMap((t, k) => (t === type ? [k] : []))))];
      }
      case WasmOp.I32_CONST:
        return [op, ...sleb(BigInt(r.one(CONSTANTS)))];
      case WasmOp.I64_CONST:
        return [op, ...sleb((BigInt(r.one(CONSTANTS)) << BigInt(r.one([0, 0, 0, 31, 32]))) + BigInt(r.below(2)))];
      case 0x20d: {
        const style = r.below(3);
        const lane = (k: number): number =>
          style === 0 ? r.below(32) : style === 1 ? r.below(16) : bytes[imm + k] ^ 16;
        return [0xfd, 13, ...Array.from({ length: 16 }, (_, k) => lane(k))];
      }
    }
    const group = GROUPS.get(op);
    if (group === undefined) return undefined;
    const [other, , , kind, n = 0] = r.one(group);
    const code =
      other < 0x100 ? [other] : other < 0x200 ? [0xfc, ...leb(other - 0x100)] : [0xfd, ...leb(other - 0x200)];
    if (kind === Imm.LANE) code.push(r.below(n));
    if (kind === Imm.MEMARG) {
      const offset = readBits(bytes, skipLeb(bytes, imm)) >>> 0;
      code.push(r.below(n + 1), ...leb(r.chance(70) ? offset : r.one(OFFSETS)));
    }
    return code;
  }

  /** A function of that type that notes its arguments, writes to memory, and answers by what was noted. */
  private standIn(type: number): number[] {
    const { params, results } = this.donor.module.types[type];
    const [get, set] = [0x23, 0x24].map((op) => (global: number) => [op, ...leb(global)]);
    const note = get(this.note);
    const code = [
      0,
      ...get(this.fuel),
      0x45,
      0x04,
      0x40,
      0x00,
      0x0b,
      ...get(this.fuel),
      0x41,
      1,
      0x6b,
      ...set(this.fuel),
    ];
    // The note times an odd number, turned.
    const stir = [0x42, ...sleb(-0x61c8864680b583ebn), 0x7e, 0x42, 29, 0x89, ...set(this.note)];
    params.forEach((t, k) => code.push(...note, ...bitsOf(t, k), 0x85, ...stir));
    code.push(...note, 0x42, ...leb(type % 64), 0x7c, ...stir);
    /** Bits of the note as a multiple of four inside of memory. */
    const place = (from: number): number[] => [...note, 0x42, from, 0x88, 0xa7, 0x41, ...sleb(0x1fffcn), 0x71];
    code.push(...place(13), ...place(40), 0x36, 2, 0);
    for (const t of results) {
      if (t === ValType.I32) code.push(...place(40), ...(type % 2 === 0 ? [0x41, 31, 0x71] : []));
      else if (t === ValType.I64) code.push(...note, 0x42, 50, 0x87);
      else if (t === ValType.V128) code.push(...note, 0xfd, 0x12);
      else code.push(...note, 0x42, 50, 0x87, t === ValType.F32 ? 0xb4 : 0xb9);
    }
    return [...code, 0x0b];
  }
}

/** The bits of parameter k as an i64; 1 of every NaN, whose bits are an engine's affair. */
function bitsOf(type: ValType, k: number): number[] {
  const x = [0x20, ...leb(k)];
  switch (type) {
    case ValType.I32:
      return [...x, 0xad];
    case ValType.I64:
      return x;
    case ValType.F32:
      return [...x, 0xbc, 0x41, 1, ...x, ...x, 0x5b, 0x1b, 0xad];
    case ValType.F64:
      return [...x, 0xbd, 0x42, 1, ...x, ...x, 0x61, 0x1b];
    default:
      return [...x, 0xfd, 0x1d, 0, ...x, 0xfd, 0x1d, 1, 0x85];
  }
}
