/**
 * Limits of the system: no more threads, descriptors, timers, address space; systems that let no file in memory be made
 * or no memory be executed. Each works in a lesser way or is an error that names the remedy; nothing ends the process.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

const root = join(__dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'wamr-limits-'));
afterAll(() => rmSync(dir, { recursive: true }));
const SMALL = `(module (import "h" "f" (func $f (param i32) (result i32))) (memory (export "m") 1 100)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "spin") (loop $l (br $l))))`;
const IMAGE = `(module (memory (export "m") 4) (data (i32.const 0) "${'x'.repeat(66_000)}")
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`;
const PRELUDE = `
const w = require(${JSON.stringify(join(root, 'dist/index.js'))}), fs = require('fs');
const SMALL = Buffer.from('${Buffer.from(wat(SMALL)).toString('base64')}', 'base64');
const h = { f: (x) => x };
const say = (...values) => console.log(...values);
`;

const WITH_IMAGE = `${PRELUDE}const IMAGE = Buffer.from('${Buffer.from(wat(IMAGE)).toString('base64')}', 'base64');`;
/** The script with what it uses: arguments of a process are short. */
const whole = (script: string): string => (script.includes('IMAGE') ? WITH_IMAGE : PRELUDE) + script;

/** Node's program. A sanitizer that is preloaded comes with it alone: not every other program runs under each. */
const { LD_PRELOAD = '', ...ENV } = process.env;
const NODE = LD_PRELOAD === '' ? [process.execPath] : ['env', `LD_PRELOAD=${LD_PRELOAD}`, process.execPath];

/** Runs a script in a process under what the shell commands before it set up. */
function run(script: string, before = '', flags: string[] = []): string {
  const r = spawnSync('bash', ['-c', `${before} "$0" "$@"`, ...NODE, ...flags, '-e', whole(script)], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...ENV, NODE_OPTIONS: '' },
  });
  return r.stdout + r.stderr + (r.signal ?? '');
}

describe('threads', () => {
  // A limit of processes does not bind root: become somebody else.
  const other =
    process.getuid?.() === 0
      ? 'exec setpriv --reuid 54321 --regid 54321 --clear-groups prlimit --nproc=1:1'
      : 'exec prlimit --nproc=1:1';

  test('none left: artefacts are hashed and modules compiled in this thread', () => {
    // Node itself starts threads: the limit comes after that.
    const script = `
      require('child_process').execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1:1'], { env: {} });
      const big = Buffer.concat([Buffer.from(w.compileSync(SMALL))]);
      (async () => {
        const many = fs.readFileSync(process.argv[1]);
        const artefact = await w.compile(many);
        say(w.instantiate(w.load(artefact)).exports.f0(), w.instantiate(SMALL, { h }, { cache: false }).exports.add(1, 2));
      })();`;
    // 2,000 functions: worth workers; 6 MB of data: hashed by several threads.
    const functions = Array.from(
      { length: 2000 },
      (_, k) => `(func (export "f${k}") (result i32) ${'(drop (i32.const 1))'.repeat(40)} (i32.const ${k + 7}))`,
    );
    const file = join(dir, 'many.wasm');
    writeFileSync(file, wat(`(module ${functions.join('\n')} (memory 1) (data "${'y'.repeat(6_000_000)}"))`), {
      mode: 0o644,
    });
    const r = spawnSync(
      'bash',
      ['-c', `chmod 755 ${dir}; ${other.replace(/prlimit.*/, '')} "$0" "$@"`, ...NODE, '-e', PRELUDE + script, file],
      {
        encoding: 'utf8',
        timeout: 240_000,
        env: { ...ENV, HOME: dir, NODE_OPTIONS: '' },
      },
    );
    expect(r.stdout + r.stderr + (r.signal ?? '')).toBe('7 3\n');
  });

  test.runIf(Number(process.versions.node.split('.')[0]) >= 24)('a permission model without workers', () => {
    const script = `w.compile(Buffer.from(SMALL)).then((a) => say(w.instantiate(w.load(a), { h }).exports.add(1, 2)));`;
    const out = run(script, '', [
      '--no-warnings',
      '--permission',
      '--allow-addons',
      '--allow-fs-read=*',
      '--allow-fs-write=*',
    ]);
    expect(out).toBe('3\n');
  });
});

