// `npm run bench`: sets up and builds what is missing, bundles the harness and runs it.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const root = join(__dirname, '..');
const run = (cmd, args) => {
  const r = spawnSync(cmd, args, { cwd: root, stdio: 'inherit' });
  if (r.status !== 0) process.exit(r.status ?? 1);
};
if (process.env.WAMR_BENCH_NO_BUILD !== '1') run('npm', ['run', '--silent', 'build']);
const bundle = join(root, '.cache', 'bench', 'main.cjs');
require('esbuild').buildSync({ entryPoints: [join(root, 'bench', 'harness', 'main.ts')], bundle: true, platform: 'node', target: 'node20', format: 'cjs', outfile: bundle, loader: { '.json': 'json' } });
run(process.execPath, [bundle, ...process.argv.slice(2)]);
