/**
 * Plug-in for webpack, for programs that run on Node (`target: 'node'`): `import { add } from './a.wasm'` is an instance
 * of this engine, and the package itself stays outside of the bundle.
 *
 *     const { WamrPlugin } = require('wamr-native/webpack'); // module.exports = { target: 'node', plugins: [new WamrPlugin()] }
 *
 * @module wamr-native/webpack
 */
import { checkOptions } from '../util/check-options.js';
import { packageFile } from '../util/package-files.js';
import { BUNDLER_OPTIONS, type BundlerOptions, OURS } from './bundled.js';

export type { BundlerOptions };

interface Compiler {
  options: any;
  webpack: any;
}

/** The plug-in. */
export class WamrPlugin {
  constructor(private readonly options: BundlerOptions = {}) {
    checkOptions('WamrPlugin()', options, BUNDLER_OPTIONS);
  }

  /** Called by webpack. */
  apply(compiler: Compiler): void {
    const { options, webpack } = compiler;
    const { ExternalsPlugin } = webpack as { ExternalsPlugin: new (type: string, external: RegExp) => Plugin };
    new ExternalsPlugin(options.output?.module ? 'module' : 'node-commonjs', OURS).apply(compiler);
    const use = (instance: boolean): object => ({
      type: 'javascript/auto',
      use: [{ loader: packageFile('webpack-loader.js'), options: { ...this.options, instance } }],
    });
    options.module.rules.push({
      test: /\.wasm$/,
      oneOf: [
        { resourceQuery: /^\?wamr-instance$/, ...use(true) },
        { resourceQuery: /^$/, ...use(false) },
      ],
    });
  }
}

interface Plugin {
  apply(compiler: Compiler): void;
}
