/** `wamr-native/profile` inside a program, and notes for Linux perf. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { perfMap } from '../../src-ts/profile/formats.js';
import type { ProfiledModule } from '../../src-ts/profile/recorder.js';
import { wamr } from '../support/built.js';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

const profile = createRequire(import.meta.url)(
  '../../dist/profile.js',
) as typeof import('../../src-ts/profile/index.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-profile-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** `run(n)` spends its time in `$inner`. */
const BYTES = wat(`(module
  (func $inner (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.rem_u (i32.const 1234567) (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "run") (param i32) (result i32) (call $inner (local.get 0))))`);

describe('a recording', () => {
  it('says where the time went, in all formats', () => {
    profile.start();
    expect(() => profile.start()).toThrow('recorded in this thread already');
    const { run } = wamr.instantiate(BYTES, {}, { debugInfo: true, cache: false }).exports;
    const until = Date.now() + 300;
    while (Date.now() < until) run(1_000_000);
    const samples = profile.stop('test');
    expect(() => profile.stop()).toThrow('no recording runs');
    const { frames, total, kinds } = samples.profile;
    const inner = frames.find((f) => f.name === 'inner')!;
    expect(inner.self / total).toBeGreaterThan(0.5);
    expect(kinds.arithmetic).toBeGreaterThan(0);
    for (const [suffix, contents] of [
      ['.cpuprofile', '"nodes"'],
      ['.speedscope.json', 'speedscope.app'],
      ['.svg', '<svg'],
      ['.folded', 'run;inner '],
      ['.json', '"title":"test"'],
    ]) {
      const file = path.join(folder, `p${suffix}`);
      samples.write(file);
      expect(fs.readFileSync(file, 'utf8')).toContain(contents);
    }
    expect(() => samples.write('p.txt')).toThrow("a profile's name ends in");
    expect(() => profile.start({ interval: 1 } as never)).toThrow("unknown option 'interval'");
  });

  it('with JavaScript has whole stacks', () => {
    const bytes = wat(`(module (import "env" "host" (func $host (param i32) (result i32)))
      (func $spin (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (i32.add (local.get 1) (i32.rem_u (i32.const 1234567) (local.get 0))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
      (func (export "outer") (param i32) (result i32)
        (i32.add (call $host (local.get 0)) (call $spin (local.get 0))))
      (func (export "leaf") (param i32) (result i32) (call $spin (local.get 0))))`);
    let exports: Record<string, (n: number) => number> = {};
    const host = function ofTheProgram(n: number): number {
      let sum = 0;
      for (let i = 0; i < n / 10; i++) sum += Math.sqrt(i) * Math.sin(i);
      return exports.leaf(n) + (sum & 1);
    };
    exports = wamr.instantiate(bytes, { env: { host } }, { debugInfo: true, cache: false }).exports as never;
    exports.outer(1000);
    // Loaded before, so that its functions have no names.
    profile.start({ javascript: true });
    exports = wamr.instantiate(bytes, { env: { host } }, { debugInfo: true, cache: false }).exports as never;
    const work = function theWork(): void {
      // Of processor time: a busy machine would leave too few samples.
      for (const until = process.cpuUsage().user + 400_000; process.cpuUsage().user < until;) exports.outer(300_000);
    };
    work();
    const samples = profile.stop();
    const folded = samples.toFolded();
    // One place each for its own time, for wasm, and for wasm that a host function has called.
    expect(folded).toMatch(/;theWork;outer;spin \d+\n/);
    expect(folded).toMatch(/;theWork;outer;ofTheProgram \d+\n/);
    // Until V8 has compiled the exported function, the way into the addon shows.
    expect(folded).toMatch(/;theWork;outer;ofTheProgram;(call;)?(\(anonymous\);)?leaf;spin \d+\n/);
    expect(folded).not.toMatch(/wasm to JavaScript|settle/);
    const { frames, total, timeline } = samples.profile;
    const spin = frames.find((f) => f.name === 'spin')!;
    const program = frames.find((f) => f.name === 'ofTheProgram')!;
    expect(program).toMatchObject({ index: -1, file: expect.stringContaining('profile-api.test.ts') });
    // The rest is the compiler, which is loaded meanwhile.
    expect((spin.self + program.self) / total).toBeGreaterThan(0.4);
    expect(timeline.reduce((sum, s) => sum + s.weight, 0)).toBe(total);
    // Another recording is as ever.
    profile.start().stop();
  });

  it('that samples nothing is empty', () => {
    profile.start();
    expect(profile.stop().profile).toMatchObject({ samples: 0, total: 0, frames: [] });
  });

  it('counts exactly', () => {
    const recording = profile.start({ intervalUs: 0 });
    try {
      wamr.instantiate(BYTES, {}, { count: true, cache: false }).exports.run(1000);
      const inner = recording.counts().functions.find((f) => f.name === 'inner')!;
      expect(inner).toMatchObject({ calls: 1 });
      expect(inner.instructions).toBeGreaterThan(3000);
    } finally {
      recording.stop();
    }
  });

  it('gives a profile to compile by', async () => {
    let result = 0;
    const stored = await profile.recordProfile(BYTES, (module) => {
      result = wamr.instantiate(module).exports.run(100);
    });
    expect(result).toBe(wamr.instantiate(BYTES).exports.run(100));
    const inner = Object.values(stored.functions).find((f) => f.name === 'inner')!;
    expect(inner.calls).toBe(1);
    expect(inner.blocks.some(([, runs]) => runs === 100)).toBe(true);
    const artefact = wamr.compileSync(BYTES, { profile: wamr.parseProfile(JSON.stringify(stored)) });
    expect(wamr.instantiate(wamr.load(artefact)).exports.run(100)).toBe(result);
    await expect(
      profile.recordProfile(BYTES, () => {
        throw new Error('of the program');
      }),
    ).rejects.toThrow('of the program');
    // Nothing is left running.
    profile.start().stop();
  });
});

