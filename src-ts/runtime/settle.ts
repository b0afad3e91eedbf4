/**
 * Settling a call: doing what wasm has left for, until it ends. The hot path of every call of a host function, made once per
 * environment as a closure: then V8 takes what it closes over for constants, and reads the control words where they are
 * (14 ns for such a call; as a method, which asks its object for each, 19).
 */
import { ControlWord, DEEP_LEVEL, Outcome } from '../abi/calls.js';
import type { FuncRefId } from '../binding.js';
import type { FunctionOwner } from './signature.js';
import type { SuspendableCall } from './suspending-import.js';

/** What it asks of the environment, seldom but for the first two. */
export interface Settling {
  /** Activations are looked after at the end of this turn (`watchTurn`). */
  readonly turnWatched: boolean;
  handlerOf(owner: FunctionOwner, ref: FuncRefId): () => void;
  watchTurn(): void;
  /** A token for an activation that lies deep: JavaScript waits for it as long as the token lives. */
  watch(level: number): object;
  /** The latest token: what is kept after the call lives as long as the frame that makes it. */
  returned: object | null;
  /** Does what wasm cannot do by itself and is no host function; throws where it has failed. */
  serve(outcome: Outcome, level: number, wrapper: Function, owner: FunctionOwner): void;
  /** Whether what a host function has thrown suspends the call; if not, it arrives in the wasm that called the function. */
  suspends(thrown: unknown, owner: FunctionOwner, call: SuspendableCall | undefined): boolean;
  /** `invoke` and `resume` where V8 may not be left out. */
  invokeSlowly(): void;
  resumeSlowly(): void;
}

/**
 * Does what a call of a function of `owner`, made by `wrapper`, asks for, to its end; throws the trap that ended it.
 * @param call the promising call, if it is one: it may be suspended.
 */
export type Settle = (wrapper: Function, owner: FunctionOwner, call?: SuspendableCall) => void;

export function makeSettle(env: Settling, i32: Int32Array, resume: () => void): Settle {
  // Recursion through wasm and JavaScript is as deep as this function's frame is small: what is seldom is in others.
  return function settle(wrapper, owner, call) {
    if (i32[ControlWord.OUTCOME] === Outcome.DECLINED) env.invokeSlowly();
    let outcome: Outcome = i32[ControlWord.OUTCOME];
    while (outcome !== Outcome.DONE) {
      // Whatever runs now may enter wasm (a debugger does it during a look), and uses this word then.
      const level = i32[ControlWord.LEVEL];
      if (outcome < 0) env.serve(outcome, level, wrapper, owner);
      else {
        try {
          if (!env.turnWatched) env.watchTurn();
          // Called from here and not from a function of its own, which would be a frame more.
          const token = level <= DEEP_LEVEL && i32[ControlWord.DEEP] === 0 ? null : env.watch(level);
          env.handlerOf(owner, outcome)();
          if (token !== null) env.returned = token;
        } catch (e) {
          i32[ControlWord.LEVEL] = level;
          if (env.suspends(e, owner, call)) return;
          outcome = i32[ControlWord.OUTCOME];
          continue;
        }
      }
      i32[ControlWord.LEVEL] = level;
      resume();
      if (i32[ControlWord.OUTCOME] === Outcome.DECLINED) env.resumeSlowly();
      outcome = i32[ControlWord.OUTCOME];
    }
  };
}
