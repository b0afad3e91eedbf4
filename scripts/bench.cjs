// `npm run bench`: sets up and builds what is missing, bundles the harness and runs it.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const root = join(__dirname, '..');
const run = (cmd, args) => {
  const r = spawnSync(cmd, args, { cwd: root, stdio: 'inherit' });
  if (r.status !== 0) process.exit(r.status ?? 1);
};
if (process.env.WAMR_BENCH_NO_BUILD !== '1') require('./setup.cjs').ensureBuilt();
const cache = join(root, '.cache', 'bench');
const source = (name) => join(root, 'bench', 'harness', name);
require('esbuild').buildSync({
  entryPoints: { main: source('main.ts'), phases: source('phases.ts') },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outdir: cache,
  outExtension: { '.js': '.cjs' },
  sourcemap: true,
  // Packages stay packages: iced-x86 brings a wasm file of its own.
  packages: 'external',
});
run(process.execPath, ['--enable-source-maps', join(cache, 'main.cjs'), ...process.argv.slice(2)]);
