/**
 * WASI for guests that have folders or sockets: those of preview2-shim, beside host.ts for everything else. Both have
 * streams, pollables and errors of their own, which a guest may mix.
 */
import { InputStream, IoError, OutputStream, Pollable, pollList } from '../host.js';
import type { Interfaces } from '../wasi.js';

/** Milliseconds between looks at pollables of both kinds. */
const MIXED_MS = 5;

/** The interfaces of both; `shim`: what preview2-shim gives (`shimImports`). */
export function mixedInterfaces(host: Interfaces, shim: Interfaces): Interfaces {
  const mixed = { ...host };
  for (const name of Object.keys(shim)) if (/^wasi:(filesystem|sockets)\//.test(name)) mixed[name] = shim[name];
  const streams = shim['wasi:io/streams'];
  mixed['wasi:io/streams'] = {
    InputStream: eitherOf(InputStream, streams.InputStream as Function),
    OutputStream: eitherOf(OutputStream, streams.OutputStream as Function),
  };
  mixed['wasi:io/error'] = { Error: eitherOf(IoError, shim['wasi:io/error'].Error as Function) };
  const { poll, Pollable: ShimPollable } = shim['wasi:io/poll'] as { poll: typeof pollList; Pollable: Function };
  mixed['wasi:io/poll'] = { Pollable: eitherOf(Pollable, ShimPollable), poll: pollBoth(poll) };
  const types = mixed['wasi:filesystem/types'];
  const codeOf = types.filesystemErrorCode as (e: unknown) => unknown;
  mixed['wasi:filesystem/types'] = {
    ...types,
    filesystemErrorCode: (e: unknown) => (e instanceof IoError ? undefined : codeOf(e)),
  };
  return mixed;
}

/** Stands for two classes where jco's glue asks whether an object is one of a resource. */
function eitherOf(a: Function, b: Function): Function {
  const made = function (): void {};
  Object.defineProperty(made, Symbol.hasInstance, {
    value: (value: unknown) => value instanceof a || value instanceof b,
  });
  return made;
}

const pollBoth =
  (pollShim: typeof pollList) =>
  (list: Pollable[]): Uint32Array => {
    const own = list.filter((p) => p instanceof Pollable);
    if (own.length === list.length) return pollList(list);
    if (own.length === 0) return pollShim(list);
    const waiting = own.find((p) => p.wait !== undefined);
    for (;;) {
      const ready = list.flatMap((p, i) => (p.ready() ? [i] : []));
      if (ready.length > 0) return Uint32Array.from(ready);
      if (waiting !== undefined) waiting.wait!(MIXED_MS);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MIXED_MS);
    }
  };
