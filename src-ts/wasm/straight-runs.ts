/**
 * Straight runs: operators of a function that are executed one after the other, or none of them, unless one traps. They end
 * behind operators that branch or call (a call may not come back) and where constructs begin and end. One counter for
 * each tells how often every operator was executed: ir/builder.ts places them, coverage/executions.ts reads them.
 */
import { readU32 } from './leb.js';
import { GcOp } from './gc-opcodes.js';
import { WasmOp } from './opcodes.js';

/** What an operator is to runs: bits. */
export const enum RunPart {
  /** It does nothing itself, so it is not counted. */
  SILENT = 1,
  /** Another run begins behind it. */
  BORDER = 2,
  /** What is behind it, up to the end of its construct, is never executed. */
  LEAVES = 4,
}

const PARTS = new Uint8Array(256);
const mark = (part: number, ...ops: WasmOp[]): void => {
  for (const op of ops) PARTS[op] = part;
};
mark(RunPart.SILENT, WasmOp.NOP, WasmOp.BLOCK);
mark(
  RunPart.SILENT | RunPart.BORDER,
  WasmOp.LOOP,
  WasmOp.ELSE,
  WasmOp.END,
  WasmOp.TRY,
  WasmOp.CATCH,
  WasmOp.CATCH_ALL,
  WasmOp.DELEGATE,
  WasmOp.TRY_TABLE,
);
mark(
  RunPart.BORDER,
  WasmOp.IF,
  WasmOp.BR_IF,
  WasmOp.BR_ON_NULL,
  WasmOp.BR_ON_NON_NULL,
  WasmOp.CALL,
  WasmOp.CALL_INDIRECT,
  WasmOp.CALL_REF,
);
mark(
  RunPart.BORDER | RunPart.LEAVES,
  WasmOp.UNREACHABLE,
  WasmOp.BR,
  WasmOp.BR_TABLE,
  WasmOp.RETURN,
  WasmOp.THROW,
  WasmOp.RETHROW,
  WasmOp.THROW_REF,
  WasmOp.RETURN_CALL,
  WasmOp.RETURN_CALL_INDIRECT,
  WasmOp.RETURN_CALL_REF,
);

/** The prefix of operators of garbage collection. */
const GC_PREFIX = 0xfb;

/** Bits of `RunPart` of the operator at byte `p`. */
export function runPart(bytes: Uint8Array, p: number): number {
  const op = bytes[p];
  if (op !== GC_PREFIX) return PARTS[op];
  const sub = readU32(bytes, p + 1);
  return sub === GcOp.BR_ON_CAST || sub === GcOp.BR_ON_CAST_FAIL ? RunPart.BORDER : 0;
}
