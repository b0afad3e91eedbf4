/** Branches and switches of AArch64, as `codegen/control.ts` asks for them. */
import { ControlEmission } from '../../codegen/control.js';
import type { IntVec } from '../../util/vec.js';
import { HW_X16, HW_X17 } from '../abi.js';
import { Add, Cc, Extend, Mem } from '../asm/insts.js';
import type { MachEmitter } from './emitter.js';
import { emitBranchFlags } from './flags.js';

export class ControlEmitter extends ControlEmission<MachEmitter> {
  protected override move(to: number, from: number): void {
    this.e.asm.mov(1, to, from);
  }

  protected override flags(): number {
    return emitBranchFlags(this.e, 0);
  }

  protected override compareIndex(index: number, k: number): void {
    const { asm } = this.e;
    if (asm.cmpImmediate(0, index, k)) return;
    asm.constant32(HW_X16, k);
    asm.cmp(0, index, HW_X16);
  }

  protected override jumpIfBelow(label: number): void {
    this.e.asm.branch(Cc.LO, label);
  }

  protected override jumpIfEqual(label: number): void {
    this.e.asm.branch(Cc.EQ, label);
  }

  protected override jumpUnlessBelow(label: number): void {
    this.e.asm.branch(Cc.HS, label);
  }

  /** Label of a table of offsets behind the code. */
  protected override makeTable(targets: IntVec): number {
    return this.e.asm.jumpTable(targets);
  }

  protected override jumpThrough(table: number, index: number): void {
    const { asm } = this.e;
    asm.adr(HW_X16, table);
    asm.accessIndex(Mem.LDRSW, HW_X17, HW_X16, index, Extend.UXTW, true);
    asm.shifted(Add.ADD, 1, HW_X16, HW_X16, HW_X17, 0, 0);
    asm.br(HW_X16);
  }
}
