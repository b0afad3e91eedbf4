/**
 * The compiler as the rest of the package calls it. In `dist/` it is a bundle of its own, loaded when something is
 * compiled first, in a realm of its own (util/own-module.ts): programs that run artefacts never pay for it, and nothing
 * that they do to built-ins reaches it. What it returns and throws is made anew here, of the program's own classes.
 */
import { CompileError, InternalError } from '../errors.js';
import { type BufferSource, COMPILE_OPTIONS, type CompileOptions } from '../options.js';
import { viewBytes } from '../runtime/webidl.js';
import { checkOptions } from '../util/check-options.js';
import { handOutBytes } from '../util/hand-out.js';
import type { Proposal } from '../wasm/proposals.js';
import * as compiler from './compile.js';
import type { ValidityOptions } from './compile.js';
import { NO_THREAD, compileBeside } from './service.js';

/**
 * See aot/compile.ts; by the compile server where the options want it and there is one; otherwise in another thread, so
 * that this one goes on, unless `jobs` is 0.
 */
export async function compile(wasm: BufferSource, options: CompileOptions = {}): Promise<Uint8Array> {
  // The caller may change its buffer meanwhile. One copy: of a large module it takes this thread some milliseconds.
  let copy: Uint8Array<SharedArrayBuffer> | undefined;
  try {
    const bytes = bytesOf('compile()', wasm);
    checkOptions('compile()', options, COMPILE_OPTIONS);
    options.signal?.throwIfAborted();
    if (options.server === true) {
      const { compileByServer } = await import('../compile-server/client.js');
      const artefact = await compileByServer(bytes.slice(), options);
      if (artefact !== null) return handOutBytes(artefact);
    }
    copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
    copy.set(bytes);
    const beside = options.jobs === 0 ? null : compileBeside(copy, options);
    return handOutBytes(await (beside ?? compiler.compile(copy.slice(), options)));
  } catch (e) {
    if (e === NO_THREAD) return compileSync(copy!.slice(), options);
    throw ours(e);
  }
}

/** See aot/compile.ts. */
export function compileSync(wasm: BufferSource, options?: CompileOptions): Uint8Array {
  try {
    const bytes = bytesOf('compileSync()', wasm);
    checkOptions('compileSync()', options, COMPILE_OPTIONS);
    return handOutBytes(compiler.compileSync(bytes, options));
  } catch (e) {
    throw ours(e);
  }
}

/** See aot/compile.ts. */
export function check(wasm: BufferSource, options?: ValidityOptions): Proposal[] {
  try {
    return [...compiler.check(bytesOf('check()', wasm), options)];
  } catch (e) {
    throw ours(e);
  }
}

/** See aot/compile.ts. */
export function listIr(
  wasm: BufferSource,
  options: CompileOptions,
  functions: readonly number[],
): compiler.IrListingLine[][] {
  try {
    return compiler.listIr(bytesOf('listIr()', wasm), options, functions);
  } catch (e) {
    throw ours(e);
  }
}

/** Whether the bytes are a module that this compiler accepts under the options. */
export function validate(wasm: BufferSource, options?: ValidityOptions): boolean {
  try {
    check(wasm, options);
    return true;
  } catch (e) {
    if (e instanceof CompileError) return false;
    throw e;
  }
}

function bytesOf(where: string, source: unknown): Uint8Array {
  const bytes = viewBytes(source);
  if (bytes !== null) return bytes;
  throw new TypeError(
    `${where}: Argument 0 must be the module's bytes (an ArrayBuffer or a view of one)${typeof source === 'string' ? ', not a path: read the file first' : ''}`,
  );
}

/** Of other realms and threads: told by their names, which are the classes' own. */
function ours(e: unknown): unknown {
  if (e instanceof Error || typeof e !== 'object' || e === null) return e;
  const { name, message } = e as Error;
  switch (name) {
    case 'CompileError': {
      const { reason, offset, functionIndex, proposal } = e as CompileError;
      return new CompileError(reason, offset, functionIndex, proposal);
    }
    case 'InternalError':
      return new InternalError((e as InternalError).fault);
    case 'RangeError':
      return new RangeError(message);
    case 'TypeError':
      return new TypeError(message);
    case 'Error':
      return Object.assign(new Error(message), e);
    default:
      return e;
  }
}
