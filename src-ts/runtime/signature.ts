/**
 * Calls between JavaScript and wasm, one piece of code per signature: arguments and results travel through 8-byte slots
 * of the buffer that the thread shares with the addon, so that a call passes no N-API values. The code is generated
 * from strings where the process allows that, else the same steps run as closures over the list of types.
 *
 * A conversion may run user code that calls into wasm again and overwrites the slots: every argument is converted
 * before the first one is written, every result read before anything else runs.
 */
import { ControlWord } from '../abi/calls.js';
import { topOf } from '../wasm/ref-types.js';
import { type FuncType, ValType, type TypeSpace } from '../wasm/types.js';
import type { Handlers } from './handlers.js';
import type { Holdable } from './lifetimes.js';
import { HANDLER_NAME } from './stack.js';

/** What profilers call the code that is generated here. */
export const CALLS_URL = 'wamr-native:calls';

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
  /** The object that JavaScript was given last, if it has a reference now; 0 if there is none. */
  readonly externs: { readonly given: object | null; readonly givenReference: number };
  toExtern(value: unknown): number;
  fromExtern(handle: number): unknown;
  /** Funcref of null or an exported function; TypeError for anything else. */
  toFuncref(value: unknown): number;
  fromFuncref(ref: number): unknown;
  /** TypeError unless the value is one of this reference type (in the thread's numbering). */
  checkReference(type: ValType, value: unknown): void;
  toReference(type: ValType, value: unknown): number;
  fromReference(type: ValType, reference: number): unknown;
  /** What the numbers in types are about. */
  readonly types: TypeSpace;
  /** The instance is going to run (runtime/lifetimes.ts). Needed once an epoch. */
  hold(owner: FunctionOwner): void;
}

/** The instance of a function: has the handlers of the host functions that it imports. */
export interface FunctionOwner extends Holdable {
  readonly handlers: Pick<Handlers, 'get'>;
  /** A record of the addon for what JavaScript threw, to be caught by wasm; 0 without memory. */
  recordOf(thrown: unknown): number;
  /** What is thrown in JavaScript for the exception that left wasm. */
  takeThrown(): unknown;
  /** Name of a function, from the name section or an export; null without. */
  nameOf(func: number): string | null;
}

/** Wrapper makers of a signature. */
export interface SignatureCode {
  /** Makes an exported function for the wasm function of this index; `owner` is its instance, which it keeps alive. */
  makeExport(ref: number, owner: FunctionOwner, func: number): Function;
  /** Makes the handler of a host function: takes the arguments from the slots, leaves the results there. */
  makeHandler(fn: Function): () => void;
  /** Makes the exported function for a host function: values are coerced both ways as if they went through wasm. */
  makeHostExport(fn: Function, func: number): Function;
}

/** How a value of a type crosses; of references, letters are for the types that need no more than their kind. */
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

/**
 * A reference type that is more than a kind: `q` and its number where it is about functions, `r` and its number where
 * JavaScript values of other kinds are among its own.
 */
function letterOf(space: TypeSpace, t: ValType): string {
  const letter = LETTERS[t];
  if (letter !== undefined) return letter;
  const top = topOf(space, t);
  return top === ValType.EXNREF ? 'x' : `${top === ValType.FUNCREF ? 'q' : 'r'}${t}`;
}

const typeOfLetter = (letter: string): string => letter.slice(1);

/** Types whose values JavaScript never has. */
const cannotCross = (letter: string): boolean => letter === 'v' || letter === 'x';

const INCOMPATIBLE = 'type incompatibility when transforming from/to JS';

/** The TypeError for values that cannot cross. */
export const incompatible = (): TypeError => new TypeError(INCOMPATIBLE);

type Letters = readonly string[];

/** Wrapper makers by signature, made once per environment. */
export class Signatures {
  private readonly made = new Map<string, SignatureCode>();
  private readonly byType = new WeakMap<FuncType, SignatureCode>();
  private readonly mayGenerate = canGenerateCode();
  private readonly named = isProfiled();

  constructor(private readonly env: CallEnv) {}

