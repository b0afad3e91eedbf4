/**
 * The functions of `wasm:js-string` (wasm/compile-time-imports.ts), as V8 has them. Each is there twice: for wasm, which
 * has its arguments in the slots, without the conversions of other imports; and as what JavaScript gets where a module
 * exports one.
 */
import { StringLeaf } from '../abi/strings.js';
import { Trap as Code } from '../abi/trap-codes.js';
import { Externref } from '../abi/vmctx.js';
import type { NativeBinding } from '../binding.js';
import { ENV } from '../options.js';
import { strings } from '../util/realm.js';
import { isRef, topOf } from '../wasm/ref-types.js';
import type { StringBuiltin } from '../wasm/compile-time-imports.js';
import { type FuncType, ValType } from '../wasm/types.js';
import type { Lifetimes } from './lifetimes.js';
import type { Registry } from './registry.js';
import type { CallEnv } from './signature.js';
import { HANDLER_NAME } from './stack.js';
import { createTrap, type TrapFrame } from './trap.js';

const MAX_CODE_POINT = 0x10ffff;

const LEAVES: Readonly<Record<StringBuiltin, StringLeaf>> = {
  cast: StringLeaf.CAST,
  test: StringLeaf.TEST,
  fromCharCodeArray: StringLeaf.NONE,
  intoCharCodeArray: StringLeaf.NONE,
  fromCharCode: StringLeaf.FROM_CHAR_CODE,
  fromCodePoint: StringLeaf.FROM_CODE_POINT,
  charCodeAt: StringLeaf.CHAR_CODE_AT,
  codePointAt: StringLeaf.CODE_POINT_AT,
  length: StringLeaf.LENGTH,
  concat: StringLeaf.CONCAT,
  substring: StringLeaf.SUBSTRING,
  equals: StringLeaf.EQUALS,
  compare: StringLeaf.COMPARE,
};

/** What they need of the environment, which has them. */
interface BuiltinsEnv extends CallEnv {
  readonly native: NativeBinding;
  readonly registry: Registry;
  readonly lifetimes: Lifetimes;
  describeFrames(rows: Uint32Array): TrapFrame[];
}

export class StringBuiltins {
  private readonly functions: Readonly<Record<StringBuiltin, Function>>;
  private readonly handlers: Readonly<Record<StringBuiltin, () => void>>;

  constructor(private readonly env: BuiltinsEnv) {
    const functions = this.makeFunctions();
    this.functions = functions;
    this.handlers = this.makeHandlers(functions);
    if (ENV.nativeStrings) env.lifetimes.externs.describeStrings();
  }

  /** The builtin in the addon's assembly, which runs where native code knows the string. */
  leaf(name: StringBuiltin): StringLeaf {
    return ENV.nativeStrings ? LEAVES[name] : StringLeaf.NONE;
  }

  /** What runs when wasm calls the builtin. */
  handler(name: StringBuiltin): () => void {
    return this.handlers[name];
  }

  /** The builtin as an imported function of its type (in the thread's numbering) that takes and returns values of JavaScript. */
  callable(name: StringBuiltin, { params }: FuncType): Function {
    const { env } = this;
    const f = this.functions[name];
    const array = params.findIndex((t) => isRef(t) && topOf(env.types, t) === ValType.ANYREF);
    if (array < 0) return f;
    return (...args: unknown[]): unknown => {
      args[array] = env.toReference(params[array], args[array]);
      return Reflect.apply(f, undefined, args);
    };
  }

