/**
 * Random acts on two instances of a program of gc-programs/ and on its model: calls, calls within calls through the
 * host, suspended calls that end in any order, values that go from one instance to the other, collections. After each
 * act both have the same outcome, and the same state.
 *
 * As a program: a line of standard input is a case (`seed`, `bytes` of the module, `acts`), a line of standard output
 * what was different, or counts of what happened. Arguments: an engine's name.
 */
import readline from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { addon } from './addon.js';
import { type Engine, explicitEngine, modestEngine, nativeEngine, v8Engine, wamrEngine } from './engine.js';
import { digest, HostError, Obj, type State, type Steps, Thrown, TrapModel } from './gc-model.js';
import type { Program } from './gc-programs/code.js';
import { gcProgram } from './gc-programs/program.js';

export interface Case {
  seed: number;
  bytes: string;
  acts: number;
}
export interface Counts {
  calls: number;
  traps: number;
  exceptions: number;
  suspensions: number;
  objects: number;
}

const ENGINES: Record<string, () => Engine> = {
  v8: () => v8Engine,
  wamr: wamrEngine,
  explicit: explicitEngine,
  native: nativeEngine,
  modest: () => modestEngine(['register-locals', 'long-lives']),
};
const FUEL = 40;
/** The parts of the JavaScript interface that suspend. */
interface Suspends {
  Suspending: new (f: (...args: any[]) => unknown) => object;
  promising(f: unknown): (...args: unknown[]) => Promise<unknown>;
}
/** How a call ended: a value, or a text for what it threw (with values that are compared). */
interface Outcome {
  what: string;
  values: unknown[];
}

class Acts {
  private x: number;
  /** The modelled object and its counterpart in JavaScript, of those that are still known here. */
  private known: { model: unknown; real: unknown }[] = [];
  private readonly states: State[];
  private readonly exports: Record<string, any>[];
  private readonly waiting: {
    model: Steps<unknown>;
    call: { outcome?: Outcome };
    resolve: (v: unknown) => void;
    reject: (e: unknown) => void;
  }[] = [];
  /** What the host has kept, of either side. */
  private readonly kept = { model: [null] as unknown[], real: [null] as unknown[] };
  private depth = { model: 0, real: 0 };
  private readonly hostValues: unknown[] = [{ host: 1 }, 'text', 1.5, undefined, Symbol('s'), -0, 2 ** 30, { host: 2 }];
  private suspended: { resolve: (v: unknown) => void; reject: (e: unknown) => void }[] = [];
  readonly counts: Counts = { calls: 0, traps: 0, exceptions: 0, suspensions: 0, objects: 0 };

  constructor(
    private readonly engine: Engine,
    private readonly program: Program,
    bytes: Uint8Array,
    seed: number,
    private readonly collect: () => void,
  ) {
    this.x = Math.imul(seed + 1, 2654435761) >>> 0 || 1;
    const module = engine.compile(bytes);
    const { Suspending } = engine.wasm as unknown as Suspends;
    this.states = [0, 1].map((i) => program.instantiate(this.hostValues[0], (s, v, a) => this.nowInModel(i, s, v, a)));
    this.exports = [0, 1].map(
      (i) =>
        engine.instantiate(module, {
          m: {
            host: this.hostValues[0],
            now: (value: unknown, action: number) => this.nowInReality(i, value, action),
            wait: new Suspending(() => new Promise((resolve, reject) => void this.suspended.push({ resolve, reject }))),
          },
        }).exports,
    );
  }

