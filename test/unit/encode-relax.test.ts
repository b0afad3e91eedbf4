/** Branch relaxation, jump threading, alignment, jump tables and translated offsets. */
import { expect, test } from 'vitest';
import type { FinishedCode } from '../../src-ts/codegen/code-buffer.js';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Alu, Cc } from '../../src-ts/x64/asm/insts.js';
import { IntVec } from '../../src-ts/util/vec.js';
import { decode } from './encode-oracle.js';

const listing = (f: FinishedCode): string[] =>
  decode(f.code.subarray(0, f.codeBytes)).map(([at, text]) => `${at.toString(16)}: ${text}`);

function assemble(body: (a: Assembler) => void): string[] {
  const a = new Assembler();
  body(a);
  return listing(a.finish());
}

test('short where it reaches, both directions, at the limits', () => {
  for (const [n, long] of [
    [127, false],
    [128, true],
  ] as const) {
    const forward = assemble((a) => {
      const l = a.newLabel();
      a.jcc(Cc.E, l);
      for (let i = 0; i < n; i++) a.push_r(0);
      a.bind(l);
      a.ret();
    });
    expect(forward[0]).toBe(`0: je ${long ? '0x86' : '0x81'}`);
    expect(forward.at(-1)).toBe(long ? '86: ret' : '81: ret');
  }
  for (const [n, long] of [
    [126, false],
    [127, true],
  ] as const) {
    const backward = assemble((a) => {
      const l = a.newLabel();
      a.bind(l);
      for (let i = 0; i < n; i++) a.push_r(0);
      a.jmp(l);
      a.ret();
    });
    expect(backward.at(-2)).toBe(`${n.toString(16)}: jmp 0`);
    expect(backward.at(-1)).toBe(`${(n + (long ? 5 : 2)).toString(16)}: ret`);
  }
});

test('branches that only fit once others have shrunk', () => {
  // 20 jumps over each other: all long, the outermost spans 3 bytes too many for each inner one.
  const lines = assemble((a) => {
    const ends = Array.from({ length: 20 }, () => a.newLabel());
    for (const l of ends) a.jcc(Cc.NE, l);
    for (let i = 0; i < 80; i++) a.push_r(1);
    for (const l of ends) {
      a.bind(l);
      a.pop_r(1);
    }
    a.ret();
  });
  expect(lines[20]).toMatch(/^28: push/);
});

test('a jump to the next instruction disappears, also over removed jumps', () => {
  expect(
    assemble((a) => {
      const [x, y, z] = [a.newLabel(), a.newLabel(), a.newLabel()];
      a.push_r(0);
      a.jcc(Cc.E, y);
      a.jmp(x);
      a.bind(x);
      a.jmp(z);
      a.bind(y);
      a.bind(z);
      a.ret();
    }),
  ).toEqual(['0: push rax', '1: ret']);
});

test('a conditional jump over a jump is inverted', () => {
  expect(
    assemble((a) => {
      const [over, far] = [a.newLabel(), a.newLabel()];
      a.bind(far);
      a.push_r(0);
      a.jcc(Cc.L, over);
      a.jmp(far);
      a.bind(over);
      a.ret();
    }),
  ).toEqual(['0: push rax', '1: jge 0', '3: ret']);
});

test('it is not inverted when something else jumps to the jump and cannot be redirected', () => {
  const lines = assemble((a) => {
    const [over, self] = [a.newLabel(), a.newLabel()];
    a.jcc(Cc.L, over);
    a.bind(self);
    a.jmp(self);
    a.bind(over);
    a.ret();
  });
  expect(lines).toEqual(['0: jl 4', '2: jmp 2', '4: ret']);
});

test('jumps to jumps are threaded, jumps that nothing reaches vanish', () => {
  expect(
    assemble((a) => {
      const [a1, a2, end] = [a.newLabel(), a.newLabel(), a.newLabel()];
      a.jcc(Cc.E, a1);
      a.push_r(0);
      a.ret();
      a.bind(a1);
      a.jmp(a2);
      a.bind(a2);
      a.jmp(end);
      a.push_r(1);
      a.bind(end);
      a.push_r(2);
      a.ret();
    }),
  ).toEqual(['0: je 5', '2: push rax', '3: ret', '4: push rcx', '5: push rdx', '6: ret']);
});