describe('timers', () => {
  const TERMINATE = `
    const { Worker } = require('worker_threads');
    const k = new Worker(${JSON.stringify(PRELUDE)} + 'const i = w.instantiate(SMALL, { h }, { cache: false }); require("worker_threads").parentPort.postMessage(1); i.exports.spin();', { eval: true });
    k.on('message', () => setTimeout(() => k.terminate().then(() => {
      say('terminated');
      try { w.instantiate(SMALL, { h }, { cache: false }).call('spin', [], { timeoutMs: 20 }); } catch (e) { say(e.kind); }
    }), 50));`;
  test.each(['', 'ulimit -i 0;'])('workers end and deadlines come: %s', (limit) => {
    expect(run(TERMINATE, limit)).toBe('terminated\ninterrupt\n');
  });
});

/** A shared object whose constructor runs `code` when `dlopen` has opened it in the script, or LD_PRELOAD before. */
function library(name: string, code: string): string {
  const file = join(dir, `${name}.so`);
  const source = `#include <stdio.h>\n#include <stdlib.h>\n#include <sys/mman.h>\n#include <sys/prctl.h>
    __attribute__((constructor)) static void start() { ${code} }`;
  writeFileSync(join(dir, `${name}.cc`), source);
  execFileSync('g++', ['-shared', '-fPIC', '-w', '-Wl,-z,nodelete', '-o', file, join(dir, `${name}.cc`)], {
    env: ENV,
  });
  return file;
}

describe('descriptors and mappings', () => {
  // V8's collector has no room for what it moves then either, and ends the process now and then, with 500 on Node 22 and
  // with 300 nearly always on 24 and 26 (with V8's own instances it always does): that is another try.
  test.each([500, 1000])('%i mappings left', (spare) => {
    const fill = library(
      `fill${spare}`,
      `static char* last[${spare}]; long n = 0;
       for (;; n++) {
         void* p = mmap(nullptr, 4096, n & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         if (p == MAP_FAILED) break;
         last[n % ${spare}] = static_cast<char*>(p);
       }
       for (char* p : last) munmap(p, 4096);`,
    );
    const script = `
      const artefact = w.compileSync(SMALL), kept = [];
      kept.push(w.instantiate(w.load(artefact), { h }));
      try { process.dlopen({ exports: {} }, ${JSON.stringify(fill)}); } catch {}
      const until = (make) => { try { for (let n = 0; n < 2000; n++) kept.push(make()); return 'no limit'; } catch (e) { return e.name + (/: raise ulimit -v, vm.max_map_count/.test(e.message) ? ' ok' : e.message); } };
      const many = [() => w.instantiate(w.load(artefact), { h }), () => new w.WebAssembly.Memory({ initial: 1 })].map(until);
      const e = kept[0].exports;
      e.m.grow(1);
      say(many.join(), e.add(1, 2), e.m.buffer.byteLength);
      try { kept[0].call('spin', [], { timeoutMs: 20 }); } catch (e) { say(e.kind); }
      for (const k of kept.splice(1)) k.dispose?.();`;
    let out = '';
    for (let tries = 0; tries < 8 && (out === '' || out.includes('JavaScript heap out of memory')); tries++)
      out = run(script);
    expect(out).toBe('RangeError ok,RangeError ok 3 131072\ninterrupt\n');
  });

  const MANY = amount(20_000, 4_000);
  test(`${MANY} modules in a synchronous loop with 64 descriptors`, () => {
    const script = `
      const artefact = w.compileSync(SMALL), image = w.compileSync(IMAGE);
      const used = () => fs.readdirSync('/proc/self/fd').length;
      const first = used(), kept = [];
      for (let n = 0; n < ${MANY}; n++) { const m = w.load(artefact); if (n % 100 === 0) kept.push(w.load(image)); }
      for (const m of kept.slice(0, 20)) if (w.instantiate(m).exports.load(65999) !== 120) say('wrong');
      say(used() - first < 3, fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').length < 5000);`;
    expect(run(script, 'ulimit -n 64;')).toBe('true true\n');
  });
});

