/**
 * Calls between JavaScript and wasm, one piece of code per signature: arguments and results travel through 8-byte slots
 * of the buffer that the thread shares with the addon, so that a call passes no N-API values. The code is generated
 * from strings where the process allows that, else the same steps run as closures over the list of types.
 *
 * A conversion may run user code that calls into wasm again and overwrites the slots: every argument is converted
 * before the first one is written, every result read before anything else runs.
 */
import { ControlWord } from '../abi/calls.js';
import type { FuncRefId } from '../binding.js';
import { type FuncType, ValType } from '../wasm/types.js';
import type { Holdable } from './lifetimes.js';
import { HANDLER_NAME } from './stack.js';

/** What wrappers need from the runtime; `runtime/env.ts` provides it. */
export interface CallEnv {
  /** Views of the slots: slot k is f64[k], i64[k], i32[2k], f32[2k]. */
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;
  i64: BigInt64Array;
  /**
   * Calls the wasm function whose funcref is in `i32[ControlWord.CALLEE]`; what came of it is in
   * `i32[ControlWord.OUTCOME]`, 0 when that was all.
   */
  invoke(): void;
  /**
   * Does what a call of a function of `owner`, made by `wrapper`, asks for, to its end; throws the trap that ended it.
   */
  settle(wrapper: Function, owner: FunctionOwner): void;
  toExtern(value: unknown): number;
  fromExtern(handle: number): unknown;
  /** Funcref of null or an exported function; TypeError for anything else. */
  toFuncref(value: unknown): number;
  fromFuncref(ref: number): unknown;
  /** The instance is going to run (runtime/lifetimes.ts). Needed once an epoch. */
  hold(owner: FunctionOwner): void;
}

/** The instance of a function: has the handlers of the host functions that it imports. */
export interface FunctionOwner extends Holdable {
  readonly handlers: ReadonlyMap<FuncRefId, () => void>;
}

/** Wrapper makers of a signature. */
export interface SignatureCode {
  /** Makes an exported function for a wasm function; `owner` is its instance, which it keeps alive. */
  makeExport(ref: number, owner: FunctionOwner): Function;
  /** Makes the handler of a host function: takes the arguments from the slots, leaves the results there. */
  makeHandler(fn: Function): () => void;
  /** Makes the exported function for a host function: values are coerced both ways as if they went through wasm. */
  makeHostExport(fn: Function): Function;
}

const LETTERS: Record<number, string> = {
  [ValType.I32]: 'i',
  [ValType.I64]: 'l',
  [ValType.F32]: 'f',
  [ValType.F64]: 'd',
  [ValType.V128]: 'v',
  [ValType.FUNCREF]: 'p',
  [ValType.EXTERNREF]: 'e',
  [ValType.EXNREF]: 'x',
};

/** A text that is equal for equal signatures. */
export function signatureKey(t: FuncType): string {
  return `${t.params.map((p) => LETTERS[p]).join('')}:${t.results.map((r) => LETTERS[r]).join('')}`;
}

/** The parameter types of such a text. */
export const typesOfKey = (key: string): ValType[] =>
  Array.from(key.slice(0, key.indexOf(':')), (letter) =>
    Number(Object.entries(LETTERS).find(([, l]) => l === letter)![0]),
  );

/** Types whose values JavaScript never has. */
const cannotCross = (t: ValType): boolean => t === ValType.V128 || t === ValType.EXNREF;

const INCOMPATIBLE = 'type incompatibility when transforming from/to JS';

/** The TypeError for values that cannot cross. */
export const incompatible = (): TypeError => new TypeError(INCOMPATIBLE);

/** Wrapper makers by signature, made once per environment. */
export class Signatures {
  private readonly made = new Map<string, SignatureCode>();
  private readonly mayGenerate = canGenerateCode();

  constructor(private readonly env: CallEnv) {}

  get(t: FuncType): SignatureCode {
    const key = signatureKey(t);
    let code = this.made.get(key);
    if (code === undefined) {
      code = this.make(key);
      this.made.set(key, code);
    }
    return code;
  }

  private make(key: string): SignatureCode {
    const [params, results] = key.split(':');
    if (key.includes('v') || key.includes('x'))
      return {
        makeExport: () => rejecting(params.length),
        makeHandler: () => rejecting(0) as () => void,
        makeHostExport: () => rejecting(params.length),
      };
    const { env } = this;
    if (!this.mayGenerate) return closures(env, params, results);
    return new GeneratedCode(env, params, results);
  }
}

/** Generates each maker at its first use. */
class GeneratedCode implements SignatureCode {
  private exporter?: SignatureCode['makeExport'];
  private handler?: SignatureCode['makeHandler'];
  private hostExporter?: SignatureCode['makeHostExport'];

  constructor(
    private readonly env: CallEnv,
    private readonly params: string,
    private readonly results: string,
  ) {}

