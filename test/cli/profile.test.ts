/**
 * `wamr-native profile`: samples tell the truth about programs whose truth is known, counts are exact, other tools'
 * formats are well formed.
 */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Profile } from '../../src-ts/profile/attribute.js';
import type { Counts } from '../../src-ts/profile/counts.js';
import type { StoredProfile } from '../../src-ts/profile/stored.js';
import { Workspace } from '../support/cli.js';

/**
 * Chases a pointer through 32 MiB: every step waits for a load. (Many in a row: a sample is charged to the instruction
 * that waits, often the one behind.) A second function divides.
 */
const LOADS = `(module
  (memory (export "memory") 512)
  (func $fill (local $i i32)
    (loop $l
      (i32.store (local.get $i) (i32.and (i32.add (local.get $i) (i32.const 4198464)) (i32.const 0x1ffffc0)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 64))) (i32.const 0x2000000)))))
  (func $chase (param $n i32) (result i32) (local $p i32)
    (loop $l
      ${'(local.set $p (i32.load (local.get $p)))'.repeat(24)}
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $p))
  (func $divide (param $n i32) (result i32) (local $x i32)
    (local.set $x (i32.const 12345))
    (loop $l
      (local.set $x (i32.add (i32.div_u (i32.const -7) (i32.or (local.get $x) (i32.const 1))) (local.get $n)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func (export "loads") (param $n i32) (result i32) (call $fill) (call $chase (local.get $n)))
  (func (export "divisions") (param $n i32) (result i32) (call $divide (local.get $n))))`;

const COUNTED = `(module
  (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "run") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (if (i32.and (local.get $n) (i32.const 3))
        (then (local.set $s (i32.xor (local.get $s) (call $leaf (local.get $n)))))
        (else (local.set $s (i32.add (local.get $s) (i32.const 7)))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "unused") (result i32) (i32.const 1)))`;

const w = new Workspace();
beforeAll(() => {
  w.wasm('loads.wasm', LOADS);
  w.wasm('counted.wasm', COUNTED);
});
afterAll(() => w.remove());

const json = <T>(file: string): T => JSON.parse(fs.readFileSync(w.path(file), 'utf8')) as T;
const sum = (o: Record<string, number>): number => Object.values(o).reduce((x, y) => x + y, 0);

