/**
 * `npm run bench -- scaling FILE.wasm`: compile time against size for every function of a module, and for generated
 * functions of up to 550,000 operators. Prints how time per byte changes with size: a compiler that is linear has the
 * same figure in every row.
 */
import { readFileSync } from 'node:fs';
import { ChunkBuilder } from '../../src-ts/aot/chunk.js';
import { FunctionCompiler } from '../../src-ts/aot/compile-func.js';
import { computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { PhaseTimes } from '../../src-ts/aot/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { monsterModule } from '../../test/support/monster.js';
import { columns } from './report.js';

export interface ScalingRow {
  /** Bytes of the function bodies in this class: from (inclusive), and how many functions. */
  from: number;
  functions: number;
  bytes: number;
  ms: number;
}

/** Compiles every function twice (the second time counts) and sums by size class. */
export function scaling(file: string): ScalingRow[] {
  const classes = [0, 64, 256, 1024, 4096, 16384, 65536];
  const rows = classes.map((from): ScalingRow => ({ from, functions: 0, bytes: 0, ms: 0 }));
  const add = (wasm: Uint8Array, into: ScalingRow[]): void => {
    const module = decodeModule(wasm);
    const { mutatedTables } = validateModule(module);
    const compiler = new FunctionCompiler(
      module,
      computeVmLayout(module, mutatedTables),
      { ...TARGETS['x86-64-v2'], bounds: 'guard', verify: false },
      new PhaseTimes(),
    );
    const out = new ChunkBuilder();
    for (let pass = 0; pass < 2; pass++)
      for (let d = 0; d < module.bodyStart.length; d++) {
        const bytes = module.bodyEnd[d] - module.bodyStart[d];
        const start = performance.now();
        compiler.compile(module.importedFuncs + d, out);
        const ms = performance.now() - start;
        if ((d & 255) === 255) out.take();
        if (pass === 0) continue;
        const row = into.findLast((r) => bytes >= r.from) as ScalingRow;
        row.functions++;
        row.bytes += bytes;
        row.ms += ms;
      }
  };
  add(readFileSync(file), rows);
  for (const ops of [35_000, 137_500, 550_000]) {
    const generated: ScalingRow = { from: 0, functions: 0, bytes: 0, ms: 0 };
    add(monsterModule(ops), [generated]);
    rows.push({ ...generated, from: generated.bytes });
  }
  const text = rows.map((r) => [
    String(r.from),
    String(r.functions),
    (r.bytes / 1024).toFixed(0),
    r.ms.toFixed(0),
    ((r.ms * 1e6) / Math.max(1, r.bytes)).toFixed(0),
  ]);
  process.stdout.write(
    `${columns([['body bytes from', 'functions', 'KiB', 'ms', 'ns a byte'], ...text])}\n(the last three rows: one generated function each)\n`,
  );
  return rows;
}