  makeExport(ref: number, owner: FunctionOwner): Function {
    return (this.exporter ??= generate<SignatureCode['makeExport']>(exportSource(this.params, this.results), this.env))(
      ref,
      owner,
    );
  }
  makeHandler(fn: Function): () => void {
    return (this.handler ??= generate<SignatureCode['makeHandler']>(
      handlerSource(this.params, this.results),
      this.env,
    ))(fn);
  }
  makeHostExport(fn: Function): Function {
    return (this.hostExporter ??= generate<SignatureCode['makeHostExport']>(
      hostExportSource(this.params, this.results),
      this.env,
    ))(fn);
  }
}

function generate<T>(source: string, env: CallEnv): T {
  return new Function(
    'env',
    'list',
    `'use strict';\nconst { i32, f32, f64, i64, invoke } = env;\nconst asIntN = BigInt.asIntN;\n${source}`,
  )(env, toList) as T;
}

function canGenerateCode(): boolean {
  try {
    new Function('');
    return true;
  } catch {
    return false;
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * Statement that makes variable `v` a value of its type; nothing where storing converts and cannot throw. A function
 * stays an object until it is stored: what converts the next argument may collect garbage.
 */
function convert(letter: string, v: string): string {
  switch (letter) {
    case 'i':
      return `${v} = ${v} | 0;`;
    case 'l':
      return `if (typeof ${v} !== 'bigint') ${v} = asIntN(64, ${v});`;
    case 'f':
    case 'd':
      return `${v} = +${v};`;
    case 'p':
      return `env.toFuncref(${v});`;
    default:
      return '';
  }
}

function store(letter: string, v: string, slot: number): string {
  switch (letter) {
    case 'l':
      return `i64[${slot}] = ${v};`;
    case 'f':
      return `f32[${2 * slot}] = ${v};`;
    case 'd':
      return `f64[${slot}] = ${v};`;
    case 'e':
      return `i32[${2 * slot}] = env.toExtern(${v});`;
    case 'p':
      return `i32[${2 * slot}] = env.toFuncref(${v});`;
    default:
      return `i32[${2 * slot}] = ${v};`;
  }
}

/**
 * Slots in the order in which they are written. Externrefs come last: taking one may let go whatever neither a slot nor
 * JavaScript holds, and a funcref is neither's before it is written.
 */
function storeOrder(letters: string): number[] {
  const slots = range(letters.length);
  return [...slots.filter((k) => letters[k] !== 'e'), ...slots.filter((k) => letters[k] === 'e')];
}

function load(letter: string, slot: number): string {
  switch (letter) {
    case 'l':
      return `i64[${slot}]`;
    case 'f':
      return `f32[${2 * slot}]`;
    case 'd':
      return `f64[${slot}]`;
    case 'e':
      return `env.fromExtern(i32[${2 * slot}])`;
    case 'p':
      return `env.fromFuncref(i32[${2 * slot}])`;
    default:
      return `i32[${2 * slot}]`;
  }
}

const indented = (lines: string[]): string => lines.filter((l) => l !== '').join('\n    ');

function exportSource(params: string, results: string): string {
  const names = range(params.length).map((k) => `a${k}`);
  const value =
    results.length === 1
      ? load(results, 0)
      : `[${range(results.length)
          .map((k) => load(results[k], k))
          .join(', ')}]`;
  const finish = results === '' ? '' : `return ${value};`;
  return `return (ref, owner) => {
  const call = (${names.join(', ')}) => {
    ${indented(names.map((n, k) => convert(params[k], n)))}
    ${indented(storeOrder(params).map((k) => store(params[k], names[k], k)))}
    if (owner.epoch !== i32[${ControlWord.EPOCH}]) env.hold(owner);
    i32[${ControlWord.CALLEE}] = ref;
    invoke();
    if (i32[${ControlWord.OUTCOME}] !== 0) env.settle(call, owner);
    ${finish}
  };
  return call;
};`;
}

/** `let r0 = CALL;` or the like, and the conversions of the results. */
function takeResults(call: string, results: string): string {
  const names = range(results.length).map((k) => `r${k}`);
  const take =
    results === ''
      ? `${call};`
      : results.length === 1
        ? `let r0 = ${call};`
        : `let [${names.join(', ')}] = list(${call}, ${results.length});`;
  return indented([take, ...names.map((n, k) => convert(results[k], n))]);
}

function handlerSource(params: string, results: string): string {
  const call = `fn(${range(params.length)
    .map((k) => load(params[k], k))
    .join(', ')})`;
  const name = JSON.stringify(HANDLER_NAME);
  return `return (fn) => ({ ${name}: () => {
    ${takeResults(call, results)}
    ${indented(storeOrder(results).map((k) => store(results[k], `r${k}`, k)))}
} })[${name}];`;
}

/** Expression for what JavaScript gets back of a converted variable that did not travel through a slot. */
function unwrap(letter: string, v: string): string {
  switch (letter) {
    case 'l':
      return `asIntN(64, ${v})`;
    case 'f':
      return `Math.fround(${v})`;
    default:
      return v;
  }
}

function hostExportSource(params: string, results: string): string {
  const names = range(params.length).map((k) => `a${k}`);
  const call = `fn(${names.map((n, k) => unwrap(params[k], n)).join(', ')})`;
  const out = range(results.length).map((k) => unwrap(results[k], `r${k}`));
  return `return (fn) => (${names.join(', ')}) => {
    ${indented(names.map((n, k) => convert(params[k], n)))}
    ${takeResults(call, results)}
    ${results === '' ? '' : `return ${results.length === 1 ? out[0] : `[${out.join(', ')}]`};`}
};`;
}

/** The results of a host function with several: any iterable of exactly `n` values. */
export function toList(value: unknown, n: number): unknown[] {
  const values = [...(value as Iterable<unknown>)];
  if (values.length !== n) throw new TypeError('multi-return length mismatch');
  return values;
}

/** Without code generation: the value of a type, as `convert` above. */
function convertValue(env: CallEnv, letter: string, v: unknown): unknown {
  switch (letter) {
    case 'i':
      return +(v as number) | 0;
    case 'l':
      return BigInt.asIntN(64, v as bigint);
    case 'f':
    case 'd':
      return +(v as number);
    case 'p':
      env.toFuncref(v);
      return v;
    default:
      return v;
  }
}

function storeValue(env: CallEnv, letter: string, v: unknown, slot: number): void {
  switch (letter) {
    case 'l':
      env.i64[slot] = v as bigint;
      break;
    case 'f':
      env.f32[2 * slot] = v as number;
      break;
    case 'd':
      env.f64[slot] = v as number;
      break;
    case 'e':
      env.i32[2 * slot] = env.toExtern(v);
      break;
    case 'p':
      env.i32[2 * slot] = env.toFuncref(v);
      break;
    default:
      env.i32[2 * slot] = v as number;
  }
}

function loadValue(env: CallEnv, letter: string, slot: number): unknown {
  switch (letter) {
    case 'l':
      return env.i64[slot];
    case 'f':
      return env.f32[2 * slot];
    case 'd':
      return env.f64[slot];
    case 'e':
      return env.fromExtern(env.i32[2 * slot]);
    case 'p':
      return env.fromFuncref(env.i32[2 * slot]);
    default:
      return env.i32[2 * slot];
  }
}

/** Converts a value and writes it to a slot, for globals and the like. */
export function writeSlot(env: CallEnv, type: ValType, value: unknown, slot: number): void {
  if (cannotCross(type)) throw incompatible();
  storeValue(env, LETTERS[type], convertValue(env, LETTERS[type], value), slot);
}

/** Reads a value from a shared slot. */
export function readSlot(env: CallEnv, type: ValType, slot: number): unknown {
  if (cannotCross(type)) throw incompatible();
  return loadValue(env, LETTERS[type], slot);
}

/** The same wrappers without code generation. */
function closures(env: CallEnv, params: string, results: string): SignatureCode {
  const convertArguments = (args: unknown[]): unknown[] =>
    range(params.length).map((k) => convertValue(env, params[k], args[k]));
  const convertResults = (r: unknown): unknown[] => {
    const list = results.length === 0 ? [] : results.length === 1 ? [r] : toList(r, results.length);
    return list.map((v, k) => convertValue(env, results[k], v));
  };
  const storeAll = (letters: string, values: unknown[]): void =>
    storeOrder(letters).forEach((k) => storeValue(env, letters[k], values[k], k));
  const loadAll = (letters: string): unknown[] => range(letters.length).map((k) => loadValue(env, letters[k], k));
  const single = (values: unknown[]): unknown =>
    values.length === 0 ? undefined : values.length === 1 ? values[0] : values;
  return {
    makeExport(ref, owner) {
      const call = (...args: unknown[]): unknown => {
        storeAll(params, convertArguments(args));
        if (owner.epoch !== env.i32[ControlWord.EPOCH]) env.hold(owner);
        env.i32[ControlWord.CALLEE] = ref;
        env.invoke();
        if (env.i32[ControlWord.OUTCOME] !== 0) env.settle(call, owner);
        return single(loadAll(results));
      };
      return withLength(call, params.length);
    },
    makeHandler: (fn) =>
      ({ [HANDLER_NAME]: () => storeAll(results, convertResults(fn(...loadAll(params)))) })[HANDLER_NAME],
    makeHostExport(fn) {
      const call = (...args: unknown[]): unknown => {
        const values = convertArguments(args).map((v, k) => unwrapValue(params[k], v));
        return single(convertResults(fn(...values)).map((v, k) => unwrapValue(results[k], v)));
      };
      return withLength(call, params.length);
    },
  };
}

function unwrapValue(letter: string, v: unknown): unknown {
  return letter === 'f' ? Math.fround(v as number) : v;
}

function withLength(call: Function, length: number): Function {
  return Object.defineProperty(call, 'length', { value: length, configurable: true });
}

/** A signature with v128 cannot be called from JavaScript; it can be passed on to wasm. */
function rejecting(params: number): Function {
  return withLength((): never => {
    throw incompatible();
  }, params);
}
