/**
 * Executes modules by interpreting their IR, in the shape of an `Engine`: the oracle's counterpart that tests the
 * builder and the passes without any machine code. Values are raw bits in BigInts (i32, f32 and references
 * zero-extended). Slow and simple. Tests only.
 */
import { CompileError } from '../../src-ts/errors.js';
import { buildFunc } from './phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { Op } from '../../src-ts/ir/ops.js';
import { hasTable, isLoad, isStore } from '../../src-ts/ir/opinfo.js';
import { contentsLayout, ExceptionRecord } from '../../src-ts/abi/vmctx.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { proposalNames } from '../../src-ts/wasm/proposals.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { ElemMode, NULL_ITEM } from '../../src-ts/wasm/elements.js';
import type { WasmModule } from '../../src-ts/wasm/decoded-module.js';
import { type ConstExpr, ExternKind, type FuncType, ValType } from '../../src-ts/wasm/types.js';
import type { Engine, TrapKind } from './engine.js';
import { atomic, isAtomic } from './ir-atomic.js';
import { evaluate, InterpTrap } from './ir-eval.js';

const PAGE = 65536;
const KINDS: Record<number, TrapKind> = {
  [Trap.UNREACHABLE]: 'unreachable',
  [Trap.MEMORY_OUT_OF_BOUNDS]: 'oob-memory',
  [Trap.TABLE_OUT_OF_BOUNDS]: 'oob-table',
  [Trap.INTEGER_DIVIDE_BY_ZERO]: 'div0',
  [Trap.REMAINDER_BY_ZERO]: 'div0',
  [Trap.INTEGER_OVERFLOW]: 'overflow',
  [Trap.INVALID_CONVERSION]: 'conv',
  [Trap.UNDEFINED_ELEMENT]: 'oob-table',
  [Trap.UNINITIALIZED_ELEMENT]: 'call-indirect',
  [Trap.INDIRECT_TYPE_MISMATCH]: 'call-indirect',
  [Trap.UNALIGNED_ATOMIC]: 'unaligned',
  [Trap.WAIT_ON_UNSHARED]: 'wait',
};

type Callee = { type: FuncType; call(args: bigint[]): bigint[]; own?: { instance: Instance; body: Func } };
/** Identity of a tag. */
interface Tag {
  type: FuncType;
}
/** An exception of wasm's own; `contents` by offset (`contentsLayout`). */
export class InterpException {
  constructor(
    readonly tag: Tag,
    readonly contents: Map<number, bigint>,
  ) {}
}
interface Memory {
  bytes: DataView;
  max: number;
}
interface Table {
  items: bigint[];
  max: number;
}
interface Global {
  value: bigint;
  type: ValType;
}

/** References (functions and values of JavaScript) are indices into this list; 0 is null. */
const references: unknown[] = [null];
const referenceOf = new Map<unknown, bigint>([[null, 0n]]);
const reference = (c: unknown): bigint => {
  let r = referenceOf.get(c);
  if (r === undefined) referenceOf.set(c, (r = BigInt(references.push(c) - 1)));
  return r;
};

/** The JavaScript function for a function of the interpreter: one each. */
const functions = new Map<Callee, unknown>();
function jsFunction(callee: Callee): unknown {
  let f = functions.get(callee);
  if (!f) {
    const call = (...args: unknown[]): unknown => {
      const results = callee
        .call(callee.type.params.map((t, i) => fromJs(t, args[i])))
        .map((r, i) => toJs(callee.type.results[i], r));
      return results.length > 1 ? results : results[0];
    };
    functions.set(callee, (f = Object.assign(call, { interp: callee })));
  }
  return f;
}

/** What an import object holds: something of an interpreted instance, or a function of JavaScript that gets a type. */
function importedFunc(value: any, type: FuncType): Callee {
  return (
    value.interp ?? {
      type,
      call: (args) => type.results.map((t) => fromJs(t, value(...args.map((x, i) => toJs(type.params[i], x))))),
    }
  );
}
const u32 = (x: bigint): number => Number(x & 0xffffffffn);
const sameType = (a: FuncType, b: FuncType): boolean => `${a.params}>${a.results}` === `${b.params}>${b.results}`;

