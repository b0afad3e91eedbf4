/**
 * One function through the whole pipeline: the driver that shows the order of the phases. A `FunctionCompiler` holds all
 * state of a compilation: options, switches, and the arrays that are reused from function to function. There is one for
 * each compilation and thread, and compilations may be nested (a progress callback may compile).
 */
import { type BuildGuide, FuncBuilder } from '../ir/builder.js';
import { Func } from '../ir/func.js';
import { CfgAnalysis } from '../opt/cfg.js';
import { BlockOrder } from '../opt/layout.js';
import { PassState, runPasses } from '../opt/passes.js';
import { enabledWithout } from '../util/switches.js';
import { Allocator } from '../codegen/regalloc/index.js';
import type { WasmModule } from '../wasm/types.js';
import { FunctionEmitter } from '../x64/emit/emit.js';
import { Assembler } from '../x64/asm/encode.js';
import { MachFunc } from '../codegen/mach.js';
import { InstructionSelection } from '../x64/select/select.js';
import type { ChunkBuilder } from './chunk.js';
import { DebugRecords, unitCount } from './debug-info.js';
import { dumps, dumpAllocated, dumpAsm, dumpMach, dumpSsa } from './dump.js';
import { keepUsedRows } from './inlined.js';
import type { VmLayout } from '../abi/vmctx.js';
import { Phase, type PhaseTimes } from './phases.js';

/** What code generation needs to know beyond the function. */
export interface CodegenOptions {
  features: number;
  bounds: 'guard' | 'explicit';
  /** IR verifier and allocation checker. */
  verify: boolean;
  /** Keep kinds and wasm offsets of the code (aot/debug-info.ts). */
  debugInfo?: boolean;
  /** Count the executions of every unit (codegen/kinds.ts). Goes with `debugInfo`. */
  count?: boolean;
  /** Optimisations to leave out (util/switches.ts). */
  disable?: readonly string[];
  /** What a profile says (ir/profile.ts). Default: nothing. */
  guide?: BuildGuide;
}

export class FunctionCompiler {
  private readonly func = new Func();
  private readonly mach = new MachFunc();
  private readonly builder: FuncBuilder;
  private readonly passes: PassState;
  private readonly cfg: CfgAnalysis;
  private readonly order: BlockOrder;
  private readonly selection: InstructionSelection;
  private readonly allocator: Allocator;
  private readonly emitter: FunctionEmitter;
  private readonly records = new DebugRecords();
  private readonly asm: Assembler;
  /** Execution-weighted spill code of all functions so far (`Allocation.weights`): what the gate watches. */
  readonly weights = { reloads: 0, stores: 0, moves: 0, saves: 0 };

  constructor(
    private readonly module: WasmModule,
    private readonly vm: VmLayout,
    private readonly options: CodegenOptions,
    readonly times: PhaseTimes,
  ) {
    const enabled = enabledWithout(options.disable ?? []);
    this.builder = new FuncBuilder(enabled);
    this.passes = new PassState(enabled);
    this.cfg = new CfgAnalysis(enabled);
    this.order = new BlockOrder(enabled);
    this.selection = new InstructionSelection(enabled);
    this.allocator = new Allocator(enabled);
    this.emitter = new FunctionEmitter(enabled);
    this.asm = new Assembler(options.features);
    this.asm.wantDebug = options.debugInfo === true;
  }

  /** Compiles the function with this index (a defined one, validated) and appends it to `out`. */
  compile(index: number, out: ChunkBuilder): void {
    const { module: m, func: f, mach, asm, emitter, options, times } = this;
    const dump = dumps(m, index);
    times.start();
    this.builder.build(m, index, f, options.guide);
    times.lap(Phase.BUILD);
    if (dump.ssa) dumpSsa('ssa', f);
    runPasses(f, this.passes, options.verify);
    times.lap(Phase.OPT);
    if (dump.opt) dumpSsa('opt', f);
    const cfg = this.cfg.run(f);
    const order = this.order.run(f, cfg);
    times.lap(Phase.CFG);
    this.selection.run(f, cfg, m, this.vm, options, mach);
    times.lap(Phase.SELECT);
    if (dump.isel) dumpMach(mach);
    const allocation = this.allocator.run(mach, options);
    const { weights } = this;
    weights.reloads += allocation.weights.reloads;
    weights.stores += allocation.weights.stores;
    weights.moves += allocation.weights.moves;
    weights.saves += allocation.weights.saves;
    times.lap(Phase.REGALLOC);
    if (dump.regalloc) dumpAllocated(mach, allocation);
    asm.reset();
    const frameBytes = emitter.run(mach, allocation, order, asm, options);
    const done = asm.finish();
    const inlined = keepUsedRows(f, done.traps);
    if (options.debugInfo) {
      const cold = emitter.coldUnitCount();
      const record = this.records.encode(
        f,
        done.debug,
        done.codeBytes,
        cold,
        emitter.voteUnits(),
        m.bodyStart[index - m.importedFuncs],
      );
      out.add(index, done, frameBytes, inlined, record, unitCount(f, cold));
    } else out.add(index, done, frameBytes, inlined);
    times.lap(Phase.EMIT);
    if (dump.asm) dumpAsm(done.code);
  }
}
