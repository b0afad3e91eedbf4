/** The phases of the compiler as functions, with all optimisations on, for tests that look at one of them. */
import type { Allocation, MachFunc } from '../../src-ts/codegen/mach.js';
import { type AllocateOptions, Allocator } from '../../src-ts/codegen/regalloc/index.js';
import { FuncBuilder } from '../../src-ts/ir/builder.js';
import type { Func } from '../../src-ts/ir/func.js';
import { type Cfg, CfgAnalysis } from '../../src-ts/opt/cfg.js';
import { BlockOrder } from '../../src-ts/opt/layout.js';
import { Passes, PASSES } from '../../src-ts/opt/passes.js';
import { runSteps } from '../../src-ts/util/steps.js';
import { Switches } from '../../src-ts/util/switches.js';
import type { WasmModule } from '../../src-ts/wasm/decoded-module.js';

export const ENABLED = new Switches([]).enabled;
const builder = new FuncBuilder(ENABLED);
const passes = new Passes(ENABLED);
const cfg = new CfgAnalysis(ENABLED);
const order = new BlockOrder(ENABLED);
const allocator = new Allocator(ENABLED);

/** `deterministic`: the compiler's option. */
export function buildFunc(m: WasmModule, index: number, f: Func, deterministic = false): void {
  builder.deterministic = deterministic;
  builder.build(m, index, f);
}
export const runPasses = (func: Func): void => runSteps(PASSES, { func, passes });
/** The result is valid until the next call. */
export const analyseCfg = (f: Func): Cfg => cfg.run(f);
export const orderBlocks = (f: Func, c: Cfg): Int32Array => order.run(f, c).slice(0, f.nb);
export const allocateRegisters = (mf: MachFunc, options?: AllocateOptions): Allocation => allocator.run(mf, options);