class Instance {
  readonly funcs: Callee[] = [];
  readonly memories: Memory[] = [];
  readonly tables: Table[] = [];
  readonly globals: Global[] = [];
  readonly tags: Tag[] = [];
  readonly dropped = { data: new Set<number>(), elem: new Set<number>() };
  readonly exports: Record<string, unknown> = {};

  constructor(
    readonly m: WasmModule,
    readonly bodies: Func[],
    imports: Record<string, Record<string, any>>,
  ) {
    for (const desc of m.imports) {
      const value = imports[desc.module][desc.name];
      if (desc.kind === ExternKind.FUNC) this.funcs.push(importedFunc(value, m.types[desc.type]));
      else if (desc.kind === ExternKind.MEMORY) this.memories.push(value.interp);
      else if (desc.kind === ExternKind.TABLE) this.tables.push(value.interp);
      else if (desc.kind === ExternKind.TAG) this.tags.push(value.interp);
      else this.globals.push(value.interp);
    }
    for (let i = m.importedFuncs; i < m.funcTypes.length; i++) {
      const func = bodies[i - m.importedFuncs];
      this.funcs.push({
        type: m.types[m.funcTypes[i]],
        call: (args) => this.run(func, args),
        own: { instance: this, body: func },
      });
    }
    for (const type of m.tags.slice(m.importedTags)) this.tags.push({ type: m.types[type] });
    for (const t of m.memories.slice(m.importedMemories))
      this.memories.push({ bytes: new DataView(new ArrayBuffer(t.min * PAGE)), max: t.max ?? 65536 });
    for (const t of m.tables.slice(m.importedTables))
      this.tables.push({ items: Array(t.min).fill(0n), max: t.max ?? 10_000_000 });
    m.globalInits.forEach((init, i) =>
      this.globals.push({ value: this.constant(init), type: m.globals[m.importedGlobals + i].type }),
    );
    for (let i = 0; i < m.elems.length; i++) {
      const mode = m.elems.mode(i);
      if (mode === ElemMode.ACTIVE)
        this.tableInit(i, m.elems.table(i), u32(this.constant(m.elems.offset(i))), 0, m.elems.count(i));
      if (mode !== ElemMode.PASSIVE) this.dropped.elem.add(i);
    }
    m.datas.forEach((d, i) => {
      if (d.mode !== 'active') return;
      this.memoryInit(i, u32(this.constant(d.offset!)), 0, d.end - d.start);
      this.dropped.data.add(i);
    });
    for (const e of m.exports) this.exports[e.name] = this.exported(e.kind, e.index);
    if (m.start >= 0) this.funcs[m.start].call([]);
  }

  private exported(kind: ExternKind, index: number): unknown {
    if (kind === ExternKind.FUNC) return jsFunction(this.funcs[index]);
    if (kind === ExternKind.MEMORY) {
      const memory = this.memories[index];
      return {
        interp: memory,
        get buffer() {
          return memory.bytes.buffer;
        },
      };
    }
    if (kind === ExternKind.TABLE) return { interp: this.tables[index] };
    if (kind === ExternKind.TAG) return { interp: this.tags[index] };
    const g = this.globals[index];
    return {
      interp: g,
      get value() {
        return toJs(g.type, g.value);
      },
    };
  }

  private constant(expr: ConstExpr): bigint {
    const stack: bigint[] = [];
    for (const [op, x] of expr) {
      if (op === 0x41) stack.push(BigInt.asUintN(32, BigInt(x!)));
      else if (op === 0x42) stack.push(BigInt.asUintN(64, BigInt(x!)));
      else if (op === 0x43) stack.push(BigInt(x!));
      else if (op === 0x44) stack.push(BigInt(`0x${x}`));
      else if (op === 0x23) stack.push(this.globals[x as number].value);
      else if (op === 0xd0) stack.push(0n);
      else if (op === 0xd2) stack.push(reference(this.funcs[x as number]));
      else {
        const b = stack.pop()!;
        stack.push(evaluate(op, stack.pop()!, b)!);
      }
    }
    return stack[0];
  }

