/**
 * Executes generated modules in a fixed, seeded way and records what can be observed: result bits or trap kind of each
 * call, a hash of each exported memory, the exported globals. Two engines' records of one module are compared;
 * `oracle-wasmtime.jsonl` in ../shared/fuzz holds Wasmtime's.
 */
import { createHash } from 'node:crypto';
import type { Engine } from './engine.js';
import { readModuleInfo } from './wasm-sig.js';
import { isWrappable, RESULTS_AT, SLOT, wrapperModule } from './wrapper.js';

/** What happened to one exported function, on an instance of its own. */
export interface FuncRecord {
  /** Index among the exported functions. */
  f: number;
  /** Hex bits of the results, or `!trap kind`. */
  calls: string[];
  /** Trap kind when the instantiation trapped. */
  start?: string;
  /** 1 when the signature is out of reach. */
  skip?: number;
  /** Calls that made objects of the heap, where that is counted: of one engine, and not compared. */
  made?: number;
  mem?: string;
  g?: string;
}

const MAX_FUNCS = 12;
const CALLS = 3;

/**
 * Edge cases that arguments are mostly drawn from: integers, page and float boundaries. The order is part of the
 * oracle.
 */
const EDGES = [
  0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0x10000, 0xfffc, 0x3f800000, 0xbf800000, 0x40490fdb, 2, 0x41200000,
];

/** xorshift32, as the oracle was made with. */
function generator(seed: number): () => number {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
}

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let h = 2166136261;
  for (const c of Buffer.from(text)) h = Math.imul(h ^ c, 16777619) >>> 0;
  return h;
}

export interface FuzzOptions {
  /** Functions that take references are called from JavaScript, with null where they take it. */
  references?: boolean;
  /** How many functions are called, unless all that may be. */
  functions?: number;
  /** Bytes of all objects that the engine has made so far. */
  bytesMade?: () => number;
}

/** An instance whose initialisers make more than this costs seconds: one is enough. */
const LARGE = 32 << 20;

/** Runs a module that imports nothing. `name` seeds the arguments. Errors that are no traps are thrown. */
export function runFuzzModule(
  engine: Engine,
  name: string,
  bytes: Uint8Array,
  { references = false, functions = MAX_FUNCS, bytesMade = () => 0 }: FuzzOptions = {},
): FuncRecord[] {
  const info = readModuleInfo(bytes);
  const module = engine.compile(bytes);
  const trap = (e: unknown, tags: object[] = []): string => {
    if (engine.isException(e)) return contentsText(e as WasmException, tags);
    if (!engine.isTrap(e)) throw e;
    return engine.trapKind(e) ?? 'trap';
  };
  const funcs = info.exports.filter((e) => e.kind === 'func').slice(0, functions);
  const records: FuncRecord[] = [];
  for (const [f, func] of funcs.entries()) {
    const before = bytesMade();
    records.push(callFunction(f, func));
    if (bytesMade() - before > LARGE) break;
  }
  return records;

  /** Calls a function of an instance of its own. */
  function callFunction(f: number, func: (typeof funcs)[number]): FuncRecord {
    const record: FuncRecord = { f, calls: [] };
    let instance: { exports: Record<string, any> };
    try {
      instance = engine.instantiate(module, {});
    } catch (e) {
      record.start = trap(e);
      return record;
    }
    const type = func.type;
    if (references && func.signature && !(type && isWrappable(type))) {
      const call = (...args: unknown[]): unknown =>
        noteObjects(record, bytesMade, () => instance.exports[func.name](...args));
      callWithNull(call, func.signature.params, generator(fnv(`${name}#${f}`)), record, trap);
      return record;
    }
    if (!type || !isWrappable(type)) {
      record.skip = 1;
      return record;
    }
    const wrapper = engine.instantiate(wrapperModule(engine, type), { t: { f: instance.exports[func.name] } }).exports;
    const next = generator(fnv(`${name}#${f}`));
    for (let c = 0; c < CALLS; c++) {
      const mem = new DataView(wrapper.m.buffer);
      type.params.forEach((_, i) => {
        for (let k = 0; k < SLOT; k += 4) {
          const v = next();
          mem.setUint32(SLOT * i + k, v & 3 ? EDGES[(v >>> 2) % EDGES.length] : next(), true);
        }
      });
      let outcome: string;
      try {
        noteObjects(record, bytesMade, () => wrapper.r());
        outcome = type.results
          .map((t, i) => Buffer.from(wrapper.m.buffer, RESULTS_AT + SLOT * i, resultBytes(t)).toString('hex'))
          .join(',');
      } catch (e) {
        outcome = `!${trap(e, tagsOf(engine, instance.exports))}`;
      }
      record.calls.push(outcome);
      if (outcome === '!exhaustion') break;
    }
    const hash = createHash('sha1');
    for (const e of info.exports) {
      if (e.kind !== 'memory') continue;
      const memory = new Uint8Array(instance.exports[e.name].buffer);
      hash.update(String(memory.length)).update(memory);
    }
    record.mem = hash.digest('hex').slice(0, 16);
    record.g = info.exports
      .filter((e) => e.kind === 'global')
      .map((e) => globalText(instance.exports[e.name]))
      .join();
    return record;
  }
}

