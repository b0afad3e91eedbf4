/**
 * The addon's and the runtime's tests with the addon built by g++ (or $CXX) for a sanitizer, into build/NAME.
 *
 *   npm run test:asan  [-- FILTER …]   AddressSanitizer and UndefinedBehaviorSanitizer, over all of them
 *   npm run test:races [-- FILTER …]   ThreadSanitizer, over those with more than one thread
 *
 * Arguments go to Vitest. Node itself is not instrumented: what is found is in the addon, or in what Node does with
 * memory that it was given by it.
 */
'use strict';
const { execFileSync, spawnSync } = require('node:child_process');
const { mkdirSync, readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { ensureBuilt, newestTime } = require('./setup.cjs');

const root = dirname(__dirname);
const [cxx, ...cxxArguments] = (process.env.CXX || 'g++').split(' ');

/** Tests by file that mean nothing there, and why. A reason alone leaves out the whole file. */
const SANITIZERS = {
  address: {
    flags: '-fsanitize=address,undefined -fno-sanitize=vptr,alignment -fno-sanitize-recover=undefined',
    libraries: ['libasan.so', 'libubsan.so'],
    // Faults are ours and V8's to handle; what Node leaks at exit is not our business. User poisoning and the checks
    // of the C++ library's containers stay on.
    environment: {
      ASAN_OPTIONS:
        'detect_leaks=0:allow_user_segv_handler=1:use_sigaltstack=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0',
    },
    tests: [['unit', 'test/native'], ['runtime']],
    skipped: {},
  },
};

const name = process.argv[2];
const sanitizer = SANITIZERS[name];
if (sanitizer === undefined) {
  console.error(`usage: node scripts/test-sanitized.cjs ${Object.keys(SANITIZERS).join('|')} [FILTER …]`);
  process.exit(2);
}
const filters = process.argv.slice(3);
ensureBuilt();

const addon = join(root, 'build', name, 'wamr_native.node');
if (newestTime(addon) < newestTime(join(root, 'native'), __filename)) build();
const library = (file) => execFileSync(cxx, [...cxxArguments, `-print-file-name=${file}`], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  ...sanitizer.environment,
  // The runtime has to be there before Node.
  LD_PRELOAD: sanitizer.libraries.map(library).join(':'),
  WAMR_NATIVE_ADDON: addon,
  WAMR_TEST_NO_BUILD: '1',
  WAMR_TEST_SANITIZER: name,
};
const left = Object.entries(sanitizer.skipped);
for (const [test, why] of left) console.log(`left out: ${test} (${why})`);
// Vitest knows the full name of a test as the names of its groups and its own, with blanks between them.
const pattern = left.map(([test]) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
let failed = false;
for (const [project, ...files] of sanitizer.tests) {
  const { status } = spawnSync(
    process.execPath,
    [
      ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project],
      ...(filters.length > 0 ? [...filters, '--passWithNoTests'] : files),
      ...(left.length > 0 ? ['--testNamePattern', `^(?!.*(${pattern}))`] : []),
    ],
    { cwd: root, stdio: 'inherit', env },
  );
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);

function build() {
  mkdirSync(dirname(addon), { recursive: true });
  const include = (file) => dirname(require.resolve(file, { paths: [root] }));
  const sources = ['native', 'native/x64'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((f) => f.endsWith('.cc'))
      .map((f) => join(root, folder, f)),
  );
  const flags =
    '-std=c++17 -shared -fPIC -O1 -g -fvisibility=hidden -fno-exceptions -fno-rtti -fno-omit-frame-pointer -DNAPI_VERSION=8 -DNAPI_DISABLE_CPP_EXCEPTIONS -D_GNU_SOURCE -Wl,-z,nodelete';
  execFileSync(
    cxx,
    [
      ...cxxArguments,
      ...flags.split(' '),
      ...sanitizer.flags.split(' '),
      ...[
        '-I',
        join(include('node-api-headers/package.json'), 'include'),
        '-I',
        include('node-addon-api/package.json'),
      ],
      ...[...sources, '-o', addon],
    ],
    { stdio: 'inherit' },
  );
}