  private items(segment: number): bigint[] {
    const { elems } = this.m;
    return [...elems.itemsOf(segment)].map((f) =>
      f >= 0 ? reference(this.funcs[f]) : f === NULL_ITEM ? 0n : this.constant(elems.itemExpr(f)),
    );
  }

  private tableInit(segment: number, table: number, to: number, from: number, n: number): void {
    const items = this.dropped.elem.has(segment) ? [] : this.items(segment);
    const target = this.tables[table].items;
    if (from + n > items.length || to + n > target.length) throw new InterpTrap(Trap.TABLE_OUT_OF_BOUNDS);
    for (let i = 0; i < n; i++) target[to + i] = items[from + i];
  }

  private memoryInit(segment: number, to: number, from: number, n: number): void {
    const d = this.m.datas[segment];
    const length = this.dropped.data.has(segment) ? 0 : d.end - d.start;
    const memory = this.memories[0].bytes;
    if (from + n > length || to + n > memory.byteLength) throw new InterpTrap(Trap.MEMORY_OUT_OF_BOUNDS);
    new Uint8Array(memory.buffer).set(this.m.bytes.subarray(d.start + from, d.start + from + n), to);
  }

  /** Runs a function, and those that it calls last in its place. */
  private run(f: Func, args: bigint[]): bigint[] {
    for (;;) {
      const end = this.runOnce(f, args);
      if (Array.isArray(end)) return end;
      const { own } = end.callee;
      if (own === undefined || own.instance !== this) return end.callee.call(end.args);
      f = own.body;
      args = end.args;
    }
  }

  /** Runs one function: its results, or what it calls last. */
  private runOnce(f: Func, args: bigint[]): bigint[] | { callee: Callee; args: bigint[] } {
    const values: bigint[] = new Array(f.nv);
    const locals = new Map<number, bigint>();
    let results: bigint[] = [];
    let landed = 0n;
    const pool = f.pool.a;
    const list = (at: number, n: number): bigint[] => Array.from({ length: n }, (_, i) => values[pool[at + i]]);
    const calleeOf = (v: number): Callee =>
      hasTable(f.op[v]) ? this.indirect(f.b[v], u32(values[f.a[v]]), this.m.types[f.imm2[v]]) : this.funcs[f.imm2[v]];
    for (let b = 0; ;) {
      let next = -1;
      for (let i = f.blockStart[b]; i < f.blockStart[b + 1]; i++) {
        const v = f.order[i];
        const op = f.op[v];
        const [x, y, z] = [values[f.a[v]], values[f.b[v]], values[f.c[v]]];
        switch (op) {
          case Op.PARAM:
            break;
          case Op.ARG:
            values[v] = args[f.imm[v]];
            break;
          case Op.I32_CONST:
          case Op.F32_CONST:
          case Op.REF_NULL:
            values[v] = BigInt(f.imm[v] >>> 0);
            break;
          case Op.I64_CONST:
          case Op.F64_CONST:
            values[v] = BigInt.asUintN(64, (BigInt(f.imm2[v]) << 32n) | BigInt(f.imm[v] >>> 0));
            break;
          case Op.BR:
          case Op.INVOKE:
            next = 0;
            break;
          case Op.BR_IF:
            next = x !== 0n ? 0 : 1;
            break;
          case Op.BR_TABLE:
            next = pool[f.imm[v] + Math.min(u32(x), f.imm2[v] - 1)];
            break;
          case Op.RETURN:
            return list(f.imm[v], f.imm2[v]);
          case Op.TAIL_CALL:
          case Op.TAIL_CALL_INDIRECT:
            return { callee: calleeOf(v), args: list(f.imm[v] + 1, pool[f.imm[v]]) };
          case Op.TRAP:
            throw new InterpTrap(f.imm[v]);
          case Op.CALL:
          case Op.CALL_INDIRECT: {
            const callee = calleeOf(v);
            try {
              results = callee.call(list(f.imm[v] + 1, pool[f.imm[v]]));
              values[v] = results[0];
            } catch (e) {
              const last = f.blockStart[b + 1] - 1;
              if (!(e instanceof InterpException) || f.op[f.order[last]] !== Op.INVOKE) throw e;
              landed = reference(e);
              next = 1;
              i = last;
            }
            break;
          }
          case Op.THROW:
          case Op.THROW_REF: {
            const e =
              op === Op.THROW
                ? exceptionOf(this.tags[f.imm2[v]], list(f.imm[v] + 1, pool[f.imm[v]]))
                : (references[Number(x)] as InterpException | null);
            if (e === null) throw new InterpTrap(Trap.NULL_EXCEPTION);
            if (f.succAt[b] === f.succAt[b + 1]) throw e;
            landed = reference(e);
            next = 0;
            break;
          }
          case Op.LANDING:
            values[v] = landed;
            break;
          case Op.EXN_FIELD:
            values[v] = fieldOf(x, f.imm[v]);
            break;
          case Op.TAG:
            values[v] = reference(this.tags[f.imm[v]]);
            break;
          case Op.RESULT:
            values[v] = results[f.imm[v]];
            break;
          case Op.LOCAL_GET:
            values[v] = locals.get(f.imm[v])!;
            break;
          case Op.LOCAL_SET:
            locals.set(f.imm[v], x);
            break;
          case Op.SELECT:
            values[v] = z !== 0n ? x : y;
            break;
          default: {
            const numeric = evaluate(op, x, y ?? 0n);
            if (numeric !== undefined) values[v] = numeric;
            else if (isLoad(op) || isStore(op)) values[v] = this.access(op, u32(x) + (f.imm[v] >>> 0), y);
            else if (isAtomic(op)) values[v] = this.atomic(op, f.imm[v] >>> 0, x, y, z);
            else values[v] = this.state(op, f.imm[v], f.imm2[v], x, y, z);
          }
        }
      }
      const e = f.succEdge[f.succAt[b] + next];
      const to = f.edgeTo[e];
      // All arguments are read before any parameter is written.
      const moved = Array.from({ length: f.argAt[e + 1] - f.argAt[e] }, (_, j) => values[f.args[f.argAt[e] + j]]);
      moved.forEach((x, j) => (values[f.params[f.paramAt[to] + j]] = x));
      b = to;
    }
  }

