/** Emission by translated passes, where the register allocator's answer is in their memory; else by those here. */
import type { EmitOptions, MachineEmitter } from '../codegen/back-end.js';
import type { FinishedCode } from '../codegen/code-buffer.js';
import type { Allocation, MachFunc } from '../codegen/mach.js';
import type { AheadUse } from './use.js';

export class AheadEmitter implements MachineEmitter {
  private made: MachineEmitter | undefined;
  /** Code of the last function; null: `here` has it. */
  private code: FinishedCode | null = null;

  /** `make`: gives an emitter that does the same; `allocateHere`: an answer in arrays. */
  constructor(
    private readonly ahead: AheadUse,
    private readonly options: EmitOptions,
    private readonly make: () => MachineEmitter,
    private readonly allocateHere: (mf: MachFunc) => Allocation,
  ) {}

  private get here(): MachineEmitter {
    return (this.made ??= this.make());
  }

  run(mf: MachFunc, alloc: Allocation, order: Int32Array): number {
    const done = this.ahead.emit(this.options, mf, order);
    if (done !== null) {
      this.code = done.code;
      return done.frameBytes;
    }
    this.code = null;
    // An answer that was left in their memory has no arrays.
    return this.here.run(mf, alloc.codeAt.length > 0 ? alloc : this.allocateHere(mf), order);
  }

  finish(): FinishedCode {
    return this.code ?? this.here.finish();
  }

  coldUnitCount(): number {
    return this.code === null ? this.here.coldUnitCount() : this.ahead.units(this.options).cold;
  }

  voteUnits(): Int32Array {
    return this.code === null ? this.here.voteUnits() : this.ahead.units(this.options).votes;
  }

  placeUnits(): Int32Array {
    return this.code === null ? this.here.placeUnits() : this.ahead.units(this.options).places;
  }
}
