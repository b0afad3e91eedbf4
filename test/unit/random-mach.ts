/**
 * Random machine functions for the register allocator's tests: structured control flow with nested loops, breaks and
 * tables; locals that become parameters at joins and headers; instructions with random operands, fixed registers, ties,
 * temporaries and clobbers, calls, constants. Deterministic in the seed. Nothing here means anything: the symbolic
 * checker decides what is right.
 */
import { INT_ARGS, Reg, X64Clobber } from '../../src-ts/x64/abi.js';
import { type MachFunc } from '../../src-ts/codegen/mach.js';
import { Clobber } from '../../src-ts/codegen/machine.js';
import { type MachEdge, type MachInst, packMach, plainInst } from './mach-builder.js';

export interface RandomOptions {
  /** Local variables: the more, the higher the pressure. */
  locals?: number;
  /** Statements, about. */
  size?: number;
  /** Share of calls and of other constrained instructions. */
  calls?: number;
  constrained?: number;
}

export function makeRandom(seed: number): (n: number) => number {
  let x = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 0;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

interface Edge extends MachEdge {
  env: number[];
}

/** Makes the function of a seed. */
export function randomMach(seed: number, options: RandomOptions = {}): MachFunc {
  const rnd = makeRandom(seed);
  const nLocals = options.locals ?? 2 + rnd(28);
  let budget = options.size ?? 5 + rnd(120);
  const callShare = options.calls ?? [0, 5, 20, 40][rnd(4)];
  const hardShare = options.constrained ?? [0, 10, 30, 60][rnd(4)];

  const cls: number[] = [];
  const size: number[] = [];
  const block: number[] = [];
  const constOf: number[] = [];
  const value = (c: number, sz: number, b: number): number => {
    cls.push(c);
    size.push(sz);
    constOf.push(-1);
    return block.push(b) - 1;
  };
  // Kinds: 0 gpr, 1 xmm of 8 bytes, 2 xmm of 16.
  const kindOf = (v: number): number => (cls[v] === 0 ? 0 : size[v] === 16 ? 2 : 1);
  const ofKind = (k: number, b: number): number => value(k === 0 ? 0 : 1, k === 2 ? 16 : 8, b);
  const localKind: number[] = [];
  for (let l = 0; l < nLocals; l++) localKind.push(rnd(10) < 7 ? 0 : 1 + rnd(2));
  // SSA constants.
  const constants = [0, 1, 2].map((k) => [ofKind(k, 0), ofKind(k, 0)]);

  const edges: Edge[] = [];
  const params: number[][] = [];
  const code: MachInst[][] = [];
  let cur = -1;
  let env: number[] = [];
  /** Values of the block in hand that aren't locals. */
  let temps: number[] = [];
  let localConst = new Map<number, number>();

  const open = (): number => {
    cur = code.push([]) - 1;
    params.push([]);
    temps = [];
    localConst = new Map();
    return cur;
  };
  const jump = (to: number): Edge => {
    const e = { from: cur, to, env: env.slice(), args: [] };
    edges.push(e);
    return e;
  };
  /** Starts a block that all `ins` enter. */
  const join = (ins: Edge[]): void => {
    const b = open();
    env = [];
    for (let l = 0; l < nLocals; l++) {
      const same = ins.every((e) => e.env[l] === ins[0].env[l]);
      if (same && rnd(12) > 0) {
        env.push(ins[0].env[l]);
        continue;
      }
      const p = ofKind(localKind[l], b);
      params[b].push(p);
      env.push(p);
      for (const e of ins) e.args.push(rnd(15) === 0 ? constants[localKind[l]][rnd(2)] : e.env[l]);
    }
    for (const e of ins) e.to = b;
  };
  const constant = (k: number): number => {
    const c = constants[k][rnd(2)];
    let v = localConst.get(c);
    if (v === undefined || rnd(4) === 0) {
      v = ofKind(k, cur);
      constOf[v] = c;
      localConst.set(c, v);
    }
    return v;
  };
  const pick = (k: number): number => {
    for (let tries = 0; tries < 8; tries++) {
      if (temps.length > 0 && rnd(3) === 0) {
        const v = temps[rnd(temps.length)];
        if (kindOf(v) === k) return v;
      }
      const l = rnd(nLocals);
      if (localKind[l] === k) return env[l];
    }
    return constant(k);
  };
  const operand = (k: number): number => (rnd(8) === 0 ? constant(k) : pick(k));
  const kind = (): number => (rnd(10) < 7 ? 0 : 1 + rnd(2));
  const regOfKind = (k: number): number =>
    k === 0 ? [Reg.RAX, Reg.RCX, Reg.RDX, Reg.RSI, Reg.RDI][rnd(5)] : Reg.XMM0 + rnd(4);

  const define = (k: number): number => {
    const v = ofKind(k, cur);
    const l = rnd(nLocals);
    if (localKind[l] === k && rnd(4) > 0) env[l] = v;
    else temps.push(v);
    return v;
  };
  const emitCall = (): void => {
    const m = plainInst();
    let ni = 0;
    let nx = 0;
    for (let n = rnd(9); n > 0; n--) {
      const k = kind();
      if (k === 0 && ni < 6) m.ops.push({ v: operand(0), fix: INT_ARGS[ni++] });
      else if (k > 0 && nx < 8) m.ops.push({ v: operand(k), fix: Reg.XMM0 + nx++ });
    }
    if (rnd(3) === 0) {
      m.ops.push({ v: operand(0), fix: -1 });
      m.tg = rnd(2);
    }
    m.clob = Clobber.CALL;
    if (rnd(2) === 0) m.preserves = [rnd(1 << 13) | (rnd(3) === 0 ? 0x600 : 0), rnd(2) === 0 ? 0x7fff : rnd(1 << 15)];
    const k = kind();
    if (rnd(3) > 0) {
      m.defFix = k === 0 ? Reg.RAX : Reg.XMM0;
      m.def = define(k);
    }
    code[cur].push(m);
  };
  const emitConstrained = (): void => {
    const m = plainInst();
    const k = kind();
    const used = new Set<number>();
    const fixTo = (kk: number): number => {
      const r = regOfKind(kk);
      if (used.has(r)) return -1;
      used.add(r);
      return r;
    };
    const hasDef = rnd(5) > 0;
    const tied = hasDef && rnd(2) === 0;
    const n = (tied ? 1 : 0) + rnd(4);
    for (let j = 0; j < n; j++) {
      const kk = j === 0 && tied ? k : kind();
      m.ops.push({ v: operand(kk), fix: rnd(3) === 0 ? fixTo(kk) : -1 });
      if (m.ops.length > 1 && rnd(6) === 0) {
        const again = m.ops[rnd(m.ops.length)].v;
        m.ops.push({ v: again, fix: -1 });
      }
    }
    m.tg = rnd(3) === 0 ? 1 + rnd(2) : 0;
    m.tx = rnd(5) === 0 ? 1 : 0;
    if (rnd(3) === 0)
      m.clob |= [X64Clobber.RAX, X64Clobber.RCX, X64Clobber.RDX, X64Clobber.RAX | X64Clobber.RDX][rnd(4)];
    if (tied) {
      m.tied = 1;
      if (m.ops[0].fix >= 0) {
        if (rnd(2) === 0) m.defFix = m.ops[0].fix;
      } else if (rnd(3) === 0) {
        const r = fixTo(k);
        if (r >= 0) m.defFix = r;
      }
      if (m.ops.length > 1 && kindOf(m.ops[1].v) === k && m.ops[0].fix < 0 && m.ops[1].fix < 0 && rnd(2) === 0)
        m.commutes = 1;
      // The result's register can't be destroyed as well.
      m.clob &= ~(
        (m.defFix === Reg.RAX ? X64Clobber.RAX : 0) |
        (m.defFix === Reg.RCX ? X64Clobber.RCX : 0) |
        (m.defFix === Reg.RDX ? X64Clobber.RDX : 0)
      );
      const x = m.ops[0].fix;
      m.clob &= ~(
        (x === Reg.RAX ? X64Clobber.RAX : 0) |
        (x === Reg.RCX ? X64Clobber.RCX : 0) |
        (x === Reg.RDX ? X64Clobber.RDX : 0)
      );
    } else if (hasDef && rnd(3) === 0) {
      m.defFix = regOfKind(k);
      m.clob &= ~(
        (m.defFix === Reg.RAX ? X64Clobber.RAX : 0) |
        (m.defFix === Reg.RCX ? X64Clobber.RCX : 0) |
        (m.defFix === Reg.RDX ? X64Clobber.RDX : 0)
      );
    }
    if (hasDef) m.def = define(k);
    code[cur].push(m);
  };
  const emitPlain = (): void => {
    const m = plainInst();
    const k = kind();
    const n = rnd(6) === 0 ? 5 : rnd(4);
    for (let j = 0; j < n; j++) m.ops.push({ v: operand(j === 0 ? k : rnd(3) === 0 ? kind() : k), fix: -1 });
    if (rnd(6) > 0) {
      if (n > 0 && rnd(2) === 0) {
        m.tied = 1;
        if (n > 1 && kindOf(m.ops[1].v) === k && rnd(2) === 0) m.commutes = 1;
      }
      m.def = define(k);
    }
    code[cur].push(m);
  };
  const statement = (): void => {
    budget--;
    const x = rnd(100);
    if (x < callShare) emitCall();
    else if (x < callShare + hardShare) emitConstrained();
    else emitPlain();
  };
  const branch = (n: number): void => {
    const m = plainInst();
    for (let j = 0; j < n; j++) m.ops.push({ v: operand(0), fix: -1 });
    if (rnd(4) === 0) m.tg = 2;
    code[cur].push(m);
  };
  const breaks: Edge[][] = [];
  const body = (depth: number): void => {
    for (let n = 1 + rnd(6); n > 0; n--) {
      for (let k = rnd(5); k >= 0; k--) statement();
      if (budget <= 0 || depth > 5) continue;
      const x = rnd(10);
      if (x < 4) {
        // if / else, with an optional break out of the loop
        branch(1 + rnd(3));
        const at = cur;
        const before = env.slice();
        const toElse = jump(-1);
        toElse.from = at;
        const toThen = jump(-1);
        join([toThen]);
        body(depth + 1);
        const ends: Edge[] = [];
        if (breaks.length > 0 && rnd(4) === 0) breaks[breaks.length - 1].push(jump(-1));
        else ends.push(jump(-1));
        env = before.slice();
        if (rnd(2) === 0) {
          join([toElse]);
          body(depth + 1);
          ends.push(jump(-1));
        } else ends.push(toElse);
        join(ends);
      } else if (x < 6) {
        // loop: all locals, or only some, vary
        const before = jump(-1);
        const h = open();
        before.to = h;
        const varying: number[] = [];
        const all = rnd(3) === 0;
        for (let l = 0; l < nLocals; l++) {
          if (!all && rnd(2) === 0) continue;
          varying.push(l);
          const p = ofKind(localKind[l], h);
          params[h].push(p);
          before.args.push(before.env[l]);
          env[l] = p;
        }
        const fixed = env.slice();
        breaks.push([]);
        body(depth + 1);
        branch(1);
        for (let l = 0; l < nLocals; l++) if (!varying.includes(l)) env[l] = fixed[l];
        const back = jump(h);
        for (const l of varying) back.args.push(rnd(3) === 0 ? env[varying[rnd(varying.length)]] : env[l]);
        // kinds must agree
        back.args = back.args.map((v, j) => (kindOf(v) === localKind[varying[j]] ? v : env[varying[j]]));
        const outs = breaks.pop()!;
        outs.push(jump(-1));
        join(outs);
      } else if (x < 7) {
        // table
        branch(1);
        const ways: Edge[] = [];
        for (let k = 2 + rnd(5); k > 0; k--) ways.push(jump(-1));
        const before = env.slice();
        const ends: Edge[] = [];
        for (const way of ways) {
          env = before.slice();
          if (rnd(3) === 0) {
            ends.push(way);
            continue;
          }
          join([way]);
          for (let k = rnd(4); k >= 0; k--) statement();
          ends.push(jump(-1));
        }
        join(ends);
      }
    }
  };

  // --- entry ---
  open();
  let ni = 0;
  let nx = 0;
  for (let l = 0; l < nLocals; l++) {
    const k = localKind[l];
    const v = ofKind(k, 0);
    const m = plainInst();
    m.def = v;
    if (k === 0 && ni < 6 && rnd(6) > 0) m.defFix = INT_ARGS[ni++];
    else if (k > 0 && nx < 8 && rnd(6) > 0) m.defFix = Reg.XMM0 + nx++;
    code[0].push(m);
    env.push(v);
  }
  body(0);
  const ret = plainInst();
  for (let n = rnd(3); n > 0; n--) ret.ops.push({ v: operand(0), fix: n === 1 ? Reg.RAX : -1 });
  code[cur].push(ret);

  return packMach({ index: seed, cls, size, block, constOf, code, edges, params });
}