  private indirect(table: number, index: number, type: FuncType): Callee {
    const { items } = this.tables[table];
    if (index >= items.length) throw new InterpTrap(Trap.UNDEFINED_ELEMENT);
    const callee = references[Number(items[index])] as Callee | null;
    if (!callee) throw new InterpTrap(Trap.UNINITIALIZED_ELEMENT);
    if (!sameType(callee.type, type)) throw new InterpTrap(Trap.INDIRECT_TYPE_MISMATCH);
    return callee;
  }

  private access(op: number, at: number, value: bigint): bigint {
    const { bytes } = this.memories[0];
    const [size, signed, wide] = ACCESS[op];
    if (at + size > bytes.byteLength) throw new InterpTrap(Trap.MEMORY_OUT_OF_BOUNDS);
    if (isStore(op)) {
      for (let i = 0; i < size; i++) bytes.setUint8(at + i, Number((value >> BigInt(8 * i)) & 255n));
      return 0n;
    }
    let x = 0n;
    for (let i = size - 1; i >= 0; i--) x = (x << 8n) | BigInt(bytes.getUint8(at + i));
    return signed ? BigInt.asUintN(wide, BigInt.asIntN(8 * size, x)) : x;
  }

  private atomic(op: number, offset: number, x: bigint, y: bigint, z: bigint): bigint {
    if (op === Op.ATOMIC_FENCE) return 0n;
    return atomic(op, this.memories[0].bytes, this.m.memories[0].shared === true, u32(x) + offset, y, z);
  }