  get(t: FuncType): SignatureCode {
    const known = this.byType.get(t);
    if (known !== undefined) return known;
    const letters = (types: readonly ValType[]): string[] => types.map((p) => letterOf(this.env.types, p));
    const params = letters(t.params);
    const results = letters(t.results);
    const key = `${params.join('')}:${results.join('')}`;
    let code = this.made.get(key);
    if (code === undefined) {
      code = this.make(params, results);
      this.made.set(key, code);
    }
    this.byType.set(t, code);
    return code;
  }

  private make(params: Letters, results: Letters): SignatureCode {
    if (params.some(cannotCross) || results.some(cannotCross))
      return {
        makeExport: (_, __, func) => rejecting(params.length, func),
        makeHandler: () => rejecting(0, 0) as () => void,
        makeHostExport: (_, func) => rejecting(params.length, func),
      };
    const { env } = this;
    if (!this.mayGenerate) return closures(env, params, results);
    return new GeneratedCode(env, params, results, this.named);
  }
}

/** `name` is not looked at where the source has one. */
type Exporter = (ref: number, owner: FunctionOwner, name: string) => Function;

/**
 * A name that V8 is given at run time takes it nine tenths of the time that such a function takes to make. So where many
 * instances export the function of a low index, it gets source of its own.
 */
const OFTEN = 256;
const LOW_INDICES = 32;

/** Generates each maker at its first use. */
class GeneratedCode implements SignatureCode {
  private exporter?: Exporter;
  /** By index: how often an export of it was made, then what makes them. */
  private readonly low: (number | Exporter)[] = [];
  private handler?: SignatureCode['makeHandler'];
  private hostExporter?: (fn: Function, name: string) => Function;

  constructor(
    private readonly env: CallEnv,
    private readonly params: Letters,
    private readonly results: Letters,
    /** Each exported function gets code of its own, which has its name. */
    private readonly named: boolean,
  ) {}

  makeExport(ref: number, owner: FunctionOwner, func: number): Function {
    const shown = this.named ? owner.nameOf(func) : null;
    if (shown !== null) {
      const source = exportSource(this.params, this.results, shown);
      return withName(generate<Exporter>(source, this.env)(ref, owner, ''), func);
    }
    if (func < LOW_INDICES) {
      while (this.low.length <= func) this.low.push(0);
      const known = this.low[func];
      if (typeof known === 'function') return known(ref, owner, '');
      this.low[func] =
        known < OFTEN ? known + 1 : generate<Exporter>(exportSource(this.params, this.results, String(func)), this.env);
    }
    this.exporter ??= generate(exportSource(this.params, this.results), this.env);
    return this.exporter(ref, owner, String(func));
  }
  makeHandler(fn: Function): () => void {
    return (this.handler ??= generate<SignatureCode['makeHandler']>(
      handlerSource(this.params, this.results),
      this.env,
    ))(fn);
  }
  makeHostExport(fn: Function, func: number): Function {
    this.hostExporter ??= generate(hostExportSource(this.params, this.results), this.env);
    return this.hostExporter(fn, String(func));
  }
}

function generate<T>(source: string, env: CallEnv): T {
  return new Function(
    'env',
    'list',
    `'use strict';\nconst { i32, f32, f64, i64, invoke, externs } = env;\nconst asIntN = BigInt.asIntN;\n${source}\n//# sourceURL=${CALLS_URL}`,
  )(env, toList) as T;
}

/** Whether Node's own profiler may look at this process. It knows functions by their code only. */
function isProfiled(): boolean {
  for (let i = 0; i < process.execArgv.length; i++) if (/^--(cpu-prof|inspect)/.test(process.execArgv[i])) return true;
  return false;
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
  switch (letter[0]) {
    case 'i':
      return `${v} = +${v} | 0;`;
    case 'l':
      return `if (typeof ${v} !== 'bigint') ${v} = asIntN(64, ${v});`;
    case 'f':
    case 'd':
      return `${v} = +${v};`;
    case 'p':
      return `env.toFuncref(${v});`;
    case 'q':
    case 'r':
      return `env.checkReference(${typeOfLetter(letter)}, ${v});`;
    default:
      return '';
  }
}

