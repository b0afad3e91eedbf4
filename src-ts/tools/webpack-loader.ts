/** webpack's loader of `.wasm` files (webpack.ts). */
import path from 'node:path';
import { bundledModule, type BundlerOptions } from './bundled.js';
import { INSTANCE } from './stand-in.js';

interface LoaderContext {
  resourcePath: string;
  getOptions(): BundlerOptions & { instance: boolean };
}

/** webpack waits for promises. */
function loader(this: LoaderContext, wasm: Uint8Array): Promise<string> {
  const specifier = `./${path.basename(this.resourcePath)}${INSTANCE}`;
  return bundledModule(this.resourcePath, wasm, { ...this.getOptions(), specifier });
}

export default loader;
/** Bytes, not text. */
export const raw = true;