describe('sampling', () => {
  it('charges a loop of loads to loads, in its function', () => {
    const r = w.run([
      'profile',
      '--interval',
      '200',
      '-o',
      'loads.json',
      '--',
      'run',
      '--invoke',
      'loads',
      'loads.wasm',
      '1500000',
    ]);
    expect(r.code).toBe(0);
    expect(r.err).toMatch(/memory load/);
    const p = json<Profile>('loads.json');
    const inCode = p.total - (p.kinds['outside our code'] ?? 0) - (p.kinds['runtime (addon)'] ?? 0);
    expect(p.kinds['memory load'] / inCode).toBeGreaterThan(0.8);
    const chase = p.frames.find((f) => f.name === 'chase')!;
    expect(chase.self / inCode).toBeGreaterThan(0.8);
    expect(chase.index).toBe(1);
    // The exported function calls it.
    expect(p.frames.find((f) => f.name === 'loads')!.total).toBeGreaterThanOrEqual(chase.self);
  });

  it('adds up, and charges divisions to arithmetic', () => {
    w.run([
      'profile',
      '--interval',
      '200',
      '-o',
      'div.json',
      '--',
      'run',
      '--invoke',
      'divisions',
      'loads.wasm',
      '40000000',
    ]);
    const p = json<Profile>('div.json');
    expect(p.samples).toBeGreaterThan(50);
    expect(p.lost).toBe(0);
    expect(sum(p.kinds)).toBe(p.total);
    expect(p.frames.reduce((x, f) => x + f.self, 0)).toBe(p.total);
    expect(p.timeline.reduce((x, s) => x + s.weight, 0)).toBe(p.total);
    expect(p.frames.find((f) => f.name === 'divide')!.kinds.arithmetic / p.total).toBeGreaterThan(0.6);
  });

  it('works without debug information, by function only', () => {
    w.run(['compile', 'loads.wasm', '-o', 'plain.aot']);
    const r = w.run(['profile', '-o', 'plain.json', '--', 'run', '--invoke', 'divisions', 'plain.aot', '20000000']);
    expect(r.code).toBe(0);
    expect(Object.keys(json<Profile>('plain.json').kinds)).toContain('unknown (no debug information)');
  });

  it('writes what other tools read', () => {
    const files = ['p.speedscope.json', 'p.cpuprofile', 'p.svg', 'p.folded'];
    const r = w.run([
      'profile',
      ...files.flatMap((f) => ['-o', f]),
      '--',
      'run',
      '--invoke',
      'divisions',
      'loads.wasm',
      '20000000',
    ]);
    expect(r.code).toBe(0);
    const s = json<any>('p.speedscope.json');
    expect(s.$schema).toContain('speedscope');
    expect(s.profiles[0].samples.length).toBe(s.profiles[0].weights.length);
    expect(Math.max(...s.profiles[0].samples.flat())).toBeLessThan(s.shared.frames.length);
    const c = json<any>('p.cpuprofile');
    expect(c.samples.length).toBe(c.timeDeltas.length);
    expect(c.nodes.map((n: any) => n.id)).toEqual(c.nodes.map((_: unknown, i: number) => i + 1));
    expect(c.nodes.reduce((n: number, x: any) => n + x.hitCount, 0)).toBe(c.samples.length);
    expect(fs.readFileSync(w.path('p.svg'), 'utf8')).toMatch(/^<svg[^]*divide[^]*<\/svg>\n$/);
    expect(fs.readFileSync(w.path('p.folded'), 'utf8')).toMatch(/;divide \d+\n/);
  });

  it('keeps the exit code and refuses what it cannot do', () => {
    expect(w.run(['profile', '--', 'compile', 'loads.wasm']).code).toBe(2);
    expect(w.run(['profile', '-o', 'x.prof', '--', 'run', 'loads.wasm']).code).toBe(2);
    expect(w.run(['profile', '-o', 'x.png', '--', 'run', 'loads.wasm']).code).toBe(2);
    expect(w.run(['profile', '--', 'run', '--invoke', 'nothing', 'loads.wasm']).code).toBe(2);
  });
});

