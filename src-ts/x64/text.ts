/** Names of x86-64's registers, conditions and operations, for dumps (codegen/print.ts). */
import { classOf, Cls, type MachineText } from '../codegen/machine.js';
import { FLAGS_MASK, Flags, FloatCc, MOp } from './machops.js';
import { hasByte, rowName, VOp } from './machops-simd.js';
import { X64_OPERATIONS } from './operations.js';

const GPR_NAMES = ['rax', 'rcx', 'rdx', 'rbx', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13'];
const CC_NAMES = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g', 'feq', 'fne'];

export const X64_TEXT: MachineText = {
  register: (r) => (r < 0 ? '?' : classOf(r) === Cls.GPR ? GPR_NAMES[r] : `xmm${r & 31}`),
  scratch: 'xmm15',
  clobbers: ['rdx', 'rax', 'rcx'],
  condition(op, cc) {
    const isFloat = (op & FLAGS_MASK) >= Flags.UCOMISS || cc >= FloatCc.EQ;
    return isFloat || cc < CC_NAMES.length ? CC_NAMES[cc] : `${cc}`;
  },
  operation: (op, imm) =>
    op >= VOp.UNARY && op < MOp.TRAP_ON ? rowName(imm) : (X64_OPERATIONS.names[op] ?? `op${op}`),
  hasByte,
};
