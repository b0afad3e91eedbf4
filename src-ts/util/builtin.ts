/**
 * Node's modules that most programs never need: loaded at the first use, because each costs a start some milliseconds.
 */
export function builtin<T>(id: string): T {
  return (process.getBuiltinModule ? process.getBuiltinModule(id) : require(id)) as T;
}

/** node:fs, for what is part of every start */
export const files = (): typeof import('node:fs') => builtin('node:fs');

/** node:crypto */
export const crypto = (): typeof import('node:crypto') => builtin('node:crypto');

export type NodeModule = typeof import('node:module');
declare const module: { constructor: unknown; parent?: { id: string } | null } | undefined;

/**
 * node:module: the class of this file's own module object, unless that is a test runner's or a bundler's. As a builtin it
 * takes a quarter of a millisecond.
 */
export const nodeModule = (): NodeModule => ownModuleClass() ?? builtin('node:module');

/** The class of this file's own module object; null where that is not Node's. */
export function ownModuleClass(): NodeModule | null {
  const own = typeof module === 'undefined' ? undefined : (module.constructor as NodeModule);
  return typeof own?.createRequire === 'function' ? own : null;
}

/** Whether Node has loaded this file by --require, and has not looked at the program yet. */
export function isPreloaded(): boolean {
  return typeof module !== 'undefined' && module.parent?.id === 'internal/preload';
}

/** Whether this is a worker thread: what belongs to the process is disabled there. (node:worker_threads takes 2 ms.) */
export const inWorker = (): boolean => (process.abort as { disabled?: boolean }).disabled === true;

/** The options of this Node, on its command line and in the environment. */
export const nodeOptions = (): string => `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;