describe('counting', () => {
  const count = (n: string, file: string): Counts => {
    const r = w.run(['profile', '--count', '-o', file, '--', 'run', '--invoke', 'run', 'counted.wasm', n]);
    expect(r.code).toBe(0);
    return json<Counts>(file);
  };

  it('is exact and the same on every run', () => {
    const a = count('1000', 'a.json');
    expect(count('1000', 'b.json')).toEqual(a);
    expect(a.functions.map((f) => [f.name, f.calls]).toSorted(([x], [y]) => (x < y ? -1 : 1))).toEqual([
      ['leaf', 750],
      ['run', 1],
    ]);
    expect(sum(a.kinds)).toBe(a.instructions);
    expect(a.functions.reduce((n, f) => n + f.instructions, 0)).toBe(a.instructions);
  });

  it('grows by the same amount for each four turns', () => {
    const [a, b, c] = [count('1000', 'a.json'), count('2000', 'b.json'), count('3000', 'c.json')];
    expect(c.instructions - b.instructions).toBe(b.instructions - a.instructions);
    expect(a.kinds.call).toBe(750);
  });

  it('stores block counts by the hash of the body', () => {
    const r = w.run(['profile', '--count', '-o', 'run.prof', '--', 'run', '--invoke', 'run', 'counted.wasm', '1000']);
    expect(r.code).toBe(0);
    const p = json<StoredProfile>('run.prof');
    expect(Object.keys(p.functions)).toHaveLength(2);
    const run = Object.values(p.functions).find((f) => f.name === 'run')!;
    const counts = run.blocks.map(([, n]) => n);
    // The loop's body, its two arms, and what is around it.
    for (const n of [1000, 750, 250, 1]) expect(counts).toContain(n);
    expect([...run.blocks].sort((x, y) => x[0] - y[0])).toEqual(run.blocks);
  });

  it('counts blocks that edges go past, and the parts of branches', () => {
    // A flag that decides a branch on one way; a condition of two parts.
    w.wasm(
      'past.wasm',
      `(module (memory 1) (func (export "run") (param $n i32) (result i32) (local $f i32) (local $s i32)
      (loop $l
        (local.set $f (i32.const 0))
        (if (i32.and (local.get $n) (i32.const 3)) (then (i32.store (i32.const 8) (local.get $n)) (local.set $f (i32.load (i32.const 8)))))
        (if (i32.eqz (local.get $f)) (then (local.set $s (i32.add (local.get $s) (i32.const 1)))) (else (local.set $s (i32.add (local.get $s) (local.get $f)))))
        (if (i32.and (i32.eq (i32.and (local.get $n) (i32.const 7)) (i32.const 1)) (i32.lt_u (local.get $s) (i32.const 100))) (then (i32.store (i32.const 0) (local.get $s))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $s)))`,
    );
    const profile = (flags: string[], name: string): StoredProfile['functions'][string] => {
      expect(w.run(['compile', '--count', ...flags, 'past.wasm', '-o', 'past.aot']).code).toBe(0);
      expect(w.run(['profile', '--count', '-o', name, '--', 'run', '--invoke', 'run', 'past.aot', '1000']).code).toBe(
        0,
      );
      return Object.values(json<StoredProfile>(name).functions)[0];
    };
    const all = profile([], 'all.prof');
    const none = profile(['--disable', 'known-branches,split-conditions'], 'none.prof');
    expect(all.blocks).toEqual(none.blocks);
    expect(all.edges).toEqual(none.edges);
    expect(none.parts).toEqual([]);
    // 1000 turns, the first part holds in each eighth of them.
    expect(all.parts!.map(([, part, n, taken]) => [part, n, taken])).toEqual([
      [0, 1000, 125],
      [1, 125, expect.any(Number)],
    ]);
  });

  it('makes code that executes less, and is the same program', () => {
    w.run(['profile', '--count', '-o', 'run.prof', '--', 'run', '--invoke', 'run', 'counted.wasm', '1000']);
    const plain = count('1000', 'a.json').instructions;
    const compiled = w.run(['compile', '--count', '--profile', 'run.prof', 'counted.wasm', '-o', 'guided.aot']);
    expect(compiled.code).toBe(0);
    const r = w.run(['profile', '--count', '-o', 'g.json', '--', 'run', '--invoke', 'run', 'guided.aot', '1000']);
    expect(r.out).toBe(w.run(['run', '--invoke', 'run', 'counted.wasm', '1000']).out);
    const guided = json<Counts>('g.json');
    expect(guided.instructions).toBeLessThan(plain);
    // The leaf is inlined.
    expect(guided.functions.map((f) => f.name)).toEqual(['run']);
    // Its blocks are no longer the module's.
    expect(
      w.run(['profile', '--count', '-o', 'again.prof', '--', 'run', '--invoke', 'run', 'guided.aot', '1000']).err,
    ).toMatch(/was compiled with a profile/);
  });

  it('says what is wrong with a profile', () => {
    fs.writeFileSync(w.path('bad.prof'), '{"format":"something else"}');
    for (const file of ['bad.prof', 'missing.prof', 'counted.wasm']) {
      const r = w.run(['compile', '--profile', file, 'counted.wasm', '-o', 'x.aot']);
      expect(r.code).toBe(1);
      expect(r.err).toMatch(new RegExp(file.replace('.', '\\.')));
    }
    expect(fs.existsSync(w.path('x.aot'))).toBe(false);
  });

  it('gives the answer of the ordinary build', () => {
    const plain = w.run(['run', '--invoke', 'run', 'counted.wasm', '12345']).out;
    expect(w.run(['profile', '--count', '--', 'run', '--invoke', 'run', 'counted.wasm', '12345']).out).toBe(plain);
  });
});
