/**
 * Handlers of SIGSEGV that somebody installed before the addon, some of which the kernel would call once
 * (SA_RESETHAND): wasm traps as always, and a real fault or a signal from outside reaches them once and then ends the
 * process as it would have without us, never in a loop.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { wat } from '../support/wat.js';

const dir = mkdtempSync(join(tmpdir(), 'wamr-handlers-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A shared object whose constructor does something. It stays mapped though Node finds no addon in it. */
function library(name: string, code: string): string {
  const source = join(dir, `${name}.cc`);
  const file = join(dir, `${name}.so`);
  writeFileSync(source, `#include <signal.h>\n#include <unistd.h>\n${code}`);
  execFileSync('g++', ['-shared', '-fPIC', '-w', '-Wl,-z,nodelete', '-o', file, source]);
  return file;
}

const handler = (name: string, flags: string, body = ''): string =>
  library(
    name,
    `static void on(int s, siginfo_t*, void*) { if (write(1, "older handler\\n", 14)) {} ${body} }
     __attribute__((constructor)) static void install() {
       struct sigaction a{}; a.sa_sigaction = on; a.sa_flags = SA_SIGINFO | ${flags}; sigaction(SIGSEGV, &a, nullptr);
     }`,
  );

const CRASH = library('crash', '__attribute__((constructor)) static void crash() { *(volatile int*)64 = 1; }');
const WASM = Buffer.from(
  wat('(module (memory 1 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))'),
).toString('base64');

const SCRIPT = `
const [index, older, crash, how] = process.argv.slice(1);
const say = (text) => require('fs').writeSync(1, text + '\\n');
const open = (file) => { try { process.dlopen({ exports: {} }, file); } catch {} };
open(older);
const { load } = require(index).instantiate(Buffer.from('${WASM}', 'base64'), {}, { cache: false }).exports;
const traps = () => { try { load(65533); say('nothing'); } catch (e) { say(e.message); } };
traps();
traps();
if (how === 'fault') open(crash);
process.kill(process.pid, 'SIGSEGV');
traps();
process.kill(process.pid, 'SIGSEGV');
say('alive');
`;

function run(older: string, how: 'fault' | 'sent'): string {
  const r = spawnSync(
    process.execPath,
    ['-e', SCRIPT, join(import.meta.dirname, '../../dist/index.js'), older, CRASH, how],
    {
      encoding: 'utf8',
      timeout: 10_000,
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  return `${r.stdout}${r.stderr}${r.signal}`;
}

const TRAP = 'memory access out of bounds\n';
const OLDER = 'older handler\n';

test.each([
  ['SA_RESETHAND', 'SA_RESETHAND'],
  ['SA_RESETHAND on the other stack', 'SA_RESETHAND | SA_ONSTACK'],
  ['SA_RESETHAND, may nest', 'SA_RESETHAND | SA_NODEFER'],
])('%s: called once', (name, flags) => {
  const older = handler(name.replace(/\W/g, ''), flags);
  expect(run(older, 'fault')).toBe(`${TRAP}${TRAP}${OLDER}SIGSEGV`);
  expect(run(older, 'sent')).toBe(`${TRAP}${TRAP}${OLDER}${TRAP}SIGSEGV`);
});

test('one that takes itself away and returns', () => {
  const older = handler('away', '0', 'signal(s, SIG_DFL);');
  expect(run(older, 'fault')).toBe(`${TRAP}${TRAP}${OLDER}SIGSEGV`);
});

test('one that takes itself away and sends the signal again', () => {
  const older = handler('again', 'SA_ONSTACK', 'signal(s, SIG_DFL); raise(s);');
  expect(run(older, 'fault')).toBe(`${TRAP}${TRAP}${OLDER}SIGSEGV`);
  expect(run(older, 'sent')).toBe(`${TRAP}${TRAP}${OLDER}SIGSEGV`);
});

test('one that ends the process', () => {
  const older = handler('ends', 'SA_RESETHAND', '_exit(7);');
  expect(run(older, 'fault')).toBe(`${TRAP}${TRAP}${OLDER}null`);
});

test('one that stays', () => {
  const older = handler('stays', 'SA_ONSTACK');
  expect(run(older, 'sent')).toBe(`${TRAP}${TRAP}${OLDER}${TRAP}${OLDER}alive\nnull`);
});
