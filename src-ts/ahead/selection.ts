/** Selection as it was translated: of the function whose SSA and control flow are in the translated parts' memory. */
import type { ModuleFacts } from '../codegen/module-facts.js';
import { awaitRows, PRESERVED_WORDS } from '../codegen/preserved.js';
import type { SelectOptions } from '../codegen/selection.js';
import type { Ahead } from './memory.js';
import { ModuleMirror } from './module-facts.js';

export class AheadSelection {
  private readonly selection: number;
  private readonly mergeBounds: number;
  private readonly missing: number;
  private readonly module: ModuleMirror;
  private readonly optionsAt: number;
  private options: SelectOptions | null = null;

  constructor(
    private readonly ahead: Ahead,
    enabledAt: number,
  ) {
    const { exports } = ahead;
    this.selection = exports.createSelection(enabledAt);
    this.mergeBounds = exports.createMergeBounds();
    this.missing = exports.createMissingCallees(enabledAt);
    ahead.renew();
    this.module = new ModuleMirror(ahead);
    this.optionsAt = ahead.make('SelectOptions');
  }

  /** As `Selection.run`, and `MergeBounds.run` if `merges`; all objects but the first two are addresses. */
  run(m: ModuleFacts, options: SelectOptions, merges: boolean, func: number, cfg: number, mach: number): void {
    const { ahead } = this;
    const { exports } = ahead;
    this.module.set(m);
    this.setOptions(options);
    if (options.knowsCallees) this.awaitCallees(m, options.preserved, func);
    exports.select(this.selection, func, cfg, this.module.object, this.optionsAt, mach);
    if (merges) exports.mergeBounds(this.mergeBounds, mach);
    ahead.renew();
  }

  private field(name: string): number {
    return this.ahead.field(this.optionsAt, 'SelectOptions', name);
  }

  private setOptions(options: SelectOptions): void {
    if (this.options === options) return;
    const { ahead } = this;
    this.options = options;
    ahead.setInt(this.field('features'), options.features);
    ahead.setInt(this.field('explicitBounds'), Number(options.explicitBounds));
    ahead.setInt(this.field('knowsCallees'), Number(options.knowsCallees));
    ahead.put(this.field('preserved'), 2, options.preserved, options.preserved.length);
  }

  /** Copies rows of callees that have been done since the last copy, and waits for those that are not. */
  private awaitCallees({ importedFuncs }: ModuleFacts, table: Int32Array, func: number): void {
    const { ahead, missing } = this;
    const copy = ahead.int(this.field('preserved'));
    ahead.exports.findMissingCallees(missing, func, importedFuncs, copy);
    ahead.renew();
    const rows = ahead.vec(ahead.field(missing, 'MissingCallees', 'rows'));
    awaitRows(table, rows);
    for (const at of rows) ahead.write(copy + 4 * at, 2, table.subarray(at, at + PRESERVED_WORDS), PRESERVED_WORDS);
  }
}