test('endless empty loops survive', () => {
  expect(
    assemble((a) => {
      const [x, y] = [a.newLabel(), a.newLabel()];
      a.bind(x);
      a.jmp(y);
      a.ret();
      a.bind(y);
      a.jmp(x);
    }).filter((l) => l.includes('jmp')).length,
  ).toBe(2);
});

test.each([
  ['in half a line', 32, 32, 32],
  ['in one line instead of two', 33, 64, 64],
  ['in one line instead of two, just', 64, 64, 64],
  ['in two lines either way', 96, 32, 32],
  ['in two lines instead of three', 97, 64, 64],
])('a loop that lies %s', (_, bytes, at, alignment) => {
  const a = new Assembler();
  const l = a.newLabel();
  const end = a.newLabel();
  for (let i = 0; i < 5; i++) a.push_r(0);
  a.alignLoop(end);
  a.trapHere(2, 99);
  a.bind(l);
  for (let i = 2; i < bytes; i++) a.push_r(0);
  a.jmp(l);
  a.bind(end);
  const f = a.finish();
  expect(Array.from(f.traps)).toEqual([at, 2, 99]);
  expect(f.alignment).toBe(alignment);
  expect(listing(f).at(-1)).toBe(`${(at + bytes - 2).toString(16)}: jmp 0x${at.toString(16)}`);
});

test('a loop whose end is not known', () => {
  const a = new Assembler();
  a.push_r(0);
  a.alignLoop(-1);
  a.trapHere(2, 99);
  a.ret();
  const f = a.finish();
  expect(Array.from(f.traps)).toEqual([32, 2, 99]);
  expect(f.alignment).toBe(32);
});

test('recorded offsets follow the instructions', () => {
  const a = new Assembler();
  a.wantDebug = true;
  const l = a.newLabel();
  a.jcc(Cc.E, l);
  a.debugHere(7, 1);
  a.trapHere(2, 10);
  a.mem(1, 0);
  a.mov_rm(0, 0);
  a.jmp(l);
  a.callFunc(42);
  a.trapAfter(0, 11, 0x80);
  a.trapHere(2, 12);
  a.mem(1, 8);
  a.mov_mr(0, 0);
  a.bind(l);
  a.ret();
  const f = a.finish();
  expect(listing(f)).toEqual([
    '0: je 0xe',
    '2: mov eax, dword ptr [rcx]',
    '4: jmp 0xe',
    '6: call 0xb',
    'b: mov dword ptr [rcx+8], eax',
    'e: ret',
  ]);
  expect(Array.from(f.traps)).toEqual([2, 2, 10, 11, 0x80, 11, 11, 2, 12]);
  expect(Array.from(f.relocs)).toEqual([7, 42]);
  expect(Array.from(f.debug)).toEqual([2, 7, 1]);
});

test('jump tables are relative to themselves; lea finds them', () => {
  const a = new Assembler();
  const cases = [a.newLabel(), a.newLabel()];
  const through = a.newLabel();
  const table = a.jumpTable(IntVec.of(Int32Array.of(cases[0], cases[1], cases[0], through)));
  a.leaLabel(2, table);
  a.memIndex(2, 0, 2, 0);
  a.movsx_rm(1, 0, 0);
  a.alu_rr(Alu.ADD, 1, 0, 2);
  a.jmp_r(0);
  a.bind(cases[0]);
  a.push_r(0);
  a.ret();
  a.bind(through);
  a.jmp(cases[1]);
  a.push_r(3);
  a.bind(cases[1]);
  a.push_r(1);
  a.ret();
  const f = a.finish();
  const lines = listing(f);
  const at = (text: string): number =>
    parseInt(
      lines.find((l) => l.endsWith(text))!,
      16,
    );
  const start = (f.codeBytes + 3) & -4;
  const dv = new DataView(f.code.buffer, f.code.byteOffset);
  expect(7 + dv.getInt32(3, true)).toBe(start);
  const targets = [0, 1, 2, 3].map((i) => start + dv.getInt32(start + 4 * i, true));
  expect(targets).toEqual([at('push rax'), at('push rcx'), at('push rax'), at('push rcx')]);
});

