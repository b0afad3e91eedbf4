/** What instructions of the random programs are made of: a text for the engines, a function for the model. */
/* eslint require-yield: "off" */
import { Fn, NUMBERS, type State, type Steps, trap, Types } from '../gc-model.js';

/** A call under way: parameters and locals. */
export interface Frame {
  state: State;
  locals: unknown[];
}
/** Instructions that give a value (or nothing), and the model's way to it. `type`: of a reference, statically. */
export interface Code<T> {
  text: string;
  run(f: Frame): Steps<T>;
}
export interface Ref extends Code<unknown> {
  type: string;
}

export interface Program {
  text: string;
  types: Types;
  /** Exported functions of one any and one i32: those that may suspend come behind. */
  functions: Fn[];
  plain: number;
  /** The state of a new instance. */
  instantiate(host: unknown, now: State['now']): State;
  /** What the exported function `state` gives. */
  digestState(s: State): number;
}

export const ABSTRACT = ['any', 'eq', 'i31', 'struct', 'array'];
export const name = (type: string): string => (ABSTRACT.includes(type) ? type : `$${type}`);
export const nullable = (type: string): string => (type === 'extern' ? 'externref' : `(ref null ${name(type)})`);
export const storageText = (storage: string): string =>
  storage in NUMBERS ? NUMBERS[storage].type : storage === 'fa' ? 'funcref' : nullable(storage);
export const constant = (text: string, value: unknown): Code<never> => ({
  text,
  *run() {
    return value as never;
  },
});

export const nullText = (storage: string): string =>
  `(ref.null ${storage === 'extern' ? 'noextern' : storage === 'fa' ? 'nofunc' : 'none'})`;
/** An element that must be there. */
export function checked(items: readonly unknown[], k: number, kind: string): unknown {
  if (k >>> 0 >= items.length) trap(kind);
  return items[k];
}

export const TABLES: Record<string, { element: string; size: number }> = {
  ta: { element: 'any', size: 8 },
  tt: { element: 't0', size: 6 },
  tf: { element: 'fa', size: 6 },
};
export const FUNC = '(type $main (func (param anyref i32) (result anyref)))';
