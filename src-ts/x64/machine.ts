/** x86-64 as the machine-independent part of the compiler sees it. */
import type { MachineFacts } from '../codegen/machine.js';
import { X64_REGISTERS } from './abi.js';
import { X64_OPERATIONS } from './operations.js';
import { X64_TEXT } from './text.js';

export const X64: MachineFacts = { registers: X64_REGISTERS, operations: X64_OPERATIONS, text: X64_TEXT };