function store(letter: string, v: string, slot: number): string {
  switch (letter[0]) {
    case 'l':
      return `i64[${slot}] = ${v};`;
    case 'f':
      return `f32[${2 * slot}] = ${v};`;
    case 'd':
      return `f64[${slot}] = ${v};`;
    case 'e':
      return `i32[${2 * slot}] = ${v} === null ? 0 : ${v} === externs.given ? externs.givenReference : env.toExtern(${v});`;
    case 'p':
      return `i32[${2 * slot}] = env.toFuncref(${v});`;
    case 'q':
    case 'r':
      return `i32[${2 * slot}] = env.toReference(${typeOfLetter(letter)}, ${v});`;
    default:
      return `i32[${2 * slot}] = ${v};`;
  }
}

/**
 * Slots in the order in which they are written. Externrefs come last: taking one may let go whatever neither a slot nor
 * JavaScript holds, and a funcref is neither's before it is written.
 */
function storeOrder(letters: Letters): number[] {
  const slots = range(letters.length);
  const last = (k: number): boolean => letters[k] === 'e' || letters[k][0] === 'r';
  return [...slots.filter((k) => !last(k)), ...slots.filter(last)];
}

function load(letter: string, slot: number): string {
  switch (letter[0]) {
    case 'l':
      return `i64[${slot}]`;
    case 'f':
      return `f32[${2 * slot}]`;
    case 'd':
      return `f64[${slot}]`;
    case 'e':
      return `(i32[${2 * slot}] === 0 ? null : i32[${2 * slot}] === externs.givenReference ? externs.given : env.fromExtern(i32[${2 * slot}]))`;
    case 'p':
      return `env.fromFuncref(i32[${2 * slot}])`;
    case 'q':
    case 'r':
      return `env.fromReference(${typeOfLetter(letter)}, i32[${2 * slot}])`;
    default:
      return `i32[${2 * slot}]`;
  }
}

const indented = (lines: string[]): string => lines.filter((l) => l !== '').join('\n    ');

/**
 * `shown`: what profilers call it. (The name that it has comes from a computed key: redefined, it would take V8 three times
 * as long to make the function and give it its state.)
 */
function exportSource(params: Letters, results: Letters, shown: string | null = null): string {
  const names = range(params.length).map((k) => `a${k}`);
  const value =
    results.length === 1
      ? load(results[0], 0)
      : `[${range(results.length)
          .map((k) => load(results[k], k))
          .join(', ')}]`;
  const finish = results.length === 0 ? '' : `return ${value};`;
  // V8 takes a name that is a literal.
  const [key, at] = shown === null ? ['[name]', 'name'] : [JSON.stringify(shown), JSON.stringify(shown)];
  return `return (ref, owner, name) => {
  const call = { ${key}: (${names.join(', ')}) => {
    ${indented(names.map((n, k) => convert(params[k], n)))}
    ${indented(storeOrder(params).map((k) => store(params[k], names[k], k)))}
    if (owner.epoch !== i32[${ControlWord.EPOCH}]) env.hold(owner);
    i32[${ControlWord.CALLEE}] = ref;
    invoke();
    if (i32[${ControlWord.OUTCOME}] !== 0) env.settle(call, owner);
    ${finish}
  } }[${at}];
  return call;
};`;
}

/** `let r0 = CALL;` or the like, and the conversions of the results. */
function takeResults(call: string, results: Letters): string {
  const names = range(results.length).map((k) => `r${k}`);
  const take =
    results.length === 0
      ? `${call};`
      : results.length === 1
        ? `let r0 = ${call};`
        : `let [${names.join(', ')}] = list(${call}, ${results.length});`;
  return indented([take, ...names.map((n, k) => convert(results[k], n))]);
}

