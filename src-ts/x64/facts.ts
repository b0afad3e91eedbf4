/** What the machine-independent part of the compiler knows about x86-64: the `Machine` of codegen/machine.ts. */
import type { MachineFacts } from '../codegen/machine.js';
import { X64_CONVENTION, X64_REGISTERS } from './abi.js';
import { X64_OPERATIONS } from './operations.js';
import { X64_TEXT } from './text.js';

export const X64: MachineFacts = {
  registers: X64_REGISTERS,
  operations: X64_OPERATIONS,
  convention: X64_CONVENTION,
  text: X64_TEXT,
  keepsIntegers: false,
  alignsLoops: true,
};
