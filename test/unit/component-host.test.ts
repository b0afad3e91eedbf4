/** The own WASI 0.2 host: streams, polling, clocks, randomness. Descriptors are pipes of a child process. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeHost } from '../../src-ts/component/host.js';
import { ROOT } from '../support/peers.js';

const host = makeHost({
  args: ['a', 'b'],
  env: { X: 'y' },
  exit: () => {
    throw new Error('exit');
  },
}) as Record<string, Record<string, any>>;
const { poll } = host['wasi:io/poll'];
const clock = host['wasi:clocks/monotonic-clock'];

it('tells the guest its arguments and nothing of the host', () => {
  const e = host['wasi:cli/environment'];
  expect([e.getArguments(), e.getEnvironment(), e.initialCwd()]).toEqual([['a', 'b'], [['X', 'y']], undefined]);
  expect(host['wasi:filesystem/preopens'].getDirectories()).toEqual([]);
});

it('sleeps until the first of several moments', () => {
  const before = clock.now();
  const late = clock.subscribeDuration(10_000_000_000n);
  const soon = clock.subscribeInstant(before + 20_000_000n);
  expect([...poll([late, soon])]).toEqual([1]);
  expect(Number(clock.now() - before)).toBeGreaterThanOrEqual(20e6);
  expect([late.ready(), soon.ready()]).toEqual([false, true]);
  expect(() => poll([])).toThrow();
});

it('draws as many random bytes as asked for', () => {
  const { getRandomBytes, getRandomU64 } = host['wasi:random/random'];
  const bytes = getRandomBytes(1000n) as Uint8Array;
  expect(new Set(bytes).size).toBeGreaterThan(100);
  expect(typeof getRandomU64()).toBe('bigint');
  const t = host['wasi:clocks/wall-clock'].now();
  expect(Math.abs(Number(t.seconds) + t.nanoseconds / 1e9 - Date.now() / 1000)).toBeLessThan(2);
});

it('reads and writes the standard streams, and ends at their ends', () => {
  const component = path.join(ROOT, 'dist/component.js');
  const script = `
    const { wasiImports } = require(${JSON.stringify(component)});
    (async () => {
      const h = await wasiImports('p', {}, [], ['wasi:cli/stdin@0.2.0', 'own:thing/x']);
      const input = h['wasi:cli/stdin'].getStdin(), output = h['wasi:cli/stdout'].getStdout();
      output.blockingWriteAndFlush(input.blockingRead(3n));
      const p = input.subscribe();
      p.block();
      output.write(new TextEncoder().encode(p.ready() + ' ' + output.splice(input, 2n) + ' ' + input.skip(1n) + ' '));
      output.blockingWriteAndFlush(input.read(100n));
      try { input.blockingRead(1n); } catch (e) { output.write(new TextEncoder().encode(JSON.stringify(e))); }
      output.write(new Uint8Array(200000).fill(46));
      h['wasi:cli/stderr'].getStderr().write(new TextEncoder().encode(String(h['wasi:cli/terminal-stdout'].getTerminalStdout())));
    })();`;
  const r = spawnSync(process.execPath, ['-e', script], { input: 'abcdefgh', encoding: 'utf8' });
  expect(r.stderr).toBe('undefined');
  expect(r.stdout).toBe(`abcdetrue 2 1 gh{"tag":"closed"}${'.'.repeat(200000)}`);
});

it('reports a reader that went away as a closed stream', () => {
  const script = `
    const { wasiImports } = require(${JSON.stringify(path.join(ROOT, 'dist/component.js'))});
    wasiImports('p', {}, [], []).then((h) => {
      try { for (;;) h['wasi:cli/stdout'].getStdout().write(new Uint8Array(65536)); } catch (e) { process.stderr.write(e.tag); }
    });`;
  const r = spawnSync('sh', ['-c', '"$0" -e "$1" | head -c 10', process.execPath, script], { encoding: 'utf8' });
  expect(r.stderr).toBe('closed');
});
