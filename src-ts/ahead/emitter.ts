/** Emission by translated passes, where the register allocator's answer is in their memory; else by those here. */
import type { EmitOptions, MachineEmitter } from '../codegen/back-end.js';
import type { FinishedCode } from '../codegen/code-buffer.js';
import type { Allocation, MachFunc } from '../codegen/mach.js';
import type { PreservedRegisters } from '../codegen/preserved.js';
import type { Emitted } from './parts.js';
import type { AheadUse } from './use.js';

export class AheadEmitter implements MachineEmitter {
  private made: MachineEmitter | undefined;
  /** The last function; null: `here` has it. */
  private done: Emitted | null = null;

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
    this.done = this.ahead.emit(this.options, mf, order);
    if (this.done !== null) return this.done.frameBytes;
    // An answer that was left in their memory has no arrays.
    return this.here.run(mf, alloc.codeAt.length > 0 ? alloc : this.allocateHere(mf), order);
  }

  finish(): FinishedCode {
    return this.done?.code ?? this.here.finish();
  }

  /** What the last function preserves; null: `Preserved` has to find out. */
  preserved(): PreservedRegisters | null {
    return this.done === null ? null : this.ahead.preserved(this.options, this.done);
  }

  coldUnitCount(): number {
    return this.done === null ? this.here.coldUnitCount() : this.ahead.units(this.options).cold;
  }

  voteUnits(): Int32Array {
    return this.done === null ? this.here.voteUnits() : this.ahead.units(this.options).votes;
  }

  placeUnits(): Int32Array {
    return this.done === null ? this.here.placeUnits() : this.ahead.units(this.options).places;
  }

  get frameBytes(): number {
    return (this.done ?? this.here).frameBytes;
  }

  get stackBytes(): number {
    return (this.done ?? this.here).stackBytes;
  }

  get names(): Uint8Array {
    return (this.done ?? this.here).names;
  }
}
