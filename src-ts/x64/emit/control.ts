/** Branches and switches of x86-64, as `codegen/control.ts` asks for them. */
import { ControlEmission } from '../../codegen/control.js';
import type { IntVec } from '../../util/vec.js';
import { Alu, Cc } from '../asm/insts.js';
import { usesDispatch } from '../machops.js';
import type { MachEmitter } from './emitter.js';
import { emitFlags } from './flags.js';

export class ControlEmitter extends ControlEmission<MachEmitter> {
  protected override move(to: number, from: number): void {
    this.e.asm.mov_rr(1, to, from);
  }

  protected override flags(): number {
    return emitFlags(this.e, 0);
  }

  protected override compareIndex(index: number, k: number): void {
    this.e.asm.alu_ri(Alu.CMP, 0, index, k);
  }

  protected override jumpIfBelow(label: number): void {
    this.e.asm.jcc(Cc.B, label);
  }

  protected override jumpIfEqual(label: number): void {
    this.e.asm.jcc(Cc.E, label);
  }

  protected override jumpUnlessBelow(label: number): void {
    this.e.asm.jcc(Cc.AE, label);
  }

  /** Label (of a small switch) or first dispatch entry. */
  protected override makeTable(targets: IntVec): number {
    const { asm, enabled } = this.e;
    return usesDispatch(targets.n, enabled) ? asm.dispatchEntries(targets) : asm.jumpTable(targets);
  }

  /** A jump table of offsets, or one of addresses in the vmctx. */
  protected override jumpThrough(table: number, index: number, n: number): void {
    const { e } = this;
    const { asm } = e;
    if (usesDispatch(n, e.enabled)) {
      asm.jmpDispatch(index, table);
      return;
    }
    const t0 = e.temp(0);
    const t1 = e.temp(1);
    asm.leaLabel(t0, table);
    asm.memIndex(t0, index, 2, 0);
    asm.movsx_rm(1, 0, t1);
    asm.alu_rr(Alu.ADD, 1, t1, t0);
    asm.jmp_r(t1);
  }
}
