/**
 * Node has wasm of its own: the HTTP parser of `fetch` and what reads names of CommonJS modules for ES modules. Many programs
 * that only mention `Response` or import a CommonJS module compile it. It stays on V8: it calls JavaScript back all the time,
 * and for its sake alone no engine is to be loaded.
 */

/** Less is none of Node's own: trampolines need no look at the stack, which takes several times as long as they do. */
const LEAST_BYTES = 4096;
const OWN_FILES = 'node:internal/deps/';

/** Whether Node's own code has called `member`, a function of the namespace, with this source. */
export const isNodesOwn = (source: unknown, member: Function): boolean =>
  ArrayBuffer.isView(source) && source.byteLength >= LEAST_BYTES && isCalledByNode(member, OWN_FILES);

/** Whether Node's own code, of files whose names begin so, has called this function. */
export function isCalledByNode(member: Function, files = 'node:internal/'): boolean {
  const restore = (['prepareStackTrace', 'stackTraceLimit'] as const).map((name) => {
    const before = Object.getOwnPropertyDescriptor(Error, name);
    return () => (before === undefined ? delete Error[name] : Object.defineProperty(Error, name, before));
  });
  try {
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, member);
    return String(holder.stack?.[0]?.getFileName()).startsWith(files);
  } catch {
    // The program has frozen `Error`.
    return false;
  } finally {
    for (const f of restore) f();
  }
}