describe("Node's own profiler", () => {
  it('shows exported functions by their names', () => {
    const program = path.join(folder, 'named.cjs');
    const text = Buffer.from(BYTES).toString('base64');
    fs.writeFileSync(
      program,
      `const { instantiate } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
      const { run } = instantiate(Buffer.from('${text}', 'base64')).exports;
      for (const until = Date.now() + 800; Date.now() < until;) run(1_000_000);
      console.log(run.name);`,
    );
    const args = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-name', 'named.cpuprofile', program];
    // Otherwise they are as ever.
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('1\n');
    const { nodes } = JSON.parse(fs.readFileSync(path.join(folder, 'named.cpuprofile'), 'utf8')) as {
      nodes: { callFrame: { functionName: string; url: string }; hitCount: number }[];
    };
    const hits = nodes.reduce((sum, n) => sum + n.hitCount, 0);
    const run = nodes.filter((n) => n.callFrame.functionName === 'run' && n.callFrame.url === 'wamr-native:calls');
    expect(run.reduce((sum, n) => sum + n.hitCount, 0) / hits).toBeGreaterThan(0.1);
  });
});

describe('addresses that wrap', () => {
  // $wraps reads at i - 64 for i below 64: each time the sum of a guest that counts on it wraps at 2^32.
  const WRAPPING = wat(`(module (memory 1)
    (func $wraps (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (i32.load (i32.add (i32.or (local.get 0) (i32.const -64)) (i32.const 64)))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))
    (func $seldom (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (i32.load (i32.add (local.get 0) (i32.const 64)))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))
    (func (export "run") (param i32) (result i32)
      (i32.add (call $wraps (local.get 0)) (call $seldom (local.get 0)))))`);
  const wrapRows = (artefact: Uint8Array): number =>
    readArtefact(bytesSource(artefact), null).read(Section.WRAPS).length / 16;

  it('are counted, and a profile turns their folding off where it costs', async () => {
    const stored = await profile.recordProfile(WRAPPING, (module) => wamr.instantiate(module).exports.run(60));
    const of = (name: string): number[] =>
      (Object.values(stored.functions).find((f) => f.name === name)!.wraps ?? []).map(([, count]) => count);
    expect(of('wraps')).toEqual([60]);
    expect(of('seldom')).toEqual([]);
    const plain = wamr.compileSync(WRAPPING);
    const guided = wamr.compileSync(WRAPPING, { profile: stored });
    expect(wrapRows(plain)).toBe(2);
    expect(wrapRows(wamr.compileSync(WRAPPING, { disable: ['folded-addresses@0'] }))).toBe(1);
    // Those of $seldom, which is inlined as well.
    expect(wrapRows(guided)).toBe(2);
    expect(wamr.instantiate(guided).exports.run(60)).toBe(wamr.instantiate(plain).exports.run(60));
    // What a profile says is checked.
    const [hash] = Object.keys(stored.functions);
    const wrong = { ...stored, functions: { [hash]: { ...stored.functions[hash], wraps: [[1]] } } };
    expect(() => wamr.parseProfile(JSON.stringify(wrong))).toThrow('wraps must be a list of lists of 2 numbers');
  });
});