/** Makes a call and notes whether it made objects. */
function noteObjects<T>(record: FuncRecord, bytesMade: () => number, call: () => T): T {
  const before = bytesMade();
  try {
    return call();
  } finally {
    if (bytesMade() !== before) record.made = (record.made ?? 0) + 1;
  }
}

/** Calls a function from JavaScript, with null for references. */
function callWithNull(
  f: (...args: unknown[]) => unknown,
  params: readonly string[],
  next: () => number,
  record: FuncRecord,
  trap: (e: unknown) => string,
): void {
  for (let c = 0; c < CALLS; c++) {
    const args = params.map((t) => {
      const v = EDGES[next() % EDGES.length];
      return t === 'i64' ? BigInt(v) : /^[if]/.test(t) ? v : null;
    });
    try {
      const result: unknown = f(...args);
      record.calls.push((Array.isArray(result) ? result : [result]).map(resultText).join());
    } catch (e) {
      // What JavaScript cannot pass or see.
      record.calls.push(e instanceof TypeError ? '!type' : `!${trap(e)}`);
    }
  }
}

function resultText(v: unknown): string {
  if (typeof v === 'object' && v !== null) return 'object';
  return typeof v === 'function' ? 'function' : String(v);
}

/** An exception of wasm's own as JavaScript sees it. */
interface WasmException {
  is(tag: object): boolean;
  getArg(tag: object, index: number): unknown;
}

const tagsOf = (engine: Engine, exports: Record<string, unknown>): object[] =>
  // The interpreter of the IR has no tags.
  engine.wasm.Tag === undefined ? [] : Object.values(exports).filter((x): x is object => x instanceof engine.wasm.Tag);

/** Which of the tags an exception has, and its contents. */
function contentsText(e: WasmException, tags: object[]): string {
  const k = tags.findIndex((tag) => e.is(tag));
  const contents: string[] = [];
  try {
    for (let i = 0; k >= 0; i++) {
      const x = e.getArg(tags[k], i);
      contents.push(typeof x === 'number' || typeof x === 'bigint' ? (Object.is(x, -0) ? '-0' : String(x)) : typeof x);
    }
  } catch (end) {
    // A RangeError behind the last; a TypeError where JavaScript can't have the value.
    contents.push((end as Error).name);
  }
  return `exception ${k}(${contents.join(' ')})`;
}

const resultBytes = (t: string): number => (t === 'v128' ? 16 : t === 'i64' || t === 'f64' ? 8 : 4);

function globalText(g: { value: unknown }): string {
  let v: unknown;
  try {
    v = g.value;
  } catch {
    return '?'; // v128 is out of JavaScript's reach
  }
  if (typeof v === 'bigint') return BigInt.asUintN(64, v).toString(16);
  if (typeof v !== 'number') return 'r';
  if (Number.isNaN(v)) return 'nan';
  const bits = Buffer.alloc(8);
  bits.writeDoubleLE(v);
  return bits.toString('hex');
}

/** Wasmtime calls a NaN conversion and an overflowing one by different names than V8 does. */
const sameTrap = (a: string, b: string): boolean =>
  a === b || (/conv|overflow/.test(a) && /conv|overflow/.test(b)) || (UNFIT.test(a) && UNFIT.test(b));

/**
 * An atomic access that is both out of bounds and not aligned: V8 reports the one or the other, as its version is, and
 * as it can tell when it compiles.
 */
const UNFIT = /oob-memory|unaligned/;

/** First difference between two records of a module, or undefined. */
export function compareRecords(ours: FuncRecord[], theirs: FuncRecord[]): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} functions, oracle has ${theirs.length}`;
  for (let i = 0; i < ours.length; i++) {
    const a = ours[i];
    const b = theirs[i];
    // How deep a stack goes is the engine's affair, and so is what comes after its end.
    if (
      [a.start, b.start, ...a.calls, ...b.calls].some(
        (outcome) => outcome === 'exhaustion' || outcome === '!exhaustion',
      )
    )
      continue;
    if (!!a.start !== !!b.start || !!a.skip !== !!b.skip)
      return `function ${i}: ${JSON.stringify(a)}, oracle ${JSON.stringify(b)}`;
    if (a.start && !sameTrap(a.start, b.start!)) return `function ${i}: start ${a.start}, oracle ${b.start}`;
    if (a.start || a.skip) continue;
    for (let c = 0; c < a.calls.length; c++) {
      const p = a.calls[c];
      const q = b.calls[c];
      if (p !== q && !(p[0] === '!' && q[0] === '!' && sameTrap(p, q)))
        return `function ${i} call ${c}: ${p}, oracle ${q}`;
    }
    if (a.mem !== b.mem) return `function ${i}: memory`;
    if (a.g !== b.g) return `function ${i}: globals ${a.g}, oracle ${b.g}`;
  }
  return undefined;
}
