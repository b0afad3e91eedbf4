/**
 * `npm run test:asan`: the addon's own tests, and those of the runtime that work the addon hardest, with the addon
 * under AddressSanitizer and UndefinedBehaviorSanitizer. Builds it with g++ (or $CXX) into build/asan.
 */
'use strict';
const { execFileSync, spawnSync } = require('node:child_process');
const { mkdirSync, readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { ensureBuilt } = require('./setup.cjs');

const root = dirname(__dirname);
const cxx = process.env.CXX || 'g++';
const addon = join(root, 'build/asan/wamr_native.node');
ensureBuilt();
mkdirSync(dirname(addon), { recursive: true });
const headers = join(dirname(require.resolve('node-api-headers/package.json', { paths: [root] })), 'include');
const sources = ['native', 'native/x64'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((f) => f.endsWith('.cc'))
    .map((f) => join(root, folder, f)),
);
const flags =
  '-std=c++17 -shared -fPIC -O1 -g -fsanitize=address,undefined -fno-sanitize=vptr,alignment -fno-sanitize-recover=undefined -fvisibility=hidden -fno-exceptions -fno-rtti -fno-omit-frame-pointer';
execFileSync(
  cxx,
  [...flags.split(' '), '-DNAPI_VERSION=8', '-D_GNU_SOURCE', '-I', headers, ...sources, '-Wl,-z,nodelete', '-o', addon],
  { stdio: 'inherit' },
);

const library = (name) => execFileSync(cxx, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  // Node is not instrumented, so the runtime has to be there before it. Faults are ours and V8's to handle; what Node
  // leaks at exit is not our business.
  LD_PRELOAD: `${library('libasan.so')}:${library('libubsan.so')}`,
  ASAN_OPTIONS:
    'detect_leaks=0:allow_user_segv_handler=1:use_sigaltstack=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0',
  WAMR_NATIVE_ADDON: addon,
  WAMR_TEST_NO_BUILD: '1',
};
const RUNTIME = ['bounds', 'traps', 'calls', 'call-shapes', 'realms', 'references'].map(
  (name) => `test/runtime/${name}.test.ts`,
);
let failed = false;
for (const [project, ...files] of [
  ['unit', 'test/native'],
  ['runtime', ...RUNTIME],
]) {
  const r = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, ...files, ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit', env },
  );
  failed ||= r.status !== 0;
}
process.exit(failed ? 1 : 0);