  private state(op: number, imm: number, imm2: number, x: bigint, y: bigint, z: bigint): bigint {
    const memory = this.memories[0];
    const table = this.tables[imm];
    const [a, b, n] = [x, y, z].map((v) => (v === undefined ? 0 : u32(v)));
    const inTable = (t: Table, from: number, count: number): void => {
      if (from + count > t.items.length) throw new InterpTrap(Trap.TABLE_OUT_OF_BOUNDS);
    };
    const inMemory = (from: number): void => {
      if (from + n > memory.bytes.byteLength) throw new InterpTrap(Trap.MEMORY_OUT_OF_BOUNDS);
    };
    switch (op) {
      case Op.GLOBAL_GET:
        return this.globals[imm].value;
      case Op.GLOBAL_SET:
        this.globals[imm].value = x;
        return 0n;
      case Op.REF_FUNC:
        return reference(this.funcs[imm]);
      case Op.MEMORY_SIZE:
        return BigInt(memory.bytes.byteLength / PAGE);
      case Op.MEMORY_GROW: {
        const old = memory.bytes.byteLength / PAGE;
        if (old + a > Math.min(memory.max, 65536)) return 0xffffffffn;
        const bytes = new Uint8Array((old + a) * PAGE);
        bytes.set(new Uint8Array(memory.bytes.buffer));
        memory.bytes = new DataView(bytes.buffer);
        return BigInt(old);
      }
      case Op.MEMORY_INIT:
        this.memoryInit(imm, a, b, n);
        return 0n;
      case Op.DATA_DROP:
        this.dropped.data.add(imm);
        return 0n;
      case Op.MEMORY_COPY:
        inMemory(a);
        inMemory(b);
        new Uint8Array(memory.bytes.buffer).copyWithin(a, b, b + n);
        return 0n;
      case Op.MEMORY_FILL:
        inMemory(a);
        new Uint8Array(memory.bytes.buffer).fill(b & 255, a, a + n);
        return 0n;
      case Op.TABLE_GET:
        inTable(table, a, 1);
        return table.items[a];
      case Op.TABLE_SET:
        inTable(table, a, 1);
        table.items[a] = y;
        return 0n;
      case Op.TABLE_SIZE:
        return BigInt(table.items.length);
      case Op.TABLE_GROW: {
        const old = table.items.length;
        if (old + b > Math.min(table.max, 10_000_000)) return 0xffffffffn;
        for (let i = 0; i < b; i++) table.items.push(x);
        return BigInt(old);
      }
      case Op.TABLE_FILL:
        inTable(table, a, n);
        table.items.fill(y, a, a + n);
        return 0n;
      case Op.TABLE_INIT:
        this.tableInit(imm, imm2, a, b, n);
        return 0n;
      case Op.ELEM_DROP:
        this.dropped.elem.add(imm);
        return 0n;
      case Op.TABLE_COPY: {
        const from = this.tables[imm2];
        inTable(table, a, n);
        inTable(from, b, n);
        const moved = from.items.slice(b, b + n);
        moved.forEach((item, i) => (table.items[a + i] = item));
        return 0n;
      }
      default:
        throw new Error(`the interpreter has no operation 0x${op.toString(16)}`);
    }
  }
}

function exceptionOf(tag: Tag, values: bigint[]): InterpException {
  const { offsets } = contentsLayout(tag.type.params);
  return new InterpException(tag, new Map(values.map((x, k) => [offsets[k], x])));
}

/** A field of the exception that a record (here: a reference) means. */
function fieldOf(record: bigint, at: number): bigint {
  const e = references[Number(record)] as InterpException;
  if (at === ExceptionRecord.HANDLE) return record;
  return at === ExceptionRecord.TAG ? reference(e.tag) : e.contents.get(at - ExceptionRecord.CONTENTS)!;
}