test('room for V8 under ulimit -v', () => {
  const script = `
    const m = w.load(w.compileSync(SMALL, { bounds: 'explicit' }));
    w.instantiate(m, { h });
    const start = process.cpuUsage();
    for (let n = 0; n < 20; n++) w.instantiate(m, { h });
    const used = process.cpuUsage(start);
    const heap = []; for (let n = 0; n < 500; n++) heap.push(new Array(131072).fill(n));
    say((used.user + used.system) / 20 < 20000, heap.length);`;
  for (const limit of [4_000_000, 4_500_000]) expect(run(script, `ulimit -v ${limit};`)).toBe('true 500\n');
});

test('bounds of the wasm stack', () => {
  const script = `
    for (const bytes of [Infinity, 2 ** 40, NaN, -1, 0, '1']) { try { say(w.setStackSize(bytes)); } catch (e) { say(e.name); } }
    say(w.setStackSize(1 << 20), w.setStackSize(2 ** 30), w.instantiate(SMALL, { h }, { cache: false }).exports.add(1, 2));`;
  expect(run(script)).toBe(`${'RangeError\n'.repeat(6)}true true 3\n`);
});

test('--jitless', () => {
  const script = `const { exports } = w.instantiate(SMALL, { h }, { cache: false }); say(exports.add(1, 2), exports.m.grow(1), exports.m.buffer.byteLength);
    try { w.instantiate(SMALL, { h }, { cache: false, memory: 'v8' }); } catch (e) { say(e.name + ': ' + e.message); }`;
  expect(run(script, '', ['--no-warnings', '--jitless'])).toMatch(
    /3 1 131072\nTypeError: this host has no WebAssembly.Memory\n/,
  );
});

test('no home, no entry in the list of users', () => {
  const change = process.getuid?.() === 0 ? 'setpriv --reuid 54321 --regid 54321 --clear-groups' : '';
  const script = `say(w.instantiate(SMALL, { h }).exports.add(1, 2), w.instantiate(IMAGE).exports.load(0));`;
  expect(run(script, `exec env -u HOME -u XDG_CACHE_HOME -u WAMR_CACHE_DIR ${change}`)).toBe('3 120\n');
});