test('misuse is reported', () => {
  const a = new Assembler();
  const l = a.newLabel();
  a.jmp(l);
  expect(() => a.finish()).toThrow('never bound');
  a.reset();
  const m = a.newLabel();
  a.bind(m);
  expect(() => a.bind(m)).toThrow('twice');
});

test('random code: every branch reaches the label it names', () => {
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * n);
  };
  const a = new Assembler();
  for (let round = 0; round < 30; round++) {
    a.reset();
    const n = 40 + random(200);
    const labels = Array.from({ length: n }, () => a.newLabel());
    // Block i announces itself by `mov eax, i`, then some filler, then branches by `jcc` and `jmp`.
    const wanted: [number, number][] = [];
    for (let i = 0; i < n; i++) {
      if (random(8) === 0) a.alignLoop(i + 1 < n && random(2) === 0 ? labels[i + 1] : -1);
      a.bind(labels[i]);
      a.mov_ri32(0, i);
      for (let k = random(40); k > 0; k--) a.push_r(random(16));
      const [x, y] = [random(n), random(n)];
      a.jcc(random(16), labels[x]);
      a.jmp(labels[y]);
      wanted[i] = [x, y];
    }
    const f = a.finish();
    const lines = decode(f.code);
    const index = new Map(lines.map(([at], i) => [at, i]));
    const idAt = (at: number): number => Number(/mov eax, (\w+)/.exec(lines[index.get(at)!][1])![1]);
    let block = -1;
    let seen: number[] = [];
    const follow = (i: number): void => {
      if (block < 0) return;
      const [x, y] = wanted[block];
      // What is left: jcc x, jmp y; jcc x falls into y; inverted jcc y falls into x; nothing (both next).
      const next = i < lines.length && lines[i][1].startsWith('mov') ? idAt(lines[i][0]) : block + 1;
      const reached = new Set([...seen, ...(seen.length < 2 && !lines[i - 1][1].startsWith('jmp') ? [next] : [])]);
      expect(reached, `block ${block}`).toEqual(new Set([x, y]));
    };
    lines.forEach(([, text], i) => {
      if (text.startsWith('mov eax')) {
        follow(i);
        block = idAt(lines[i][0]);
        seen = [];
      } else if (text.startsWith('j')) {
        seen.push(idAt(Number(text.split(' ')[1])));
      }
    });
    follow(lines.length);
  }
});

test('linear on large functions', () => {
  const a = new Assembler();
  const n = 200_000;
  const labels = Array.from({ length: n }, () => a.newLabel());
  for (let i = 0; i < n; i++) {
    a.bind(labels[i]);
    for (let k = 0; k < 12; k++) a.alu_ri(Alu.ADD, 0, 3, i);
    a.jcc(Cc.E, labels[Math.min(n - 1, i + (i % 7 === 0 ? 1000 : 3))]);
  }
  a.ret();
  const start = performance.now();
  const f = a.finish();
  expect(f.codeBytes).toBeGreaterThan(10_000_000);
  expect(performance.now() - start).toBeLessThan(2000);
});

test('a jump that the folding of the branch before it makes reachable stays', () => {
  // A loop whose exit and whose continuation are both blocks of one jump.
  const lines = assemble((a) => {
    const [loop, exit, again, end] = [a.newLabel(), a.newLabel(), a.newLabel(), a.newLabel()];
    a.bind(loop);
    a.push_r(0);
    a.jcc(Cc.NE, again);
    a.bind(exit);
    a.jmp(end);
    a.bind(again);
    a.jmp(loop);
    a.pop_r(0);
    a.bind(end);
    a.ret();
  });
  expect(lines).toEqual(['0: push rax', '1: je 6', '3: jmp 0', '5: pop rax', '6: ret']);
});