/** Bytes, sign extension and width of the result of each memory operator. */
const ACCESS: Record<number, [number, boolean, number]> = {
  [Op.I32_LOAD]: [4, false, 32],
  [Op.I64_LOAD]: [8, false, 64],
  [Op.F32_LOAD]: [4, false, 32],
  [Op.F64_LOAD]: [8, false, 64],
  [Op.I32_LOAD8_S]: [1, true, 32],
  [Op.I32_LOAD8_U]: [1, false, 32],
  [Op.I32_LOAD16_S]: [2, true, 32],
  [Op.I32_LOAD16_U]: [2, false, 32],
  [Op.I64_LOAD8_S]: [1, true, 64],
  [Op.I64_LOAD8_U]: [1, false, 64],
  [Op.I64_LOAD16_S]: [2, true, 64],
  [Op.I64_LOAD16_U]: [2, false, 64],
  [Op.I64_LOAD32_S]: [4, true, 64],
  [Op.I64_LOAD32_U]: [4, false, 64],
  [Op.I32_STORE]: [4, false, 32],
  [Op.I64_STORE]: [8, false, 64],
  [Op.F32_STORE]: [4, false, 32],
  [Op.F64_STORE]: [8, false, 64],
  [Op.I32_STORE8]: [1, false, 32],
  [Op.I32_STORE16]: [2, false, 32],
  [Op.I64_STORE8]: [1, false, 64],
  [Op.I64_STORE16]: [2, false, 64],
  [Op.I64_STORE32]: [4, false, 64],
};

const bits = new DataView(new ArrayBuffer(8));

function toJs(type: ValType, value: bigint): unknown {
  bits.setBigUint64(0, value);
  switch (type) {
    case ValType.I32:
      return bits.getInt32(4);
    case ValType.I64:
      return bits.getBigInt64(0);
    case ValType.F32:
      return bits.getFloat32(4);
    case ValType.F64:
      return bits.getFloat64(0);
    case ValType.FUNCREF:
      return value === 0n ? null : jsFunction(references[Number(value)] as Callee);
    default:
      return references[Number(value)];
  }
}

function fromJs(type: ValType, value: any): bigint {
  bits.setBigUint64(0, 0n);
  switch (type) {
    case ValType.I32:
      bits.setInt32(4, value);
      break;
    case ValType.I64:
      bits.setBigInt64(0, value);
      break;
    case ValType.F32:
      bits.setFloat32(4, value);
      break;
    case ValType.F64:
      bits.setFloat64(0, value);
      break;
    default:
      return reference(value === null ? null : (value.interp ?? value));
  }
  return bits.getBigUint64(0);
}

const TYPES: Record<string, ValType> = { i32: ValType.I32, i64: ValType.I64, f32: ValType.F32, f64: ValType.F64 };

/** As much of the facade as the specification's host module needs. */
const facade = {
  Global: class {
    interp: Global;
    constructor({ value }: { value: string }, v: unknown) {
      this.interp = { type: TYPES[value], value: fromJs(TYPES[value], v) };
    }
  },
  Table: class {
    interp: Table;
    constructor({ initial, maximum }: { initial: number; maximum: number }) {
      this.interp = { items: Array(initial).fill(0n), max: maximum };
    }
  },
  Memory: class {
    interp: Memory;
    constructor({ initial, maximum }: { initial: number; maximum: number }) {
      this.interp = { bytes: new DataView(new ArrayBuffer(initial * PAGE)), max: maximum };
    }
  },
};

/**
 * An engine that interprets. `transform` is applied to each function after building; its result is verified and run.
 * `features`: proposals beyond the specification's edition 2.0; `deterministic`: the compiler's option.
 */
export function irEngine(transform: (f: Func) => Func, features = 0, deterministic = false): Engine {
  return {
    name: 'ir',
    wasm: facade as never,
    features: new Set(proposalNames(features)),
    compile(bytes) {
      const m = decodeModule(bytes, features);
      validateModule(m);
      const bodies: Func[] = [];
      for (let i = m.importedFuncs; i < m.funcTypes.length; i++) {
        const f = new Func();
        buildFunc(m, i, f, deterministic);
        verifyFunc(f, m);
        const transformed = transform(f);
        verifyFunc(transformed, m);
        bodies.push(transformed);
      }
      return { m, bodies };
    },
    instantiate: (module, imports) => {
      const { m, bodies } = module as { m: WasmModule; bodies: Func[] };
      return new Instance(m, bodies, imports as never);
    },
    isTrap: (e) => e instanceof InterpTrap || e instanceof RangeError,
    isException: (e) => e instanceof InterpException,
    isLinkError: () => false,
    isCompileError: (e) => e instanceof CompileError,
    trapKind: (e) => (e instanceof RangeError ? 'exhaustion' : KINDS[(e as InterpTrap).code]),
  };
}
