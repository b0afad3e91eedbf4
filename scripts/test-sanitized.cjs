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
const { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');
const { nativeSources } = require('./prebuild.cjs');
const { ensureBuilt, newestTime } = require('./setup.cjs');

const root = dirname(__dirname);
const [cxx, ...cxxArguments] = (process.env.CXX || 'g++').split(' ');

const ADDON = 'the addon';
const LIMIT = 'its shadow alone takes 16 TiB of addresses';
const KEPT = 'freed memory is kept for a while, to find uses of it';
const SLOW = 'milliseconds are measured';
const BACKGROUND = 'the environment that the package gives to its background compiler is without the sanitizer';
/**
 * `skipped`: full names of tests, or how they begin, that mean nothing there, and why. `above`: the command that Node is
 * started by. What is found goes to files that begin with REPORTS, also in processes that a test starts and expects to
 * fail; `tell` prints them and says whether the addon has a part in any.
 */
const SANITIZERS = {
  address: {
    flags: '-fsanitize=address,undefined -fno-sanitize=vptr,alignment -fno-sanitize-recover=undefined',
    // The other way round the second one's reports go to no file.
    libraries: ['libubsan.so', 'libasan.so'],
    // Faults are ours and V8's to handle; what Node leaks at exit is not our business. User poisoning and the checks
    // of the C++ library's containers stay on.
    environment: {
      ASAN_OPTIONS:
        'detect_leaks=0:allow_user_segv_handler=1:use_sigaltstack=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:verify_asan_link_order=0:log_path=REPORTS',
      UBSAN_OPTIONS: 'print_stacktrace=1:log_path=REPORTS',
    },
    tell: tellAll,
    tests: [['unit', 'test/native'], ['runtime']],
    skipped: {
      'ulimit -v 4000000': LIMIT,
      'ulimit -v 14000000': LIMIT,
      'instances, disposed or left to the collector': KEPT,
      'traps in a row, of three kinds': KEPT,
      'guard code without address space': LIMIT,
      'room for V8 under ulimit -v': LIMIT,
      'a genuine memory, 32-bit, of this thread ulimit -v': LIMIT,
      'a memory of ours without address space for a guard moves as it grows': LIMIT,
      'explicit code keeps its own memory where it is cheap, and follows it when it moves': LIMIT,
      'a failed instantiation for want of address space leaves nothing': LIMIT,
      'with no address space left exceptions that a program keeps end in a trap': LIMIT,
      'every allocation fails once': 'an allocator of its own is preloaded',
      'a full heap': LIMIT,
      'frames that there is no memory for are a RangeError, and the process lives': LIMIT,
      'a debugger moves a memory whose base generated code holds: the call ends': LIMIT,
      'descriptors and mappings 500 mappings left': 'the sanitizer itself maps more than that',
      'descriptors and mappings 1000 mappings left': 'the sanitizer itself maps more than that',
      'MDWE: memory that may be executed cannot be made from memory that was written':
        'the sanitizer makes such memory itself',
      'memory follows V8, synchronously too': KEPT,
      'every shape takes bounded time and memory': KEPT,
      '28 kB': SLOW,
      '1 MB of small functions': SLOW,
      '25 MB': SLOW,
      'exceptions that are kept without end are a trap in the end, and the process lives': KEPT,
      'the compiler is one, of low priority': BACKGROUND,
    },
  },
  thread: {
    // Alarms come to generated code, where ThreadSanitizer would keep them until it is called: raw-sigaction.cc.
    flags: '-fsanitize=thread -Dsigaction=wn_sigaction',
    sources: ['test/native/children/raw-sigaction.cc'],
    libraries: ['libtsan.so'],
    // Its shadow needs the usual addresses.
    above: ['setarch', '-R'],
    environment: {
      TSAN_OPTIONS: `exitcode=0:report_signal_unsafe=0:history_size=7:log_path=REPORTS`,
    },
    tell: tellRaces,
    tests: [
      [
        'unit',
        'test/native/living.test.ts',
        'test/native/hash.test.ts',
        'test/native/calls.test.ts',
        'test/native/state.test.ts',
        'test/native/memories.test.ts',
        'test/native/tables.test.ts',
      ],
      [
        'runtime',
        ...[
          'atomics',
          'cloning',
          'compile-beside',
          'exceptions',
          'exceptions-in-javascript',
          'growth',
          'interrupt',
          'left-behind',
          'limits',
          'profile-api',
          'profile-guided',
          'promising',
          'references',
          'register',
          'shared-code',
          'threads',
          'unwinding',
        ].map((file) => `test/runtime/${file}.test.ts`),
      ],
    ],
    skipped: {
      'memories too many: -11, and all come back': 'it leaves 1.5 TiB of addresses',
      'memory goes back to the system when an instance is collected': 'the shadow of what madvise gives back stays',
      'descriptors and mappings 500 mappings left': 'the sanitizer itself maps more than that',
      'descriptors and mappings 1000 mappings left': 'the sanitizer itself maps more than that',
      'room for V8 under ulimit -v': LIMIT,
      'MDWE: memory that may be executed cannot be made from memory that was written':
        'the sanitizer makes such memory itself',
      'the compiler is one, of low priority': BACKGROUND,
    },
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
const reports = mkdtempSync(join(root, 'build', name, 'reports-'));
// Also for processes of another user.
chmodSync(reports, 0o777);
const toReports = ([key, value]) => [key, value.replace('REPORTS', join(reports, 'report'))];
const env = {
  ...process.env,
  ...Object.fromEntries(Object.entries(sanitizer.environment).map(toReports)),
  // The runtime has to be there before Node. vitest.config.mts sees to it.
  WAMR_TEST_PRELOAD: sanitizer.libraries.map(library).join(':'),
  WAMR_NATIVE_ADDON: addon,
  WAMR_TEST_NO_BUILD: '1',
};
const left = Object.entries(sanitizer.skipped);
for (const [test, why] of left) console.log(`left out: ${test} (${why})`);
// Vitest knows the full name of a test as the names of its groups and its own, with blanks between them.
const pattern = left.map(([test]) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
let failed = false;
for (const [project, ...files] of sanitizer.tests) {
  const [command, ...first] = [...(sanitizer.above ?? []), process.execPath];
  const { status } = spawnSync(
    command,
    [
      ...[...first, join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project],
      ...(filters.length > 0 ? [...filters, '--passWithNoTests'] : files),
      ...(left.length > 0 ? ['--testNamePattern', `^(?!.*(${pattern}))`] : []),
    ],
    { cwd: root, stdio: 'inherit', env },
  );
  failed ||= status !== 0;
}
failed = sanitizer.tell(readdirSync(reports).map((file) => readFileSync(join(reports, file), 'utf8'))) || failed;
rmSync(reports, { recursive: true });
process.exit(failed ? 1 : 0);

/** Prints all findings (there are warnings too: of stacks that are not the thread's); whether there are any. */
function tellAll(texts) {
  const found = texts.filter((text) => /ERROR:|runtime error:/.test(text));
  for (const text of found) console.log(text);
  console.log(`findings of the sanitizer: ${found.length}`);
  return found.length > 0;
}

/**
 * Sorts the reports by who did the two accesses, and prints those of the addon's; whether there are any. An access is
 * whose function its first frame is, but for frames of the sanitizer itself (`memcpy`, `operator delete`). What is not the
 * addon's is Node's on both sides, which is not instrumented: how it orders them is not seen. Where the sanitizer has no
 * stack left for an access, the other one decides.
 */
function tellRaces(texts) {
  const counts = new Map();
  for (const text of texts.flatMap((file) => file.split(/^={18}$/m))) {
    const owners = ownersOf(text);
    if (owners.length === 0) continue;
    const who = owners.includes(ADDON) ? ADDON : owners.join(' and ');
    counts.set(who, (counts.get(who) ?? 0) + 1);
    if (who === ADDON) console.log(text);
  }
  for (const [who, n] of counts) console.log(`data races of ${who}: ${n}`);
  console.log(`data races of the addon: ${counts.get(ADDON) ?? 0}`);
  return counts.has(ADDON);
}

/** The files that a report's accesses (or whatever else it is about) are in, by name and without repetition. */
function ownersOf(report) {
  if (!report.includes('WARNING: ThreadSanitizer')) return [];
  const parts = report.split(/\n\n/).filter((part) => /^\s*(Write|Read|Previous|Atomic|WARNING)/i.test(part));
  const owners = parts.map((part) => {
    const frames = part.split('\n').filter((line) => /^\s+#\d+ /.test(line) && !/libtsan|libsanitizer/.test(line));
    return frames.length === 0 ? 'lost stacks' : frames[0].includes('wamr_native') ? ADDON : 'Node and its libraries';
  });
  return [...new Set(owners)].sort();
}

function build() {
  mkdirSync(dirname(addon), { recursive: true });
  const include = (file) => dirname(require.resolve(file, { paths: [root] }));
  const sources = nativeSources('linux', 'x64').map((file) => join(root, file));
  const flags = [
    ...'-std=c++17 -fPIC -O1 -g -fvisibility=hidden -fno-rtti -fno-omit-frame-pointer'.split(' '),
    ...'-DNAPI_VERSION=8 -DNAPI_DISABLE_CPP_EXCEPTIONS -D_GNU_SOURCE'.split(' '),
    ...sanitizer.flags.split(' '),
    ...['-I', join(include('node-api-headers/package.json'), 'include'), '-I', include('node-addon-api/package.json')],
  ];
  const compile = (args) => execFileSync(cxx, [...cxxArguments, ...flags, ...args], { stdio: 'inherit' });
  const objects = [...sources, ...(sanitizer.sources ?? []).map((file) => join(root, file))].map((source) => {
    const object = join(dirname(addon), `${relative(root, source).replaceAll('/', '-')}.o`);
    compile(['-c', source, '-o', object]);
    return object;
  });
  compile(['-shared', '-Wl,-z,nodelete', ...objects, '-o', addon]);
}
