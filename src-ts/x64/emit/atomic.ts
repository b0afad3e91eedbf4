/**
 * Emission of atomic accesses. Loads are ordinary ones (select/atomic.ts): x86 only reorders stores after later loads,
 * and each store here is a locked instruction, which no load passes.
 */
import { Trap } from '../../abi/trap-codes.js';
import { Form } from '../../codegen/mach.js';
import { HW, Reg } from '../abi.js';
import { Alu, Cc, Size } from '../asm/insts.js';
import { MOp } from '../machops.js';
import type { MachEmitter } from './emitter.js';

const RAX = HW[Reg.RAX];
/** By `(op - LOCKED_ADD) >> 2`, and FETCH_AND … after them. */
const ALU = Uint8Array.of(Alu.ADD, Alu.SUB, Alu.AND, Alu.OR, Alu.XOR, Alu.AND, Alu.OR, Alu.XOR);

/** Expands the current instruction, an operation from MOp.XCHG to MOp.FENCE. */
export function emitAtomic(e: MachEmitter): void {
  const { asm, op } = e;
  const size = op & 3;
  if (op < MOp.XADD) {
    e.memory();
    asm.xchg_mr(size, e.def());
  } else if (op < MOp.CMPXCHG) {
    e.memory();
    asm.lock();
    asm.xadd_mr(size, e.def());
  } else if (op < MOp.LOCKED_ADD) {
    e.memory();
    asm.lock();
    asm.cmpxchg_mr(size, e.use(1));
  } else if (op < MOp.FETCH_AND) {
    const alu = ALU[(op - MOp.LOCKED_ADD) >> 2];
    e.memory();
    asm.lock();
    if (e.form === Form.MI) asm.alu_mi(alu, size, e.imm);
    else asm.alu_mr(alu, size, e.use(0));
  } else if (op < MOp.ALIGNED) emitFetch(e, ALU[(op - MOp.LOCKED_ADD) >> 2], size);
  else if (op === MOp.ALIGNED) emitAligned(e);
  else asm.mfence();
}

/** rax has the old value; the new one is computed again until no other thread has written in between. */
function emitFetch(e: MachEmitter, alu: number, size: number): void {
  const { asm } = e;
  const t = e.temp(0);
  const again = asm.newLabel();
  e.memory();
  if (size >= Size.W) asm.movzx_rm(size, RAX);
  else asm.mov_rm(size, RAX);
  asm.bind(again);
  asm.mov_rr(size === Size.Q ? 1 : 0, t, RAX);
  asm.alu_rr(alu, size === Size.Q ? 1 : 0, t, e.use(0));
  e.memory();
  asm.lock();
  asm.cmpxchg_mr(size, t);
  asm.jcc(Cc.NE, again);
}

function emitAligned(e: MachEmitter): void {
  const { asm } = e;
  const trap = e.trapLabel(Trap.UNALIGNED_ATOMIC);
  if (e.form === Form.NONE) {
    asm.jmp(trap);
    return;
  }
  let reg = e.use(0);
  if ((e.imm & (e.imm2 - 1)) !== 0) {
    asm.mem(reg, e.imm);
    reg = e.temp(0);
    asm.lea(0, reg);
  }
  asm.alu_ri(Alu.TEST, 0, reg, e.imm2 - 1);
  asm.jcc(Cc.NE, trap);
}
