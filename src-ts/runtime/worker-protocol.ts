/** The messages between `worker-instance.ts` and `worker-main.ts`. */
import type { BufferSource } from '../options.js';
import type { InstantiateOptions } from './instantiate.js';
import type { TrapFrame } from './trap.js';
import { isObject } from './webidl.js';

/** What goes to the worker at its start … */
export interface WorkerStart {
  source: BufferSource | string;
  imports: string | null;
  importsData: unknown;
  stackBytes: number | null;
  options: InstantiateOptions;
}

/** … for each call … */
export interface WorkerCall {
  name: string;
  args: readonly unknown[];
  timeoutMs: number | undefined;
}

/**
 * … and what comes back. The first answer is that of the instantiation: its value is `[threadToken, names of exported
 * functions]`.
 */
export type WorkerAnswer = { value: unknown } | { trap: RemoteTrap } | { error: unknown };

export interface RemoteTrap {
  kind: string;
  message: string;
  stack: string;
  frames: TrapFrame[];
  address?: number;
  memoryBytes?: number;
}

/** The answer that carries what was thrown. Traps are taken apart, because cloning would make plain errors of them. */
export function answerOf(e: unknown): WorkerAnswer {
  const t = e as RemoteTrap;
  if (!isObject(e) || typeof t.kind !== 'string' || !Array.isArray(t.frames)) return { error: e };
  return {
    trap: {
      kind: t.kind,
      message: t.message,
      stack: t.stack,
      frames: t.frames,
      address: t.address,
      memoryBytes: t.memoryBytes,
    },
  };
}
