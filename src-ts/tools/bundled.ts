/** What the plug-ins for bundlers share: which files they take, and the JavaScript that stands for one. */
import { compile } from '../aot/compiler.js';
import { type Check, isBoolean } from '../util/check-options.js';
import { instanceModule, INSTANCE, linksOf, valuesModule } from './stand-in.js';

/** Options of the plug-ins for bundlers. */
export interface BundlerOptions {
  /**
   * Puts machine code (`wamr-native compile`, for the default target) into the bundle instead of the wasm. Then nothing is compiled
   * at run time, and the bundle runs on Linux on this architecture only, with this version of the package.
   */
  aot?: boolean;
}

export const BUNDLER_OPTIONS: Readonly<Record<keyof BundlerOptions, Check>> = { aot: isBoolean };

/** The package itself: its compiler and addon are files of their own. */
export const OURS = /^wamr-native(\/|$)/;

/** JavaScript in the place of an imported file. `specifier`: how it imports its own instance. */
export async function bundledModule(
  file: string,
  wasm: Uint8Array,
  { instance, specifier = file + INSTANCE, aot = false }: BundlerOptions & { instance: boolean; specifier?: string },
): Promise<string> {
  const links = linksOf(file, wasm);
  if (!instance) return valuesModule(links, specifier);
  const bytes = Buffer.from(aot ? await compile(wasm, { server: true }) : wasm).toString('base64');
  return instanceModule(
    links,
    `import { instantiate } from 'wamr-native';`,
    `instantiate(Buffer.from(${JSON.stringify(bytes)}, 'base64'), imports)`,
  );
}
