/**
 * Node's modules that most programs never need: loaded at the first use, because each costs a start some milliseconds.
 */
export function builtin<T>(id: string): T {
  return (process.getBuiltinModule ? process.getBuiltinModule(id) : require(id)) as T;
}

/** node:crypto */
export const crypto = (): typeof import('node:crypto') => builtin('node:crypto');
