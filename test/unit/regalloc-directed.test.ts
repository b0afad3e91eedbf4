import { describe, expect, it } from 'vitest';
import { allocateRegisters } from '../support/phases.js';
import { INT_ARGS, Reg, X64Clobber, X64_REGISTERS } from '../../src-ts/x64/abi.js';
import { type Allocation, type MachFunc, Rec } from '../../src-ts/codegen/mach.js';
import { Clobber } from '../../src-ts/codegen/machine.js';
import { type MachInst, type MachSpec, packMach, plainInst } from './mach-builder.js';

/** Writes small machine functions: `const a = m.def()` etc. append to the block opened last. */
class Writer {
  readonly spec: MachSpec = { index: 0, cls: [], size: [], block: [], constOf: [], code: [], edges: [], params: [] };

  block(): number {
    this.spec.params.push([]);
    return this.spec.code.push([]) - 1;
  }
  value(cls = 0, size = 8): number {
    this.spec.cls.push(cls);
    this.spec.size.push(size);
    this.spec.constOf.push(-1);
    return this.spec.block.push(this.spec.code.length - 1) - 1;
  }
  param(): number {
    const p = this.value();
    this.spec.params[this.spec.params.length - 1].push(p);
    return p;
  }
  inst(uses: (number | { v: number; fix: number })[], extra: Partial<MachInst> = {}): number {
    const ops = uses.map((u) => (typeof u === 'number' ? { v: u, fix: -1 } : u));
    this.spec.code[this.spec.code.length - 1].push({ ...plainInst(), ops, ...extra });
    return extra.def ?? -1;
  }
  def(uses: (number | { v: number; fix: number })[] = [], extra: Partial<MachInst> = {}): number {
    return this.inst(uses, { ...extra, def: this.value() });
  }
  arg(k: number): number {
    return this.def([], { defFix: INT_ARGS[k] });
  }
  call(args: number[]): number {
    return this.def(
      args.map((v, k) => ({ v, fix: INT_ARGS[k] })),
      { defFix: Reg.RAX, clob: Clobber.CALL },
    );
  }
  edge(from: number, to: number, args: number[] = []): void {
    this.spec.edges.push({ from, to, args });
  }
  allocate(): { mf: MachFunc; ra: Allocation; count: (kind: Rec) => number } {
    const mf = packMach(this.spec);
    const ra = allocateRegisters(mf, { verify: true });
    const count = (kind: Rec): number =>
      [ra.code, ra.edgeCode].reduce((n, code) => n + code.filter((x, k) => k % 3 === 0 && x === kind).length, 0);
    return { mf, ra, count };
  }
}

