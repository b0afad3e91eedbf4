/**
 * V8's own `WebAssembly` of this realm, also where `register` has put other members into it: a copy of the namespace as
 * it was. Undefined where the host has none (`--jitless`).
 */
const KEPT = Symbol.for('wamr-native.v8-webassembly');

const host = globalThis as { WebAssembly?: object; [KEPT]?: object };

export const v8WebAssembly: object | undefined = host[KEPT] ?? (host.WebAssembly && copyOf(host.WebAssembly));

/** The custom section that tells V8's modules that stand for ours (runtime/cloning.ts). */
export const CARRIER = 'wamr-native.module';

/**
 * From now on these members of `globalThis.WebAssembly` are others. The object stays the same, so that they are also
 * what those get who took it before: the program, and Node's own importer of `.wasm` files.
 */
export function replaceMembers(members: Readonly<Record<string, unknown>>): void {
  Object.defineProperty(host, KEPT, { value: v8WebAssembly, configurable: true });
  const namespace = host.WebAssembly as Record<string, unknown>;
  for (const name in members) if (name in namespace) namespace[name] = members[name];
}

function copyOf(namespace: object): object {
  return Object.create(
    Object.getPrototypeOf(namespace) as object,
    Object.getOwnPropertyDescriptors(namespace),
  ) as object;
}