  private below(n: number): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return (this.x >>> 0) % n;
  }

  // ---- the host, twice

  /** What `now` gives without a call; undefined for a call. */
  private answer(kept: unknown[], value: unknown, action: number): { value: unknown } | undefined {
    switch (action & 7) {
      case 0:
      case 1:
        kept.push(value);
        if (kept.length > 6) kept.shift();
        return { value: kept[action % kept.length] };
      case 2:
        return { value };
      case 3:
        return { value: this.hostValues[action >> 3] };
      case 4:
        return { value: action - 30 };
      default:
        return undefined;
    }
  }

  private *nowInModel(i: number, _: State, value: unknown, action: number): Steps<unknown> {
    if (action === 2) throw new HostError(this.hostValues[0]);
    const answer = this.answer(this.kept.model, value, action);
    if (answer !== undefined) return answer.value;
    if (this.depth.model >= 3) return value;
    this.depth.model++;
    try {
      const f = this.program.functions[(action >> 3) % this.program.plain];
      return yield* f.run(this.states[(action & 1) ^ i], [value, action]);
    } finally {
      this.depth.model--;
    }
  }

  private nowInReality(i: number, value: unknown, action: number): unknown {
    if (action === 2) throw this.hostValues[0];
    if ((action & 7) === 0) this.collect();
    const answer = this.answer(this.kept.real, value, action);
    if (answer !== undefined) return answer.value;
    if (this.depth.real >= 3) return value;
    this.depth.real++;
    try {
      return this.exports[(action & 1) ^ i][`f${(action >> 3) % this.program.plain}`](value, action);
    } finally {
      this.depth.real--;
    }
  }

  // ---- acts

  /** So many acts; what was different, if anything. */
  async run(acts: number): Promise<string | undefined> {
    for (let n = 0; n < acts; n++) {
      const difference = this.waiting.length > 0 && this.below(3) === 0 ? await this.goOn() : await this.call();
      if (difference !== undefined) return `act ${n}: ${difference}`;
      if (this.below(8) === 0) this.collect();
      for (const [i, s] of this.states.entries()) {
        const [ours, expected] = [this.exports[i].state() as number, this.program.digestState(s)];
        if (ours !== expected) return `act ${n}: state of instance ${i}: ${ours}, expected ${expected}`;
        if (this.exports[i].fuel.value !== s.fuel) return `act ${n}: fuel of instance ${i}`;
      }
    }
    return undefined;
  }

  private anyValue(): { model: unknown; real: unknown } {
    const k = this.below(4);
    if (k < 2 && this.known.length > 0) return this.known[this.below(this.known.length)];
    const v =
      k === 2 ? this.hostValues[this.below(this.hostValues.length)] : k === 0 ? null : this.below(2 ** 31) - 2 ** 30;
    return { model: v, real: v };
  }

  private async call(): Promise<string | undefined> {
    this.counts.calls++;
    const i = this.below(2);
    const k = this.below(this.program.functions.length);
    const value = this.anyValue();
    const n = this.below(100);
    for (const [j, s] of this.states.entries()) this.exports[j].fuel.value = s.fuel = FUEL;
    const steps = this.program.functions[k].run(this.states[i], [value.model, n]);
    const f = this.exports[i][`f${k}`] as (...args: unknown[]) => unknown;
    if (k < this.program.plain && this.below(2) === 0)
      return this.compare(
        stepModel(steps),
        this.outcome(() => f(value.real, n)),
        steps,
      );
    const { promising } = this.engine.wasm as unknown as Suspends;
    const call: { outcome?: Outcome } = {};
    void promising(f)(value.real, n).then(
      (v) => (call.outcome = { what: 'value', values: [v] }),
      (e: unknown) => (call.outcome = this.thrown(e)),
    );
    return this.settle(steps, call, stepModel(steps));
  }

  /** Ends one of the suspended calls' waiting. */
  private async goOn(): Promise<string | undefined> {
    const [{ model, call, resolve, reject }] = this.waiting.splice(this.below(this.waiting.length), 1);
    const value = this.anyValue();
    for (const [j, s] of this.states.entries()) this.exports[j].fuel.value = s.fuel = FUEL;
    if (this.below(8) === 0) {
      reject(this.hostValues[7]);
      return this.settle(
        model,
        call,
        stepModel(model, () => model.throw(new HostError(this.hostValues[7]))),
      );
    }
    resolve(value.real);
    return this.settle(
      model,
      call,
      stepModel(model, () => model.next(value.model)),
    );
  }

  /** After the model has run to its next suspension or end: the engine too. */
  private async settle(
    steps: Steps<unknown>,
    call: { outcome?: Outcome },
    expected: Outcome | undefined,
  ): Promise<string | undefined> {
    await turn();
    if (expected !== undefined) return this.compare(expected, call.outcome, steps);
    if (this.suspended.length !== 1) return `is not suspended but ${call.outcome?.what}`;
    this.counts.suspensions++;
    this.waiting.push({ model: steps, call, ...this.suspended.pop()! });
    return undefined;
  }

  private outcome(f: () => unknown): Outcome {
    try {
      return { what: 'value', values: [f()] };
    } catch (e) {
      return this.thrown(e);
    }
  }

  private thrown(e: unknown): Outcome {
    if (this.engine.isException(e)) {
      const exception = e as { is(tag: object): boolean; getArg(tag: object, i: number): unknown };
      for (const [i, { x, y }] of this.exports.entries()) {
        if (exception.is(x)) return { what: `x of ${i}`, values: [exception.getArg(x, 0), exception.getArg(x, 1)] };
        if (exception.is(y)) return { what: `y of ${i}`, values: [exception.getArg(y, 0)] };
      }
    }
    if (this.engine.isTrap(e)) return { what: trapText(this.engine.trapKind(e) ?? String(e)), values: [] };
    return e instanceof Error ? { what: String(e.stack), values: [] } : { what: 'host', values: [e] };
  }

  private compare(expected: Outcome | undefined, ours: Outcome | undefined, steps: Steps<unknown>): string | undefined {
    if (expected === undefined) return `the model suspends ${String(steps)}`;
    if (ours === undefined) return `no outcome, expected ${expected.what}`;
    const what = expected.what.replace(
      /^tag (.) of state/,
      (_, tag: string) => `${tag} of ${this.states.indexOf(expected.values.pop() as State)}`,
    );
    if (what !== 'value') this.counts[/^[xyh]/.test(what) ? 'exceptions' : 'traps']++;
    if (ours.what !== what && !(what === 'callee' && /cast|call-indirect|null/.test(ours.what)))
      return `${ours.what}, expected ${what}`;
    for (const [k, model] of expected.values.entries()) {
      const difference = this.compareValue(model, ours.values[k]);
      if (difference !== undefined) return `${what}, value ${k}: ${difference}`;
    }
    return undefined;
  }

  private compareValue(model: unknown, real: unknown): string | undefined {
    if (!(model instanceof Obj))
      return Object.is(model, real) ? undefined : `${String(real)}, expected ${String(model)}`;
    this.counts.objects++;
    if (typeof real !== 'object' || real === null) return `${String(real)}, expected a ${model.type}`;
    for (const k of this.known)
      if ((k.model === model) !== (k.real === real)) return 'the same object is two, or two are one';
    const [ours, expected] = [this.exports[this.below(2)].digest(real, 3), digest(this.program.types, model, 3)];
    if (ours !== expected) return `a ${model.type} with ${ours}, expected ${expected}`;
    if (!this.known.some((k) => k.model === model)) this.known.push({ model, real });
    if (this.known.length > 8) this.known.splice(this.below(8), 1);
    return undefined;
  }
}