/** Runs the script under a filter that lets one system call fail with EPERM. */
function without(call: number, script: string): string {
  const python = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
call = int(sys.argv[1])
ops = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *o) for o in ops))
program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(ops), ctypes.addressof(code)))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
os.execvp(sys.argv[2], sys.argv[2:])`;
  const r = spawnSync('python3', ['-c', python, String(call), ...NODE, '-e', whole(script)], {
    encoding: 'utf8',
    timeout: 60_000,
    env: ENV,
  });
  return r.stdout + r.stderr + (r.signal ?? '');
}

test('a filter that refuses memfd_create: images are copied', () => {
  const script = `for (let n = 0; n < 3; n++) { const { exports } = w.instantiate(IMAGE, {}, { cache: false }); say(exports.load(0), exports.load(65999), exports.load(66000)); }`;
  expect(without(319, script)).toBe('120 120 0\n'.repeat(3));
});

test('a filter that refuses timer_create: a thread does it', () => {
  const script = `try { w.instantiate(SMALL, { h }, { cache: false }).call('spin', [], { timeoutMs: 20 }); } catch (e) { say(e.kind); }`;
  expect(without(222, script)).toBe('interrupt\n');
});

test('MDWE: memory that may be executed cannot be made from memory that was written', () => {
  const script = `say(w.instantiate(SMALL, { h }, { cache: false }).exports.add(1, 2), w.instantiate(IMAGE, {}, { cache: false }).exports.load(0));
    try { w.instantiate(SMALL, { h }, { cache: false }).call('spin', [], { timeoutMs: 20 }); } catch (e) { say(e.kind); }`;
  // PR_SET_MDWE; kernels before 6.3 do not know it. V8's own compilers cannot work under it.
  const mdwe = library('mdwe', 'if (prctl(65, 1, 0, 0, 0) != 0) puts("no MDWE");');
  const out = run(script, `exec env LD_PRELOAD=${mdwe}`, ['--no-warnings', '--jitless']);
  if (!out.includes('no MDWE')) expect(out).toMatch(/^3 120\ninterrupt\n(Warning: .*\n)?$/);
});

test('a filter that lets no memory be executed', () => {
  // mmap and mprotect with PROT_EXEC fail with EPERM, in this thread.
  const filter = library(
    'filter',
    `struct op { unsigned short code; unsigned char yes, no; unsigned value; };
     static op ops[] = {{0x20, 0, 0, 0}, {0x15, 1, 0, 9}, {0x15, 0, 2, 10}, {0x20, 0, 0, 32}, {0x45, 1, 0, 4},
                        {0x06, 0, 0, 0x7fff0000}, {0x06, 0, 0, 0x00050001}};
     struct { unsigned short length; op* first; } program = {7, ops};
     if (prctl(38, 1, 0, 0, 0) != 0 || prctl(22, 2, &program, 0, 0) != 0) abort();`,
  );
  const script = `const { exports } = w.instantiate(SMALL, { h }, { cache: false }), other = w.compileSync(IMAGE);
    try { process.dlopen({ exports: {} }, ${JSON.stringify(filter)}); } catch {}
    for (let n = 0; n < 3; n++) try { say(w.instantiate(w.load(other)).exports.load(0)); } catch (e) { say(e.name + ': ' + e.message); }
    say(exports.add(1, 2), exports.m.grow(1));`;
  expect(run(script, '', ['--no-warnings', '--jitless'])).toMatch(
    /^(AotError: .*: this system lets no memory be executed \(SELinux, seccomp or MDWE\): allow execmem\n){3}3 1\n(Warning: .*\n)?$/,
  );
});

describe('full disks', () => {
  /** Runs a script with its cache on a disk of its own, which needs rights that not everybody has. */
  const onDisk = (options: string, script: string, before = ''): string => {
    const disk = mkdtempSync(join(dir, 'disk-'));
    const mount = `mount -t tmpfs -o mode=700,${options} tmpfs ${disk} 2> /dev/null || { echo none; exit; }; ${before}`;
    return run(
      script,
      `unshare -m bash -c '${mount.replaceAll('DISK', disk)} exec env WAMR_CACHE_DIR=${disk} "$0" "$@"' `,
    );
  };
  const mayMount = onDisk('size=1m', 'say("yes")') === 'yes\n';
  const script = `for (let n = 0; n < 3; n++) say(w.instantiate(SMALL, { h }).exports.add(n, 2), w.instantiate(IMAGE).exports.load(0));
    w.loadCached(SMALL, { bounds: 'explicit' }).then((c) => say(new w.WebAssembly.Instance(c.module, { h }).exports.add(1, 2)));`;
  const works = '2 120\n3 120\n4 120\n3\n';
  test.runIf(mayMount).each([
    ['no room', 'size=4k', 'echo x > DISK/fill;'],
    ['room for folders', 'size=4k', ''],
    ['room for a part', 'size=12k', ''],
    ['no inodes', 'size=1m,nr_inodes=2', ''],
    ['an inode for a folder', 'size=1m,nr_inodes=3', ''],
    ['room', 'size=1m', ''],
  ])('%s', (_, options, before) => {
    expect(onDisk(options, script, before)).toBe(works);
  });

  test.runIf(mayMount)('the command line says so and leaves nothing behind', () => {
    const wasm = join(dir, 'small.wasm');
    writeFileSync(wasm, wat(SMALL));
    const out = onDisk(
      'size=4k',
      `const r = require('child_process').spawnSync(process.execPath, [${JSON.stringify(join(root, 'dist/cli.js'))}, 'compile', ${JSON.stringify(wasm)}, '-o', process.env.WAMR_CACHE_DIR + '/a.aot'], { encoding: 'utf8' });
       say(r.status, r.stderr.trim(), fs.readdirSync(process.env.WAMR_CACHE_DIR).filter((name) => name !== 'tmp').length);`,
    );
    expect(out).toMatch(/^1 .*no space left on the device 0\n$/);
  });
});
