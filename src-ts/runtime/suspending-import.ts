/** What happens when wasm calls a suspending import (`WebAssembly.Suspending`). */
import { MORE_ROOM, SuspendError } from '../errors.js';
import type { FuncType, ValType } from '../wasm/types.js';

/** Thrown by the handler of a suspending import to whoever runs the wasm that called it; no program sees it. */
export class Suspension {
  constructor(
    /** What the function returned. */
    readonly awaited: unknown,
    /** The import's results. */
    readonly types: readonly ValType[],
  ) {}
}

/** A call that may be suspended: the addon's number of it, and what it waits for while it is. */
export interface SuspendableCall {
  readonly id: number;
  suspension: Suspension | null;
}

/** Why a suspending import that was called by other wasm cannot suspend it. */
const notSuspendable = (insidePromising: boolean): Error =>
  new SuspendError(insidePromising ? 'trying to suspend JS frames' : 'trying to suspend without WebAssembly.promising');

/** EBUSY, as the addon says of calls that are not the innermost. */
export const NO_PROMISING_CALL = -16;
const NO_MEMORY = -12;

/** Why a call was not put aside, by what the addon says (`promisingSuspend`). */
export const refusal = (error: number, insidePromising: boolean): Error =>
  error === NO_MEMORY
    ? new RangeError(`WebAssembly.Suspending: no memory for the frames of the call: ${MORE_ROOM}`)
    : notSuspendable(insidePromising);

/**
 * The function behind a `Suspending` object as its handler calls it.
 * @param Message the thread's `Suspension` (`Registry.Suspension`)
 */
export const suspendable =
  (fn: Function, { results }: FuncType, Message: typeof Suspension): Function =>
  (...args: unknown[]): never => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a message to the engine, not an error
    throw new Message(Reflect.apply(fn, undefined, args), results);
  };

/** The same as an exported function, which JavaScript calls: there is no wasm to be suspended. */
export const unsuspendable =
  (fn: Function): Function =>
  (...args: unknown[]): never => {
    Reflect.apply(fn, undefined, args);
    throw notSuspendable(false);
  };
