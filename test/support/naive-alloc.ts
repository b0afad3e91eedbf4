/**
 * The simplest correct register allocation: every value lives in its slot, operands are loaded right before their
 * instruction, results stored right after. For tests of selection and emission that should not depend on the real
 * allocator.
 */
import { isConst } from '../../src-ts/ir/opinfo.js';
import { type Allocation, type MachFunc, Rec } from '../../src-ts/codegen/mach.js';
import { CLASS_SHIFT, Clobber, clobberMask, Cls } from '../../src-ts/codegen/machine.js';

/** Allocates; `reuse` lets results take the register of a non-tied operand, which correct expansions must bear. */
export function allocateNaively(mf: MachFunc, reuse: boolean): Allocation {
  const { func: f, nInst } = mf;
  const code: number[] = [];
  const codeAt = new Int32Array(f.nb + 1);
  const edgeCode: number[] = [];
  const edgeAt = new Int32Array(f.ne + 1);
  const useReg = new Int8Array(mf.useValue.n).fill(-1);
  const defReg = new Int8Array(nInst).fill(-1);
  const tempAt = new Int32Array(nInst + 1);
  const temps: number[] = [];
  const shadows = 2 * mf.nVals;
  const slotOf = Int32Array.from({ length: shadows }, (_, v) => 16 * v);
  // Shadow slots of block parameters, for parallel copies, are values nVals .. 2 nVals - 1.
  const sizes = new Uint8Array(shadows).fill(8);
  sizes.set(mf.valueSize.subarray(0, mf.nVals));
  sizes.set(mf.valueSize.subarray(0, mf.nVals), mf.nVals);
  mf.valueSize = sizes;
  let savedRegs = 0;

  for (let b = 0; b < f.nb; b++) {
    codeAt[b] = code.length;
    for (let i = mf.instAt[b]; i < mf.instAt[b + 1]; i++) {
      tempAt[i] = temps.length;
      const u0 = mf.useAt.a[i];
      const u1 = mf.useAt.a[i + 1];
      const clobbers = mf.clobbers.a[i];
      const { registers } = mf.machine;
      const taken = new Set<number>();
      const kept = clobberMask(registers, Cls.GPR, clobbers & ~Clobber.CALL);
      for (let r = 0; r < registers.counts[Cls.GPR]; r++) if ((kept >> r) & 1) taken.add(r);
      for (let u = u0; u < u1; u++) if (mf.useFixed.a[u] >= 0) taken.add(mf.useFixed.a[u]);
      const pick = (cls: number, avoid: ReadonlySet<number>): number => {
        const n = registers.counts[cls];
        for (let k = 0; k < n; k++) {
          // Start somewhere else each time, so that tests see many registers.
          const r = (cls << CLASS_SHIFT) + ((k + i) % n);
          if (!avoid.has(r)) return r;
        }
        throw new Error('out of registers');
      };
      for (let u = u0; u < u1; u++) {
        const v = mf.useValue.a[u];
        let r = mf.useFixed.a[u];
        if (r < 0) {
          r = pick(mf.valueClass[v], taken);
          taken.add(r);
        }
        useReg[u] = r;
        if (mf.constOf[v] >= 0) code.push(Rec.REMAT, mf.constOf[v], r);
        else code.push(Rec.LOAD, v, r);
      }
      const avoidTemp = new Set(taken);
      const d = mf.def.a[i];
      if (d >= 0) {
        let r = mf.defFixed.a[i];
        if (r < 0 && mf.tied.a[i] !== 0) r = useReg[u0 + (mf.commutes.a[i] !== 0 && reuse ? 1 : 0)];
        else if (r < 0 && reuse && u1 > u0 && mf.valueClass[d] === mf.valueClass[mf.useValue.a[u1 - 1]])
          r = useReg[u1 - 1];
        else if (r < 0) r = pick(mf.valueClass[d], taken);
        defReg[i] = r;
        avoidTemp.add(r);
      }
      for (let k = 0; k < mf.tempGpr.a[i] + mf.tempVector.a[i]; k++) {
        const r = pick(k < mf.tempGpr.a[i] ? 0 : 1, avoidTemp);
        avoidTemp.add(r);
        temps.push(r);
      }
      for (const r of registers.calleeSaved) if (avoidTemp.has(r)) savedRegs |= 1 << r;
      code.push(Rec.INST, i, 0);
      if (d >= 0) code.push(Rec.STORE, d, defReg[i]);
    }
  }
  codeAt[f.nb] = code.length;
  tempAt[nInst] = temps.length;

  for (let e = 0; e < f.ne; e++) {
    edgeAt[e] = edgeCode.length;
    const p = f.paramAt[f.edgeTo[e]];
    const n = f.argAt[e + 1] - f.argAt[e];
    for (let k = 0; k < n; k++) {
      const x = f.args[f.argAt[e] + k];
      const shadow = mf.nVals + f.params[p + k];
      if (isConst(f.op[x])) edgeCode.push(Rec.STORE_CONST, shadow, x);
      else edgeCode.push(Rec.COPY_SLOT, shadow, x);
    }
    for (let k = 0; k < n; k++) edgeCode.push(Rec.COPY_SLOT, f.params[p + k], mf.nVals + f.params[p + k]);
  }
  edgeAt[f.ne] = edgeCode.length;
  return {
    code: Int32Array.from(code),
    codeAt,
    edgeCode: Int32Array.from(edgeCode),
    edgeAt,
    useReg,
    defReg,
    tempAt,
    temps: Int32Array.from(temps),
    slotOf,
    spillBytes: 16 * shadows,
    savedRegs,
    weights: { reloads: 0, stores: 0, moves: 0, saves: 0 },
  };
}
