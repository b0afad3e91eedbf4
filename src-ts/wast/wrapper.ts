/**
 * Modules that stand between a script and an export of another module: numbers and vectors go through a memory, bit by
 * bit (JavaScript's numbers lose the bits of a NaN and know no vectors), and so does whether a reference that JavaScript
 * may not see is null.
 */
import { isConcrete, isRef } from '../wasm/ref-types.js';
import { typeName } from '../wasm/type-names.js';
import { type FuncType, type GlobalType, ValType } from '../wasm/types.js';

/** Bytes between two values in the memory: arguments from 0, results behind them. */
export const SLOT = 16;
const PAGE = 65536;

/** References to exceptions never leave WebAssembly. */
export const isHidden = (type: ValType): boolean => type === ValType.EXNREF || type === ValType.NOEXN;
/** References that the wrapper's own function takes and returns. */
export const isPassed = (type: ValType): boolean => isRef(type) && !isHidden(type);

/** Whether JavaScript's own call shows all that a script compares. */
export const isPlain = ({ params, results }: FuncType): boolean =>
  [...params, ...results].every((t) => t === ValType.I32 || t === ValType.I64 || isPassed(t));

/** Whether there is a wrapper: types of another module have no name in this one. */
export const isWrappable = ({ params, results }: FuncType): boolean => ![...params, ...results].some(isConcrete);

/** Text of the wrapper of a function: it imports `target.it` and exports `memory` and `run`. */
export function functionWrapper(type: FuncType): string {
  const { params, results } = type;
  let passed = 0;
  const args = params.map((t, k) =>
    isPassed(t) ? `(local.get ${passed++})` : isHidden(t) ? `(ref.null exn)` : load(t, SLOT * k),
  );
  const own = params.filter(isPassed);
  return wrapper(
    `(import "target" "it" (func $it ${list('param', params)} ${list('result', results)}))`,
    own,
    results,
    `(call $it ${args.join(' ')})`,
    SLOT * params.length,
  );
}

/** Text of the wrapper of a global. */
export function globalWrapper({ type, mutable }: GlobalType): string {
  const shown = mutable ? `(mut ${typeName(type)})` : typeName(type);
  return wrapper(`(import "target" "it" (global $it ${shown}))`, [], [type], '(global.get $it)', 0);
}

/** `made`: an expression whose values are stored from `at` on, or returned where they are references. */
function wrapper(target: string, params: ValType[], results: ValType[], made: string, at: number): string {
  const first = params.length;
  const taken = results.map((_, k) => `(local.set ${first + results.length - 1 - k})`);
  const stored = results.map((t, k) =>
    isPassed(t) ? `(local.get ${first + k})` : store(t, at + SLOT * k, `(local.get ${first + k})`),
  );
  const pages = Math.ceil((at + SLOT * (results.length + 1)) / PAGE);
  return `(module ${target} (memory (export "memory") ${pages})
  (func (export "run") ${list('param', params)} ${list('result', results.filter(isPassed))} ${list('local', results)}
    ${made} ${taken.join(' ')} ${stored.join(' ')}))`;
}

const list = (what: string, types: ValType[]): string =>
  types.length === 0 ? '' : `(${what} ${types.map(typeName).join(' ')})`;

const load = (t: ValType, at: number): string => `(${typeName(t)}.load offset=${at} (i32.const 0))`;
const store = (t: ValType, at: number, value: string): string =>
  isHidden(t)
    ? `(i32.store offset=${at} (i32.const 0) (ref.is_null ${value}))`
    : `(${typeName(t)}.store offset=${at} (i32.const 0) ${value})`;
