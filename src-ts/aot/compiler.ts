/**
 * The compiler as the rest of the package calls it. In `dist/` it is a bundle of its own, loaded when something is
 * compiled first: programs that run artefacts never pay for it. That bundle has its own copy of the error classes, of
 * the realm that it was loaded in; what it throws is made anew here.
 */
import { CompileError, InternalError } from '../errors.js';
import type { BufferSource, CompileOptions } from '../options.js';
import * as compiler from './compile.js';

/** See aot/compile.ts. */
export async function compile(wasm: BufferSource, options?: CompileOptions): Promise<Uint8Array> {
  try {
    return await compiler.compile(wasm, options);
  } catch (e) {
    throw ours(e);
  }
}

/** See aot/compile.ts. */
export function compileSync(wasm: BufferSource, options?: CompileOptions): Uint8Array {
  try {
    return compiler.compileSync(wasm, options);
  } catch (e) {
    throw ours(e);
  }
}

/** Whether the bytes are a module that this compiler accepts, with the proposals that `options.features` leaves on. */
export function validate(wasm: BufferSource, options?: Pick<CompileOptions, 'features'>): boolean {
  return compiler.validate(wasm, options);
}

function ours(e: unknown): unknown {
  const { name, message } = e as Error;
  if (name === 'CompileError' && !(e instanceof CompileError)) {
    const { reason, offset, functionIndex, proposal } = e as CompileError;
    return new CompileError(reason, offset, functionIndex, proposal);
  }
  if (name === 'InternalError' && !(e instanceof InternalError)) return new InternalError((e as InternalError).fault);
  return name === 'RangeError' && !(e instanceof RangeError) ? new RangeError(message) : e;
}
