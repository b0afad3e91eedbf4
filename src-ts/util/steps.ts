/**
 * Tables of compilation steps. A step says what it is called, why it exists and what must have run before it, so that a
 * table can be checked when the program starts, observed (dumps, verification), and named by a fault.
 */

export interface Step<T> {
  readonly name: string;
  /** Why the step exists, or why it stands where it stands. */
  readonly why: string;
  /** Names of steps that must come earlier. */
  readonly after?: readonly string[];
  /** Does the work. A step that transforms says whether it changed anything. */
  run(subject: T): boolean | void;
  /** Text of the subject, for dumps. */
  print?(subject: T): string;
  /** Throws when an invariant does not hold after the step. */
  verify?(subject: T): void;
}

/** Told before and after each step. `changed` is what the step returned. */
export interface StepObserver {
  before<T>(step: Step<T>, subject: T): void;
  after<T>(step: Step<T>, subject: T, changed: boolean | void): void;
}

export function runStep<T>(step: Step<T>, subject: T, observer: StepObserver | undefined): void {
  observer?.before(step, subject);
  const changed = step.run(subject);
  observer?.after(step, subject, changed);
}

export function runSteps<T>(steps: readonly Step<T>[], subject: T, observer?: StepObserver): void {
  for (const step of steps) runStep(step, subject, observer);
}

/**
 * Checks the order constraints of a table: every name is used once, and what a step wants before it stands before it.
 * Throws an Error that names both steps.
 */
export function checkOrder(steps: readonly Pick<Step<never>, 'name' | 'after'>[]): void {
  const place = new Map<string, number>();
  for (const { name } of steps) {
    if (place.has(name)) throw new Error(`step table: '${name}' stands there twice`);
    place.set(name, place.size);
  }
  for (const { name, after = [] } of steps)
    for (const earlier of after) {
      const at = place.get(earlier);
      if (at === undefined) throw new Error(`step table: '${name}' must come after '${earlier}', which does not exist`);
      if (at >= place.get(name)!) throw new Error(`step table: '${name}' must come after '${earlier}'`);
    }
}
