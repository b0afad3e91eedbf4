/**
 * One function through all phases (aot/pipeline.ts), and its code into a chunk. Holds the arenas that are reused from
 * function to function; one `FunctionCompiler` per thread.
 */
import type { VmLayout } from '../abi/vmctx.js';
import { savedInOrder } from '../codegen/machine.js';
import { runStep } from '../util/steps.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import type { ChunkBuilder } from './chunk.js';
import { DebugRecords, unitCount } from './debug-info.js';
import { frameWord } from '../abi/artefact.js';
import { keepUsedRows } from './inlined.js';
import { Phase, type PhaseTimes } from './phases.js';
import { type CodegenOptions, Compilation, LARGE_VALUES, PIPELINE } from './pipeline.js';
import { Trace } from './trace.js';

export class FunctionCompiler {
  private readonly trace: Trace;
  private readonly compilation: Compilation;
  private readonly records = new DebugRecords();
  /** Execution-weighted spill code of all functions so far (`Allocation.weights`): what the gate watches. */
  readonly weights = { reloads: 0, stores: 0, moves: 0, saves: 0 };

  constructor(
    private readonly module: WasmModule,
    vm: VmLayout,
    private readonly options: CodegenOptions,
    readonly times: PhaseTimes,
  ) {
    this.trace = new Trace(module, options);
    this.compilation = new Compilation(module, vm, options, this.trace);
  }

  /**
   * Compiles the function with this index (a defined one, validated) and appends it to `out`. Throws InternalError if
   * the compiler fails, CompileError if the function is beyond its limits.
   */
  compile(index: number, out: ChunkBuilder): void {
    const { compilation: c, trace, times } = this;
    c.begin(index);
    trace.begin(index);
    times.start();
    try {
      for (const step of PIPELINE) {
        runStep(step, c, trace);
        if (c.func.nv > LARGE_VALUES) step.forget?.(c);
        times.lap(step.time);
      }
      this.collect(out);
    } catch (e) {
      throw trace.fault(e);
    }
    times.lap(Phase.EMIT);
  }

  /** Appends the compiled function to `out`. */
  private collect(out: ChunkBuilder): void {
    const { module: m, compilation: c, weights } = this;
    const spilled = c.allocation.weights;
    weights.reloads += spilled.reloads;
    weights.stores += spilled.stores;
    weights.moves += spilled.moves;
    weights.saves += spilled.saves;
    const inlined = keepUsedRows(c.func, c.code.traps);
    const frame = frameWord(
      this.options.architecture,
      c.frameBytes,
      savedInOrder(c.machine.registers, c.allocation.savedRegs),
    );
    if (this.options.debugInfo !== true) {
      out.add(c.index, c.code, frame, inlined, c.isLeaf);
      return;
    }
    const cold = c.emitter.coldUnitCount();
    const start = m.bodyStart[c.index - m.importedFuncs];
    const votes = c.emitter.voteUnits();
    const places = c.emitter.placeUnits();
    const record = this.records.encode(c.func, c.code.debug, c.code.codeBytes, cold, votes, places, start);
    out.add(c.index, c.code, frame, inlined, c.isLeaf, record, unitCount(c.func, cold));
  }
}
