/**
 * Programs and files of tests for another system (windows.ts, arm64.ts), where neither TypeScript nor Vitest's processes
 * run: bundled, with what stands in for Vitest (vitest-elsewhere.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { OUTCOME, type TestOutcome } from './outside.js';
import { ROOT } from './peers.js';

/** Its program is not there, and in a bundle its synchronous functions wait for ever: for a worker that runs this bundle. */
const NO_ESBUILD = `
  const absent = () => { throw new Error('esbuild is not there: no test that runs on another system may need it'); };
  export { absent as build, absent as buildSync, absent as transform, absent as transformSync };`;

/** Tests are beside their files, and a module for esbuild although they export nothing. `edit`: what the system needs. */
const testsElsewhere = (edit: (text: string) => string): Plugin => ({
  name: 'what is another thing there',
  setup(b) {
    b.onResolve({ filter: /^vitest$/ }, () => ({ path: './vitest-elsewhere.mjs', external: true }));
    b.onResolve({ filter: /^esbuild$/ }, () => ({ path: 'esbuild', namespace: 'absent' }));
    b.onLoad({ filter: /./, namespace: 'absent' }, () => ({ contents: NO_ESBUILD }));
    b.onLoad({ filter: /\.test\.ts$/ }, ({ path: file }) => {
      const text = fs
        .readFileSync(file, 'utf8')
        .replaceAll(/import\.meta\.dirname|\b__dirname\b/g, JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.url', JSON.stringify(`file://${file}`));
      return { contents: `${edit(text)}\nexport {};`, loader: 'ts' };
    });
  },
});

/** A program of test/ as one file in `folder`, which is two folders below the root, as its source is. */
export const bundleProgram = (source: string, folder: string): Promise<string> => bundle(source, folder, []);

/** A program that runs a file of tests and tells how each ended. `edit` changes its text. */
export async function bundleTests(
  source: string,
  folder: string,
  edit: (text: string) => string = (text) => text,
): Promise<string> {
  await bundleProgram(path.join(ROOT, 'test/support/vitest-elsewhere.ts'), folder);
  const tests = path.basename(await bundle(source, folder, [testsElsewhere(edit)]));
  const program = path.join(folder, `${path.basename(source, '.ts')}.main.mjs`);
  const text = `import { report } from './vitest-elsewhere.mjs';\nawait report(() => import('./${tests}'));\n`;
  fs.writeFileSync(program, text);
  return program;
}

async function bundle(source: string, folder: string, plugins: Plugin[]): Promise<string> {
  const outfile = path.join(folder, `${path.basename(source, '.ts')}.mjs`);
  const banner = `
    import { createRequire as makeRequire } from 'node:module';
    const require = makeRequire(import.meta.url);
    const { __filename, __dirname } = { __filename: import.meta.filename, __dirname: import.meta.dirname };`;
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
    external: ['../../dist/*', '../../scripts/*'],
    plugins,
    logLevel: 'error',
  });
  return outfile;
}

interface Ended {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
}

/** How the tests of a program ended that `bundleTests` has made. Throws where the program did not end well. */
export function outcomesOf(source: string, { code, signal, out, err }: Ended): TestOutcome[] {
  if (code !== 0) throw new Error(`${path.basename(source)}: exit ${code ?? signal}\n${err}\n${out.slice(-2000)}`);
  return out
    .split('\n')
    .filter((line) => line.startsWith(OUTCOME))
    .map((line) => JSON.parse(line.slice(OUTCOME.length)) as TestOutcome);
}