describe('WAMR_PERF', () => {
  const program = `const { instantiate } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
    const { Worker, isMainThread } = require('node:worker_threads');
    instantiate(Buffer.from('${Buffer.from(BYTES).toString('base64')}', 'base64'));
    if (isMainThread) { console.log(process.pid); new Worker(__filename); }`;
  const file = path.join(folder, 'program.cjs');
  fs.writeFileSync(file, program);
  const run = (kind: string): string =>
    execFileSync(process.execPath, [file], {
      env: { ...process.env, WAMR_PERF: kind, WAMR_CACHE_DIR: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();

  it('map: names and addresses of every thread', () => {
    const map = `/tmp/perf-${run('map')}.map`;
    const lines = fs.readFileSync(map, 'utf8').trim().split('\n');
    fs.rmSync(map);
    expect(lines.filter((line) => /^[0-9a-f]+ [0-9a-f]+ inner \[wasm .*\]$/.test(line))).toHaveLength(2);
  });

  it('jitdump: names, addresses and code', () => {
    const dump = `/tmp/jit-${run('jitdump')}.dump`;
    const bytes = fs.readFileSync(dump);
    fs.rmSync(dump);
    expect([bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)]).toEqual([
      0x4a695444, 1, 40, 62,
    ]);
    const names: string[] = [];
    for (let at = 40; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      expect(bytes.readUInt32LE(at)).toBe(0);
      const end = bytes.indexOf(0, at + 56);
      names.push(bytes.toString('utf8', at + 56, end).replace(/ \[.*/, ''));
      const size = Number(bytes.readBigUInt64LE(at + 40));
      expect(end + 1 + size).toBe(at + bytes.readUInt32LE(at + 4));
      // Code ends in a return, a jump or a trap.
      expect(size).toBeGreaterThan(1);
    }
    expect(names.sort()).toEqual(['inner', 'inner', 'run', 'run']);
  });

  it.each(['map', 'jitdump'])('%s: nothing is written to what somebody has put in its place', (kind) => {
    const target = path.join(folder, 'precious');
    fs.writeFileSync(target, 'precious');
    const linking = path.join(folder, 'linking.cjs');
    const links = ['perf-#.map', 'jit-#.dump'].map((name) => `/tmp/${name}`);
    fs.writeFileSync(
      linking,
      `const { linkSync, symlinkSync, rmSync } = require('node:fs');
      const names = !require('node:worker_threads').isMainThread ? [] : ${JSON.stringify(links)}.map((name) => name.replace('#', process.pid));
      for (const name of names) (process.argv[2] === 'hard' ? linkSync : symlinkSync)(${JSON.stringify(target)}, name);
      process.on('exit', () => names.forEach((name) => rmSync(name, { force: true })));
      ${program}`,
    );
    for (const how of kind === 'map' ? ['hard', 'symbolic'] : ['symbolic']) {
      const r = spawnSync(process.execPath, [linking, how], {
        env: { ...process.env, WAMR_PERF: kind, WAMR_CACHE_DIR: folder, WAMR_LOG: '1' },
        encoding: 'utf8',
      });
      expect(r.status, r.stderr).toBe(0);
      expect(fs.readFileSync(target, 'utf8')).toBe('precious');
      if (kind === 'map') expect(r.stderr).toContain('no notes for perf');
    }
  });

  it('no name begins another line of a map', () => {
    const lines = perfMap({
      name: 'mod\n0 fff libc_start',
      address: 4096,
      functions: [{ name: 'f\r\n1 1 g', start: 0, bytes: 1 }],
    } as unknown as ProfiledModule);
    expect(lines).toBe('1000 1 f  1 1 g [wasm mod 0 fff libc_start]\n');
  });

  it('anything else is refused', () => {
    expect(() => run('pmap')).toThrow('WAMR_PERF must be map or jitdump');
  });
});