function handlerSource(params: Letters, results: Letters): string {
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

function hostExportSource(params: Letters, results: Letters): string {
  const names = range(params.length).map((k) => `a${k}`);
  const call = `fn(${names.map((n, k) => unwrap(params[k], n)).join(', ')})`;
  const out = range(results.length).map((k) => unwrap(results[k], `r${k}`));
  return `return (fn, name) => ({ [name]: (${names.join(', ')}) => {
    ${indented(names.map((n, k) => convert(params[k], n)))}
    ${takeResults(call, results)}
    ${results.length === 0 ? '' : `return ${results.length === 1 ? out[0] : `[${out.join(', ')}]`};`}
} })[name];`;
}

/** The results of a host function with several: any iterable of exactly `n` values. */
export function toList(value: unknown, n: number): unknown[] {
  const values = [...(value as Iterable<unknown>)];
  if (values.length !== n) throw new TypeError('multi-return length mismatch');
  return values;
}

/** Without code generation: the value of a type, as `convert` above. */
function convertValue(env: CallEnv, letter: string, v: unknown): unknown {
  switch (letter[0]) {
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
    case 'q':
    case 'r':
      env.checkReference(Number(typeOfLetter(letter)), v);
      return v;
    default:
      return v;
  }
}

function storeValue(env: CallEnv, letter: string, v: unknown, slot: number): void {
  switch (letter[0]) {
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
    case 'q':
    case 'r':
      env.i32[2 * slot] = env.toReference(Number(typeOfLetter(letter)), v);
      break;
    default:
      env.i32[2 * slot] = v as number;
  }
}

function loadValue(env: CallEnv, letter: string, slot: number): unknown {
  switch (letter[0]) {
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
    case 'q':
    case 'r':
      return env.fromReference(Number(typeOfLetter(letter)), env.i32[2 * slot]);
    default:
      return env.i32[2 * slot];
  }
}

/** Converts a value and writes it to a slot, for globals and the like. */
export function writeSlot(env: CallEnv, type: ValType, value: unknown, slot: number): void {
  const letter = letterOf(env.types, type);
  if (cannotCross(letter)) throw incompatible();
  storeValue(env, letter, convertValue(env, letter, value), slot);
}

/** Reads a value from a shared slot. */
export function readSlot(env: CallEnv, type: ValType, slot: number): unknown {
  const letter = letterOf(env.types, type);
  if (cannotCross(letter)) throw incompatible();
  return loadValue(env, letter, slot);
}

/** The same wrappers without code generation. */
function closures(env: CallEnv, params: Letters, results: Letters): SignatureCode {
  const convertArguments = (args: unknown[]): unknown[] =>
    range(params.length).map((k) => convertValue(env, params[k], args[k]));
  const convertResults = (r: unknown): unknown[] => {
    const list = results.length === 0 ? [] : results.length === 1 ? [r] : toList(r, results.length);
    return list.map((v, k) => convertValue(env, results[k], v));
  };
  const storeAll = (letters: Letters, values: unknown[]): void =>
    storeOrder(letters).forEach((k) => storeValue(env, letters[k], values[k], k));
  const loadAll = (letters: Letters): unknown[] => range(letters.length).map((k) => loadValue(env, letters[k], k));
  const single = (values: unknown[]): unknown =>
    values.length === 0 ? undefined : values.length === 1 ? values[0] : values;
  return {
    makeExport(ref, owner, func) {
      const call = (...args: unknown[]): unknown => {
        storeAll(params, convertArguments(args));
        if (owner.epoch !== env.i32[ControlWord.EPOCH]) env.hold(owner);
        env.i32[ControlWord.CALLEE] = ref;
        env.invoke();
        if (env.i32[ControlWord.OUTCOME] !== 0) env.settle(call, owner);
        return single(loadAll(results));
      };
      return withName(withLength(call, params.length), func);
    },
    makeHandler: (fn) =>
      ({ [HANDLER_NAME]: () => storeAll(results, convertResults(fn(...loadAll(params)))) })[HANDLER_NAME],
    makeHostExport(fn, func) {
      const call = (...args: unknown[]): unknown => {
        const values = convertArguments(args).map((v, k) => unwrapValue(params[k], v));
        return single(convertResults(fn(...values)).map((v, k) => unwrapValue(results[k], v)));
      };
      return withName(withLength(call, params.length), func);
    },
  };
}

function unwrapValue(letter: string, v: unknown): unknown {
  return letter === 'f' ? Math.fround(v as number) : v;
}

function withLength(call: Function, length: number): Function {
  return Object.defineProperty(call, 'length', { value: length, configurable: true });
}

/** The name of an exported function is its index. */
function withName(call: Function, func: number): Function {
  return Object.defineProperty(call, 'name', { value: String(func), configurable: true });
}

/** A signature with v128 cannot be called from JavaScript; it can be passed on to wasm. */
function rejecting(params: number, func: number): Function {
  const call = (): never => {
    throw incompatible();
  };
  return withName(withLength(call, params), func);
}
