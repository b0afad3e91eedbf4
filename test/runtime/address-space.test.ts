/**
 * Little address space (`ulimit -v`): explicit bounds checks run, guard code is refused with an error that names the
 * remedy, wasm is compiled the other way by itself.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amount } from '../support/quick.js';

// (module (memory (export "m") 1 100) (func (export "ld") (param i32) (result i32) local.get 0 i32.load offset=4) (func
// (export "g") (param i32) (result i32) local.get 0 memory.grow))
const WASM = 'AGFzbQEAAAABBgFgAX8BfwMDAgAABQQBAQFkBw4DAW0CAAJsZAAAAWcAAQoQAgcAIAAoAgQLBgAgAEAACw==';

/** Many more than the 8,192 reservations that may wait for their finalisers. */
const MEMORIES = amount(50_000, 10_000);

const SCRIPT = `
const { instantiate } = require(process.argv[1]);
try {
  const { ld, g, m } = instantiate(Buffer.from('${WASM}', 'base64'), {}, { bounds: process.argv[2] || undefined, cache: false }).exports;
  console.log(g(3), ld(4 * 65536 - 8), m.buffer.byteLength);
  ld(4 * 65536 - 7);
} catch (e) {
  console.log(e.message, e.code ?? '');
}`;

function limited(kilobytes: number | 'unlimited', bounds: string): string {
  const command = `ulimit -v ${kilobytes}; exec "$0" -e "$1" "$2" "$3"`;
  const r = spawnSync(
    'bash',
    ['-c', command, process.execPath, SCRIPT, join(__dirname, '../../dist/index.js'), bounds],
    { encoding: 'utf8' },
  );
  return r.stdout + r.stderr;
}

const WORKS = '1 0 262144\nmemory access out of bounds WASM_TRAP_MEMORY_OUT_OF_BOUNDS\n';

test.each([
  ['unlimited', 'guard', WORKS],
  ['unlimited', 'explicit', WORKS],
  [4_000_000, 'explicit', WORKS],
  ['unlimited', '', WORKS],
  [4_000_000, '', WORKS],
] as const)('ulimit -v %s, %s', (limit, bounds, out) => {
  expect(limited(limit, bounds)).toBe(out);
});

test('guard code without address space', () => {
  expect(limited(4_000_000, 'guard')).toMatch(/compile it with bounds: "explicit" ERR_WAMR_NO_GUARD/);
});

test.each(['untouched', 'touched'])(`${MEMORIES} memories created and dropped in a synchronous loop, %s`, (how) => {
  const script = `
    const { WebAssembly } = require(process.argv[1]);
    for (let i = 0; i < ${MEMORIES}; i++) {
      const m = new WebAssembly.Memory({ initial: 1 });
      if (process.argv[2] === 'touched') new Uint8Array(m.buffer)[65535] = 1;
    }
    console.log('ok', process.memoryUsage.rss() < 400e6);`;
  const r = spawnSync(process.execPath, ['-e', script, join(__dirname, '../../dist/index.js'), how], {
    encoding: 'utf8',
  });
  expect(r.stdout + r.stderr).toBe('ok true\n');
});

test.each([1_400_000, 2_000_000, 12_000_000, 14_000_000])(
  'compiling under ulimit -v %s, in this thread and in others: V8 ends the process where a thread finds no room',
  (kilobytes) => {
    const script = `
    const { compile, compileSync } = require(process.argv[1]);
    const wasm = require('node:fs').readFileSync(process.argv[2]);
    const here = compileSync(wasm);
    Promise.all([{}, { jobs: 2 }, { jobs: 0 }].map((o) => compile(wasm, o))).then((all) =>
      console.log(all.map((a) => Buffer.compare(a, here))));`;
    const wasm = join(__dirname, '../unit/gate/vm.wasm');
    const r = spawnSync(
      'bash',
      [
        ...['-c', `ulimit -v ${kilobytes}; exec "$0" -e "$1" "$2" "$3"`],
        ...[process.execPath, script, join(__dirname, '../../dist/index.js'), wasm],
      ],
      { encoding: 'utf8' },
    );
    expect(r.stdout + r.stderr).toBe('[ 0, 0, 0 ]\n');
  },
);