  /** Arrays are references; all integers are signed. */
  private makeFunctions() {
    const { native } = this.env;
    const { charCodeAt, codePointAt, substring, fromCharCode, fromCodePoint } = strings;
    const fail = (code: Code, message?: string): never => this.fail(code, message);
    const text = (value: unknown): string => (typeof value === 'string' ? value : fail(Code.CAST_FAILURE));
    const array = (reference: number): number => (reference === 0 ? fail(Code.NULL_ARRAY) : reference >>> 0);
    const nullable = (value: unknown): string | null => (value === null ? null : text(value));
    /** A string of the index, which must be inside. */
    const at = (value: unknown, index: number): string => {
      const s = text(value);
      return index >>> 0 < s.length ? s : fail(Code.STRING_OUT_OF_BOUNDS);
    };
    return {
      cast: text,
      test: (value: unknown) => (typeof value === 'string' ? 1 : 0),
      fromCharCodeArray: (chars: number, start: number, end: number) =>
        native.heapString(array(chars), start >>> 0, end >>> 0) ?? fail(Code.ARRAY_OUT_OF_BOUNDS),
      intoCharCodeArray(value: unknown, chars: number, start: number) {
        const s = text(value);
        if (!native.heapTakeString(array(chars), start >>> 0, s)) fail(Code.ARRAY_OUT_OF_BOUNDS);
        return s.length;
      },
      fromCharCode,
      fromCodePoint(code: number) {
        code >>>= 0;
        return code <= MAX_CODE_POINT
          ? fromCodePoint(code)
          : fail(Code.INVALID_CODE_POINT, `Invalid code point ${code}`);
      },
      charCodeAt: (value: unknown, index: number) => charCodeAt(at(value, index), index),
      codePointAt: (value: unknown, index: number) => codePointAt(at(value, index), index),
      length: (value: unknown) => text(value).length,
      concat: (a: unknown, b: unknown) => text(a) + text(b),
      substring(value: unknown, start: number, end: number) {
        const s = text(value);
        start >>>= 0;
        end >>>= 0;
        return start > end || start > s.length ? '' : substring(s, start, end);
      },
      equals: (a: unknown, b: unknown) => (nullable(a) === nullable(b) ? 1 : 0),
      compare(a: unknown, b: unknown) {
        const x = text(a);
        const y = text(b);
        return x === y ? 0 : x < y ? -1 : 1;
      },
    };
  }

  private makeHandlers(f: ReturnType<StringBuiltins['makeFunctions']>): Record<StringBuiltin, () => void> {
    const { env } = this;
    const { i32, lifetimes } = env;
    // By themselves: the build takes calls of such methods for those of strings.
    const { cast, test, fromCharCodeArray, intoCharCodeArray, fromCharCode, fromCodePoint, charCodeAt } = f;
    const { codePointAt, length, concat, substring, equals, compare } = f;
    const { externs } = lifetimes;
    const value = (slot: number): unknown => env.fromExtern(i32[2 * slot]);
    /** Of those that native code could have answered for. */
    const noted = (slot: number): unknown => {
      const reference = i32[2 * slot];
      return (reference & 3) === Externref.TAG ? externs.argument(reference) : env.fromExtern(reference);
    };
    /** … if it had the characters. */
    const text = (slot: number): unknown => {
      const s = noted(slot);
      externs.read(i32[2 * slot], s);
      return s;
    };
    const give = (s: string): void => {
      i32[0] = externs.take(s);
    };
    const handlers: Record<StringBuiltin, () => void> = {
      // The reference goes back as it is.
      cast: () => void cast(noted(0)),
      test: () => void (i32[0] = test(noted(0))),
      fromCharCodeArray: () => give(fromCharCodeArray(i32[0], i32[2], i32[4])),
      intoCharCodeArray: () => void (i32[0] = intoCharCodeArray(value(0), i32[2], i32[4])),
      fromCharCode: () => give(fromCharCode(i32[0])),
      fromCodePoint: () => give(fromCodePoint(i32[0])),
      charCodeAt: () => void (i32[0] = charCodeAt(text(0), i32[2])),
      codePointAt: () => void (i32[0] = codePointAt(text(0), i32[2])),
      length: () => void (i32[0] = length(noted(0))),
      concat() {
        give(concat(noted(0), noted(1)));
        externs.offer();
      },
      substring() {
        give(substring(i32[4] - i32[2] === 1 ? text(0) : noted(0), i32[2], i32[4]));
        externs.offer();
      },
      equals: () => void (i32[0] = equals(text(0), text(1))),
      compare: () => void (i32[0] = compare(text(0), text(1))),
    };
    // Stacks are read by this name.
    for (const handler of Object.values(handlers)) Object.defineProperty(handler, 'name', { value: HANDLER_NAME });
    return handlers;
  }

  /** Ends the wasm that has called the builtin by a trap, which no clause of it catches. */
  private fail(code: Code, message?: string): never {
    const { env } = this;
    const rows = new Uint32Array(env.native.captureStack());
    const error = createTrap(code, env.describeFrames(rows), StringBuiltins.prototype.fail, {
      rows,
      message,
      waiting: true,
    });
    env.registry.traps.add(error);
    throw error;
  }
}
