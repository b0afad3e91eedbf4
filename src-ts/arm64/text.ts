/** Names of AArch64's registers, conditions and operations, for dumps (codegen/print.ts). */
import { classOf, Cls, type MachineText } from '../codegen/machine.js';
import { HW } from './abi.js';
import { ARM64_OPERATIONS } from './operations.js';

const CC_NAMES = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];

export const ARM64_TEXT: MachineText = {
  register: (r) => (r < 0 ? '?' : `${classOf(r) === Cls.GPR ? 'x' : 'v'}${HW[r]}`),
  scratch: 'v31',
  clobbers: [],
  condition: (_op, cc) => CC_NAMES[cc] ?? `${cc}`,
  operation: (op) => ARM64_OPERATIONS.names[op] ?? `op${op}`,
  hasByte: () => false,
};
