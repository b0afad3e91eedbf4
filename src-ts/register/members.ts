/**
 * The `WebAssembly` that the program sees: members that look like V8's own (names, lengths, prototypes, errors without
 * `new`), and leave what they do to whoever has the modules now (lean.ts, then namespace.ts).
 */
import { isNodesOwn } from './nodes-own.js';
import type { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

/** What the members do. `newTarget` is the class that was constructed: one of the members, or one that extends it. */
export interface Operations {
  module(args: unknown[], newTarget: Function): object;
  instance(args: unknown[], newTarget: Function): object;
  exception(args: unknown[], newTarget: Function): object;
  /** `Module.exports`, `imports`, `customSections`. */
  describe(name: 'exports' | 'imports' | 'customSections', args: unknown[]): unknown;
  compile(args: unknown[]): Promise<object>;
  instantiate(args: unknown[]): Promise<object>;
  compileStreaming(args: unknown[]): Promise<object>;
  instantiateStreaming(args: unknown[]): Promise<object>;
}

type Make = (args: unknown[], newTarget: Function) => object;

const DESCRIPTIONS = ['exports', 'imports', 'customSections'] as const;
const FUNCTIONS = ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming'] as const;

/** The members that are not V8's. `current` does what they do. */
export function membersOf(
  wasm: V8WebAssembly,
  unbound: Unbound,
  current: () => Operations,
): Record<string, Function | undefined> {
  const members: Record<string, Function | undefined> = {
    Module: like(wasm.Module, (args, newTarget) => {
      if (isNodesOwn(args[0], members.Module!)) return Reflect.construct(wasm.Module, args, newTarget) as object;
      return current().module(args, newTarget);
    }),
    Instance: like(wasm.Instance, (args, newTarget) => current().instance(args, newTarget)),
    // Without a tag there are no exceptions: Nodes that lack them lack the classes.
    Exception: wasm.Exception && like(wasm.Exception, (args, newTarget) => current().exception(args, newTarget)),
  };
  for (const kind of ['Table', 'Global', 'Tag'] as const)
    members[kind] =
      wasm[kind] &&
      like(wasm[kind], (args, newTarget) => {
        const made = Reflect.construct(wasm[kind]!, args, newTarget) as object;
        unbound.note(kind, made, args);
        return made;
      });
  for (const name of DESCRIPTIONS) {
    const describe = { [name]: (...args: unknown[]): unknown => current().describe(name, args) }[name];
    Object.defineProperty(describe, 'length', { value: wasm.Module[name].length, configurable: true });
    const property = Object.getOwnPropertyDescriptor(wasm.Module, name);
    Object.defineProperty(members.Module, name, { ...property, value: describe });
  }
  for (const name of FUNCTIONS) {
    const f = {
      [name]: (...args: unknown[]): Promise<object> =>
        name === 'compile' && isNodesOwn(args[0], f) ? wasm.compile(...(args as [unknown])) : current()[name](args),
    }[name];
    Object.defineProperty(f, 'length', { value: wasm[name]?.length ?? 0, configurable: true });
    members[name] = f;
  }
  return members;
}

/** A class with the name, length, prototype and static members of one of V8's. */
function like(original: Function & { prototype: object }, make: Make): Function {
  const replacement = function (...args: unknown[]): object {
    // Without `new`: V8's error.
    if (new.target === undefined) return (original as unknown as (...args: unknown[]) => object)(...args);
    return make(args, new.target);
  };
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(original.prototype, 'constructor', { value: replacement, writable: true, configurable: true });
  return replacement;
}

/** An object of either engine as one of the class that was constructed, which may extend the namespace's. */
export function asInstanceOf(object: object, newTarget: Function, original: { prototype: object }): object {
  const { prototype } = newTarget as { prototype: object };
  if (prototype !== original.prototype) Object.setPrototypeOf(object, prototype);
  return object;
}

/**
 * The body of a response that V8 would take for a module; null of any other, for which V8 has the error (of what is none
 * too).
 */
export async function bodyOf(response: unknown): Promise<ArrayBuffer | null> {
  const good =
    typeof response === 'object' &&
    response !== null &&
    response instanceof Response &&
    response.ok &&
    !response.bodyUsed &&
    response.headers.get('Content-Type') === 'application/wasm';
  return good ? response.arrayBuffer() : null;
}
