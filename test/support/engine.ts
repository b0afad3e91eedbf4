/**
 * The engines that the specification suite and the fuzz tests can drive: V8, and ours through its WebAssembly-shaped
 * facade. An engine is that facade and the judgements about the errors it throws.
 */
import { createRequire } from 'node:module';
import type { Disabled } from '../../src-ts/util/switches.js';
import { PROPOSALS } from '../../src-ts/wasm/proposals.js';
import { madeUpProfile } from './made-up-profile.js';

/** The part of the WebAssembly JavaScript interface that the tests use. */
export interface Facade {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: never, imports?: object) => { exports: Record<string, unknown> };
  Memory: new (d: { initial: number; maximum?: number; shared?: boolean }) => object;
  Table: new (d: { initial: number; maximum?: number; element: 'anyfunc' | 'externref' }) => object;
  Global: new (d: { value: string; mutable?: boolean }, v?: unknown) => { value: unknown };
  RuntimeError: new (m?: string) => Error;
  LinkError: new (m?: string) => Error;
  CompileError: new (m?: string) => Error;
  Tag: new (d: { parameters: string[] }) => object;
  Exception: new (tag: never, payload: unknown[]) => object;
}

/** What stopped an execution, coarse enough to be compared between engines. */
export type TrapKind =
  | 'exhaustion'
  | 'oob-memory'
  | 'oob-table'
  | 'div0'
  | 'overflow'
  | 'conv'
  | 'unreachable'
  | 'call-indirect'
  | 'unaligned'
  | 'wait'
  | 'null'
  | 'cast'
  | 'oob-array'
  | 'array-size';

export interface Engine {
  name: string;
  wasm: Facade;
  /** What the engine has beyond WebAssembly 2.0 without SIMD, in the specification suite's words. */
  features: ReadonlySet<string>;
  compile(bytes: Uint8Array): object;
  instantiate(module: object, imports: object): { exports: Record<string, any> };
  isTrap(e: unknown): boolean;
  isLinkError(e: unknown): boolean;
  isCompileError(e: unknown): boolean;
  /** An exception of wasm's own. */
  isException(e: unknown): boolean;
  trapKind(e: unknown): TrapKind | undefined;
}

/** Both engines use V8's message texts, ours by design, so one table serves. */
const MESSAGES: [RegExp, TrapKind][] = [
  [/call stack/i, 'exhaustion'],
  [/memory access out of bounds|data segment/i, 'oob-memory'],
  [/table index is out of bounds|table initializer|table access|table.*out of bounds|element segment/i, 'oob-table'],
  [/divide by zero|remainder by zero/, 'div0'],
  [/divide result unrepresentable/, 'overflow'],
  [/float unrepresentable/, 'conv'],
  [/unreachable/, 'unreachable'],
  [/null pointer/, 'null'],
  [/illegal cast/, 'cast'],
  [/array element/, 'oob-array'],
  [/array is too large/, 'array-size'],
  [/does not support unaligned/, 'unaligned'],
  [/Atomics.wait cannot/, 'wait'],
  [/null function|function signature mismatch|indirect call/, 'call-indirect'],
];

function makeEngine(name: string, wasm: Facade, features: string[]): Engine {
  return {
    name,
    wasm,
    features: new Set(features),
    compile: (bytes) => new wasm.Module(bytes),
    instantiate: (module, imports) => new wasm.Instance(module as never, imports),
    // A stack overflow is a RangeError, as in V8.
    isTrap: (e) => e instanceof wasm.RuntimeError || e instanceof RangeError,
    // The JavaScript interface asks for a TypeError where an import module is missing.
    isLinkError: (e) => e instanceof wasm.LinkError || e instanceof TypeError,
    // V8 reports some implementation limits as RangeError.
    isCompileError: (e) => e instanceof wasm.CompileError || e instanceof RangeError,
    isException: (e) => e instanceof wasm.Exception,
    trapKind(e) {
      const message = String((e as Error).message);
      return e instanceof RangeError ? 'exhaustion' : MESSAGES.find(([re]) => re.test(message))?.[1];
    },
  };
}

export const v8Engine: Engine = makeEngine('v8', WebAssembly as unknown as Facade, ['simd']);

let ours: Engine | undefined;

/** Our engine as it is shipped: the bundle in dist/, which the test configuration has built. */
export function wamrEngine(): Engine {
  ours ??= makeEngine('wamr-native', bundle().WebAssembly as unknown as Facade, [
    'simd',
    ...PROPOSALS.filter((p) => p.supported).map((p) => p.name),
  ]);
  return ours;
}

/** Edition 2.0 of the specification: without the proposals since. */
export const edition2Features = (): Record<string, false> =>
  Object.fromEntries([...wamrEngine().features].filter((f) => f !== 'simd').map((f) => [f, false]));
const edition2 = (): { features: Record<string, false> } => ({ features: edition2Features() });

/** The same as far as the specification's edition 2.0 goes. */
export function edition2Engine(): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...wamrEngine(),
    name: 'wamr-native, 2.0',
    features: new Set(['simd']),
    compile: (bytes) => new Module(compileSync(bytes, edition2())),
  };
}

/** The same with explicit bounds checks; in edition 2.0 or with all that we have. */
export function explicitEngine(only2 = false): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...(only2 ? edition2Engine() : wamrEngine()),
    name: 'wamr-native, explicit bounds',
    compile: (bytes) => new Module(compileSync(bytes, { bounds: 'explicit', ...(only2 ? edition2() : {}) })),
  };
}

/** The same with all that the machine has: three-operand vector code where it has AVX. */
export function nativeEngine(): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...wamrEngine(),
    name: 'wamr-native, this machine',
    compile: (bytes) => new Module(compileSync(bytes, { target: 'native', verify: true })),
  };
}

/** The same with the same bits on every machine. */
export function deterministicEngine(): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...wamrEngine(),
    name: 'wamr-native, deterministic',
    compile: (bytes) => new Module(compileSync(bytes, { target: 'native', deterministic: true, verify: true })),
  };
}

/** The same as functions of enormous size are compiled: with values, or locals, in memory. */
export function modestEngine(disable: Disabled[]): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...wamrEngine(),
    name: `wamr-native, ${disable.join(', ')}`,
    compile: (bytes) => new Module(compileSync(bytes, { disable, verify: true })),
  };
}

/** The same with a profile that is made up for each module; in edition 2.0 or with all that we have. */
export function profiledEngine(seed: number, only2 = false): Engine {
  const { compileSync, Module } = bundle();
  return {
    ...(only2 ? edition2Engine() : wamrEngine()),
    name: 'wamr-native, made-up profile',
    compile: (bytes) =>
      new Module(
        compileSync(bytes, {
          profile: madeUpProfile(bytes, seed),
          verify: true,
          ...(only2 ? edition2() : {}),
        }),
      ),
  };
}

const bundle = (): typeof import('../../src-ts/index.js') =>
  createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');

/** The engine under test: ours, or V8 with WAMR_TEST_ENGINE=v8, which tests the tests. */
export function engineUnderTest(): Engine {
  return process.env.WAMR_TEST_ENGINE === 'v8' ? v8Engine : wamrEngine();
}
