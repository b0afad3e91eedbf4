/** How often each operator of a module was executed, by the counts of its straight runs (wasm/straight-runs.ts). */
import { skipImmediates } from '../ir/scan.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { skipLeb } from '../wasm/leb.js';
import { WasmOp } from '../wasm/opcodes.js';
import { Reader } from '../wasm/reader.js';
import { readValType } from '../wasm/ref-types.js';
import { runPart, RunPart } from '../wasm/straight-runs.js';

const OPENING: ReadonlySet<number> = new Set([WasmOp.BLOCK, WasmOp.LOOP, WasmOp.IF, WasmOp.TRY, WasmOp.TRY_TABLE]);
const CLOSING: ReadonlySet<number> = new Set([WasmOp.END, WasmOp.DELEGATE]);
const MIDDLE: ReadonlySet<number> = new Set([WasmOp.ELSE, WasmOp.CATCH, WasmOp.CATCH_ALL]);

/**
 * Byte offset and executions of the operators of a function (its index among those that are defined) that do something
 * and may be executed: not `block`, `end` and the like, and not what follows a `br` in its construct. An operator that
 * traps counts, and so do those behind it in the same run.
 */
export function executionsOf(m: WasmModule, defined: number, places: ReadonlyMap<number, number>): Map<number, number> {
  const { bytes } = m;
  const end = m.bodyEnd[defined];
  const executions = new Map<number, number>();
  let run = 0;
  let begins = true;
  /** Constructs that are open in code that is never executed; -1: it may be. */
  let dead = -1;
  for (let p = afterLocals(m, defined); p < end;) {
    const op = bytes[p];
    const part = runPart(bytes, p);
    if (dead < 0) {
      if ((part & RunPart.SILENT) === 0) {
        if (begins) run = places.get(p) ?? 0;
        begins = false;
        executions.set(p, run);
      }
      if ((part & RunPart.BORDER) !== 0) begins = true;
      if ((part & RunPart.LEAVES) !== 0) dead = 0;
    } else if (OPENING.has(op)) dead++;
    else if (CLOSING.has(op) || (MIDDLE.has(op) && dead === 0)) dead--;
    p = skipImmediates(bytes, p + 1, op);
  }
  return executions;
}

function afterLocals(m: WasmModule, defined: number): number {
  const r = new Reader(m.bytes, m.bodyStart[defined], m.bodyEnd[defined]);
  for (let n = r.u32(); n > 0; n--) {
    r.pos = skipLeb(m.bytes, r.pos);
    readValType(r, m);
  }
  return r.pos;
}
