/** Translated SSA construction: what functions are built from is put into the translated parts' memory once. */
import type { BuildGuide } from '../ir/builder.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import type { Ahead } from './memory.js';
import { Placer } from './place.js';

/** What functions are built from, one object in a compilation. */
export interface BuildSource {
  readonly module: WasmModule;
  readonly guide: BuildGuide;
  readonly deterministic: boolean;
  readonly coverage: boolean;
}

export class AheadBuilder {
  private readonly builder: number;
  /** The source whose module and guide are here. */
  private source: BuildSource | null = null;
  private module = 0;
  private guide = 0;

  constructor(
    private readonly ahead: Ahead,
    enabledAt: number,
  ) {
    this.builder = ahead.exports.createBuilder(enabledAt);
    ahead.renew();
  }

  /** As `FuncBuilder.build` with locals in registers, into the function at an address; traps where that would throw. */
  run(source: BuildSource, index: number, func: number): void {
    const { ahead, builder } = this;
    if (this.source !== source) this.place(source);
    ahead.exports.attempt(builder, this.module, index, func, this.guide, 0);
    ahead.renew();
  }

  private place(source: BuildSource): void {
    const { ahead, builder } = this;
    const { module, guide } = source;
    const placer = new Placer(ahead);
    const { bodyEnd } = module;
    // What is behind the code, such as data and names, is not read.
    const bytes = module.bytes.subarray(0, bodyEnd.length === 0 ? 0 : bodyEnd[bodyEnd.length - 1]);
    this.module = placer.object({ ...module, bytes }, 'WasmModule');
    this.guide = placer.object(guide, 'BuildGuide');
    ahead.setInt(ahead.field(builder, 'FuncBuilder', 'deterministic'), source.deterministic ? 1 : 0);
    ahead.setInt(ahead.field(builder, 'FuncBuilder', 'coverage'), source.coverage ? 1 : 0);
    this.source = source;
  }
}
