/** Whether V8's memories have guards that guard code may rely on (native/adopted.cc). */
import { v8WebAssembly } from './v8-wasm.js';

interface Engine {
  Memory: new (descriptor: object) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, Function> };
}

/** The part of the addon that is asked. */
interface Asked {
  v8Guards(buffer: ArrayBuffer | Uint8Array, load: Function, shared: boolean): boolean;
}

/** V8's own classes, taken before a program replaces `globalThis.WebAssembly`. */
const {
  Memory: HostMemory,
  Module: HostModule,
  Instance: HostInstance,
} = (v8WebAssembly as Engine | undefined) ?? ({} as Partial<Engine>);

/**
 * (module (import "" "" (memory 0)) (func (export "") (result i32) (i32.load offset=0xc0000000 (i32.const -16)))):
 * loads from 7 GiB behind the base.
 */
const FAR_LOAD = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 2, 6, 1, 0, 0, 2, 0, 0, 3, 2, 1, 0, 7, 4, 1, 0, 0, 0],
  ...[10, 13, 1, 11, 0, 0x41, 0x70, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 12, 11],
]);
/** The same with (memory 0 65536 shared). */
const FAR_LOAD_SHARED = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[2, 9, 1, 0, 0, 2, 3, 0, 0x80, 0x80, 4, 3, 2, 1, 0, 7, 4, 1, 0, 0, 0],
  ...[10, 13, 1, 11, 0, 0x41, 0x70, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 12, 11],
]);

/** Asks with a memory of V8's, `shared` or not, and its buffer. False also where it cannot be found out. */
export function askGuards(native: Asked, memory: object, buffer: ArrayBuffer, shared: boolean): boolean {
  try {
    const module = new HostModule!(shared ? FAR_LOAD_SHARED : FAR_LOAD);
    const { exports } = new HostInstance!(module, { '': { '': memory } });
    return native.v8Guards(shared ? new Uint8Array(buffer) : buffer, exports[''], shared);
  } catch {
    return false;
  }
}

/** Whether shared memories, which are all V8's, have guards in this process. */
export function guardsShared(native: Asked): boolean {
  try {
    const memory = new HostMemory!({ initial: 1, maximum: 1, shared: true });
    return askGuards(native, memory, memory.buffer, true);
  } catch {
    return false;
  }
}
