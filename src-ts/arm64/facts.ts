/** What the machine-independent part of the compiler knows of AArch64 before it compiles anything. */
import type { MachineFacts } from '../codegen/machine.js';
import { ARM64_CONVENTION, ARM64_REGISTERS } from './abi.js';
import { ARM64_OPERATIONS } from './operations.js';
import { ARM64_TEXT } from './text.js';

export const ARM64: MachineFacts = {
  registers: ARM64_REGISTERS,
  operations: ARM64_OPERATIONS,
  convention: ARM64_CONVENTION,
  text: ARM64_TEXT,
  keepsIntegers: true,
  alignsLoops: false,
};
