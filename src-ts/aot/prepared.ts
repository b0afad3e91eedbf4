/** What compilation hands from preparing a module to generating code, in this thread or on workers. */
import type { VmLayout } from '../abi/vmctx.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import type { PhaseTimes } from './phases.js';
import type { CodegenOptions } from './pipeline.js';
import type { Target } from './targets.js';

/** A module ready for code generation. */
export interface Prepared {
  module: WasmModule;
  vm: VmLayout;
  codegen: CodegenOptions;
  /** Defined indices in the order in which they are compiled. */
  order: Int32Array;
  target: string;
  needs: Target;
  times: PhaseTimes;
}

/** Size of all function bodies: what there is to do. */
export function codeBytes({ bodyStart, bodyEnd }: WasmModule): number {
  let bytes = 0;
  for (let d = 0; d < bodyStart.length; d++) bytes += bodyEnd[d] - bodyStart[d];
  return bytes;
}