describe('register allocation', () => {
  it('adds nothing to a small leaf', () => {
    const w = new Writer();
    w.block();
    const a = w.arg(0);
    const b = w.arg(1);
    const sum = w.def([a, b]);
    w.inst([{ v: w.def([sum, a], { tied: 1, commutes: 1 }), fix: Reg.RAX }]);
    const { ra } = w.allocate();
    expect(ra.code.filter((x, k) => k % 3 === 0 && x !== Rec.INST)).toHaveLength(0);
    expect(ra.savedRegs).toBe(0);
    expect(ra.spillBytes).toBe(0);
  });

  it('spills a value that crosses one call, rather than saving a register', () => {
    const w = new Writer();
    w.block();
    const a = w.arg(0);
    const r = w.call([a]);
    w.inst([{ v: w.call([a, r]), fix: Reg.RAX }]);
    const { ra, count } = w.allocate();
    expect(ra.savedRegs).toBe(0);
    expect([count(Rec.STORE), count(Rec.LOAD)]).toEqual([1, 1]);
  });

  it('stores a value on the ways that need it in memory, not where it is made', () => {
    const w = new Writer();
    const entry = w.block();
    const a = w.arg(0);
    const calls = (): number => {
      const b = w.block();
      const r = w.call([a]);
      w.inst([{ v: w.call([a, r]), fix: Reg.RAX }]);
      return b;
    };
    const returns = (): number => {
      const b = w.block();
      w.inst([{ v: a, fix: Reg.RAX }]);
      return b;
    };
    const first = calls();
    const other = returns();
    const second = calls();
    const last = returns();
    w.edge(entry, first);
    w.edge(entry, other);
    w.edge(other, second);
    w.edge(other, last);
    const { ra, count } = w.allocate();
    expect([count(Rec.STORE), count(Rec.LOAD)]).toEqual([2, 2]);
    const stores = (b: number): number =>
      ra.code.subarray(ra.codeAt[b], ra.codeAt[b + 1]).filter((x, k) => k % 3 === 0 && x === Rec.STORE).length;
    expect([entry, first, other, second, last].map(stores)).toEqual([0, 1, 0, 1, 0]);
  });

  it('saves registers for what crosses calls in a loop, and moves it there before the loop', () => {
    const w = new Writer();
    w.block();
    const a = w.arg(0);
    const n = w.arg(1);
    const entry = 0;
    const loop = w.block();
    const i = w.param();
    const r = w.call([a, i]);
    const next = w.def([i, r]);
    w.inst([next, n]);
    const out = w.block();
    w.inst([{ v: next, fix: Reg.RAX }]);
    w.edge(entry, loop, [a]);
    w.edge(loop, loop, [next]);
    w.edge(loop, out);
    const { mf, ra, count } = w.allocate();
    expect(ra.savedRegs & ~X64_REGISTERS.calleeSavedMask).toBe(0);
    expect(ra.savedRegs).not.toBe(0);
    expect(count(Rec.LOAD) + count(Rec.STORE)).toBe(0);
    // Nothing on the back edge.
    expect(ra.edgeAt[2] - ra.edgeAt[1]).toBe(0);
    expect(mf.func.edgeTo[1]).toBe(loop);
  });

  it('shift counts in rcx: both operands survive, or are the same value', () => {
    const w = new Writer();
    w.block();
    const a = w.arg(0);
    const n = w.arg(3); // rcx
    const x = w.def([a, { v: n, fix: Reg.RCX }], { tied: 1 });
    const y = w.def([n, { v: n, fix: Reg.RCX }], { tied: 1 });
    const z = w.def([n, { v: a, fix: Reg.RCX }], { tied: 1 });
    w.inst([a, n, x, y, z]);
    w.allocate();
  });

  it('division with the divisor in the way of rax and rdx', () => {
    const w = new Writer();
    w.block();
    const a = w.arg(2); // rdx
    const b = w.arg(0);
    const q = w.def([{ v: b, fix: Reg.RAX }, a], { defFix: Reg.RAX, clob: X64Clobber.RDX });
    const m = w.def([{ v: q, fix: Reg.RAX }, q], { defFix: Reg.RDX, clob: X64Clobber.RAX });
    w.inst([a, b, q, m]);
    w.allocate();
  });

  it('calls with every argument register, one value in several, an index and a temporary', () => {
    const w = new Writer();
    w.block();
    const args = [0, 1, 2, 3, 4, 5].map((k) => w.arg(k));
    const more = Array.from({ length: 12 }, () => w.def());
    const floats = Array.from({ length: 8 }, (_, k) => w.inst([], { def: w.value(1), defFix: Reg.XMM0 + k }));
    const uses = [
      ...[5, 4, 3, 2, 1, 0].map((k, at) => ({ v: args[k], fix: INT_ARGS[at] })),
      ...[7, 0, 0, 3, 4, 5, 6, 1].map((k, at) => ({ v: floats[k], fix: Reg.XMM0 + at })),
      { v: args[0], fix: -1 },
    ];
    const r = w.def(uses, { defFix: Reg.RAX, clob: Clobber.CALL, tg: 1 });
    w.inst([r, ...args.slice(0, 3)]);
    w.inst([...more.slice(0, 5), floats[7]]);
    w.inst(more.slice(5, 12));
    w.allocate();
  });

  it('five operands, one of them tied, under full pressure', () => {
    const w = new Writer();
    w.block();
    const all = Array.from({ length: 20 }, () => w.def());
    const s = w.def([all[0], all[1], all[2], all[3], all[4]], { tied: 1, commutes: 1 });
    for (const v of all) w.inst([v, s]);
    w.allocate();
  });

  it('loop-carried values that change places in memory', () => {
    const w = new Writer();
    w.block();
    const first = Array.from({ length: 20 }, () => w.def());
    const loop = w.block();
    const p = first.map(() => w.param());
    const r = w.call([]);
    w.inst([r]);
    const out = w.block();
    for (const v of p) w.inst([v]);
    w.edge(0, loop, first);
    w.edge(loop, loop, [...p.slice(1), p[0]]);
    w.edge(loop, out);
    const { count } = w.allocate();
    expect(count(Rec.COPY_SLOT)).toBeGreaterThan(10);
  });

  it('v128 slots are aligned and whole', () => {
    const w = new Writer();
    w.block();
    const v = w.inst([], { def: w.value(1, 16) });
    const f = w.inst([], { def: w.value(1, 8) });
    w.call([]);
    w.inst([v, f]);
    const { ra } = w.allocate();
    expect(ra.slotOf[v] % 16).toBe(0);
    expect(ra.spillBytes).toBe(24);
  });

  it('rejects a function that uses a value before its definition', () => {
    const w = new Writer();
    w.block();
    w.inst([1]);
    w.block();
    w.value();
    w.inst([w.value()]);
    w.edge(0, 1);
    expect(() => w.allocate()).toThrow(/does not reach/);
  });
});
