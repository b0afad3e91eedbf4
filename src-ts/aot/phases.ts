/** Timing of the compiler's phases, summed over functions. */
export const enum Phase {
  DECODE = 0,
  VALIDATE = 1,
  BUILD = 2,
  OPT = 3,
  CFG = 4,
  SELECT = 5,
  REGALLOC = 6,
  EMIT = 7,
  LINK = 8,
  COUNT = 9,
}

export const PHASE_NAMES = ['decode', 'validate', 'build', 'opt', 'cfg', 'select', 'regalloc', 'emit', 'link'] as const;

/** Milliseconds by phase; zeros unless `measured`. */
export class PhaseTimes {
  readonly ms = new Float64Array(Phase.COUNT);
  private last = 0;

  constructor(private readonly measured = false) {}

  start(): void {
    if (this.measured) this.last = performance.now();
  }

  /** Charges the time since `start` or the last lap to a phase. */
  lap(phase: Phase): void {
    if (!this.measured) return;
    const now = performance.now();
    this.ms[phase] += now - this.last;
    this.last = now;
  }
}