/** Which end of which kind of range: engines look in different orders. */
const trapText = (kind: string): string => (kind.startsWith('oob') ? 'oob' : kind);

/** Runs a model to its next suspension (undefined) or its end. */
function stepModel(steps: Steps<unknown>, go = (): IteratorResult<unknown> => steps.next()): Outcome | undefined {
  try {
    const r = go();
    return r.done ? { what: 'value', values: [r.value] } : undefined;
  } catch (e) {
    if (e instanceof TrapModel) return { what: trapText(e.kind), values: [] };
    if (e instanceof HostError) return { what: 'host', values: [e.thrown] };
    if (e instanceof Thrown) return { what: `tag ${e.tag} of state`, values: [...e.payload, e.owner] };
    throw e;
  }
}

/** What was different, or counts. */
export async function runCase(
  engine: Engine,
  { seed, bytes, acts }: Case,
  collect: () => void,
): Promise<string | Counts> {
  try {
    const run = new Acts(engine, gcProgram(seed), new Uint8Array(Buffer.from(bytes, 'base64')), seed, collect);
    return (await run.run(acts)) ?? run.counts;
  } catch (e) {
    return String((e as Error).stack);
  }
}

/** V8's garbage, and that of our heap. */
export function collector(engine: Engine): () => void {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as () => void;
  let n = 0;
  return () => {
    // V8's take milliseconds.
    if (n++ % 100 === 0) gc();
    if (engine !== v8Engine) (addon() as { heapCollect(): number }).heapCollect();
  };
}

async function main(): Promise<void> {
  const engine = ENGINES[process.argv[2]]();
  const collect = collector(engine);
  for await (const line of readline.createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await runCase(engine, JSON.parse(line) as Case, collect))}\n`);
}
if (process.argv[2] !== undefined && process.argv[2] in ENGINES) void main();
