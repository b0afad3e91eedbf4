/**
 * V8's own `WebAssembly` of this realm, also where `register` has put another in its place. Undefined where the host
 * has none (`--jitless`).
 */
const KEPT = Symbol.for('wamr-native.v8-webassembly');

const host = globalThis as { WebAssembly?: object; [KEPT]?: object };

export const v8WebAssembly: object | undefined = host[KEPT] ?? host.WebAssembly;

/** The custom section that tells V8's modules that stand for ours (runtime/cloning.ts). */
export const CARRIER = 'wamr-native.module';

/** From now on `globalThis.WebAssembly` is another. */
export function replaceWebAssembly(replacement: object): void {
  Object.defineProperty(host, KEPT, { value: v8WebAssembly, configurable: true });
  Object.defineProperty(host, 'WebAssembly', { value: replacement, writable: true, configurable: true });
}
