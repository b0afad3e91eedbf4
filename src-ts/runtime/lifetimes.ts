/**
 * Who lives how long, across V8's heap and native slots (docs/traps-and-memory.md, Lifetimes).
 *
 * V8's collector decides about everything. Each native object has a JavaScript *state*, and goes with it. What native
 * slots refer to, V8 is told in two ways:
 *
 * - `holds` of a state (a table, a global, an instance) is what its slots held when they were last looked at;
 * - everything that was given to wasm or ran since then is held here, until the next look.
 *
 * Between two looks nothing of that is taken away. Wasm can only move references that it reaches, so whatever it moved
 * is still held where it came from or here. A look (`look`) brings `holds` up to date, and what only calls under way
 * may have is held for another turn. Looks follow V8's collections and bytes allocated, so garbage outlives one
 * collection at most; also in the middle of a call, at a host function.
 */
import { setImmediate } from 'node:timers';
import { ARGUMENT_SLOTS, ControlWord } from '../abi/calls.js';
import type { NativeBinding } from '../binding.js';
import { ObjectKind, WORTH_OF_COLLECTION } from '../abi/objects.js';
import { ExternTable } from './externref.js';

/** The state of a native object with slots for references. */
export interface Owner {
  /** What the slots held at the latest look. */
  holds: unknown;
}

/** An instance as lifetimes see it. */
export interface Holdable {
  /** When it was last held. */
  epoch: number;
}

/** Remembers functions of tables, which would be held for no reason otherwise. */
export interface Cache {
  forget(): void;
}

/** A list that no program can reach or interfere with. */
interface Link<T> {
  value: T;
  next: Link<T> | null;
}

interface Change {
  owner: Owner | undefined;
  holds: unknown;
}

/** What is worth a look at one slot: a look costs about a nanosecond a slot. */
const LEAST_COST = 16_384;
const WORTH_OF_REFERENCE = 16;
/** In references taken: between two questions, and between collections until there was one. */
const LONGEST_INTERVAL = 64;
const FIRST_PERIOD = 16;
const WORTH_OF_BIRTH = 64;
/** Births between two forced collections: who holds more than the system allows must not collect again and again. */
const BIRTHS_BETWEEN = 512;
const EINVAL = -22;
/** Kind of a row about calls under way. */
const CALLS = 0;

export class Lifetimes {
  readonly externs: ExternTable;
  /** Exported functions by funcref, since the latest look. */
  functions = new Map<number, Function>();
  private caches: Link<Cache> | null = null;
  private held: Link<Holdable> | null = null;
  /** Held before the latest look, if that did not come to its end. */
  private leaving: Link<unknown> | null = null;
  private looks = 0;
  private later = false;
  private credit = 0;
  private cost = LEAST_COST;
  /** References taken between two questions, since pressure was noticed, and between the latest two times. */
  private interval = 1;
  private taken = 0;
  private period = FIRST_PERIOD;
  private births = BIRTHS_BETWEEN;
  private readonly collections: FinalizationRegistry<void>;

  constructor(
    private readonly native: NativeBinding,
    private readonly i32: Int32Array,
  ) {
    this.externs = new ExternTable(native, i32, (taken) => this.considerReferences(taken));
    // Not at once: that may be in a debugger's break, in the middle of a call.
    this.collections = new FinalizationRegistry(() => void setImmediate(() => this.afterCollection()).unref());
    this.collections.register({}, undefined);
  }

  /** The instance lives at least until the next look: it is going to run, or one of its functions goes to wasm. */
  hold(instance: Holdable): void {
    if (this.later) {
      this.later = false;
      this.credit += this.native.pressure();
      if (this.credit >= this.cost) this.look(false);
    }
    instance.epoch = this.i32[ControlWord.EPOCH];
    this.held = { value: instance, next: this.held };
  }

  /** Something was made that only a look lets go: the next call of wasm by JavaScript asks whether one is worth it. */
  considerLater(): void {
    this.later = true;
    this.i32[ControlWord.EPOCH]++;
  }

  /** The cache has something; it is told to forget it at the next look. */
  remember(cache: Cache): void {
    this.caches = { value: cache, next: this.caches };
  }

  /** `state` stands for a new native object, which goes with it. */
  born(kind: ObjectKind, id: number, state: object): void {
    this.births++;
    this.credit += WORTH_OF_BIRTH + this.native.watch(kind, id, state);
    if (this.credit >= this.cost) this.look(false);
  }

  /**
   * Makes something that the system may have no room for. When it has none, V8 collects and it is tried once more.
   * @param make returns a negative errno when it fails.
   */
  make(make: () => number): number {
    const made = make();
    if (made >= 0 || made === EINVAL || this.births < BIRTHS_BETWEEN) return made;
    this.births = 0;
    this.look(false);
    this.native.collect();
    return make();
  }

  /** Makes something of ours, with a number; 0: there was no room, and when all that can be let go was, it is tried again. */
  makeRoomFor(make: () => number): number {
    const made = make();
    if (made !== 0) return made;
    this.collect();
    return make();
  }

  /**
   * Lets go all that can be: our heap is full, perhaps of what instances hold that nobody has. What a dead instance
   * held may have been the last to hold another one, through both heaps. The argument buffer has nothing then that is
   * still needed, and what earlier calls have left there would count as references.
   */
  collect(): void {
    this.i32.fill(0, 0, 2 * ARGUMENT_SLOTS);
    let freed;
    do {
      // What is held for the present period goes with the second look.
      this.look(false);
      this.look(false);
      freed = this.native.collect();
      this.native.heapCollect();
    } while (freed > 0);
  }

  /**
   * After so many more references it is worth asking again. What is held when V8 collects survives that for no reason,
   * so looks come several times between two collections, and the more often the fewer references lie between them.
   */
  private considerReferences(taken = this.interval): number {
    const pressure = this.native.pressure();
    this.taken += taken;
    if (pressure >= WORTH_OF_COLLECTION) {
      this.period = this.taken;
      this.taken = 0;
    } else if (this.taken > this.period) this.period = this.taken;
    this.credit += taken * Math.max(WORTH_OF_REFERENCE, (4 * WORTH_OF_COLLECTION) / this.period) + pressure;
    this.interval = Math.max(1, Math.min(LONGEST_INTERVAL, this.period >> 3));
    if (this.credit >= this.cost) this.look(false);
    return this.interval;
  }

  private afterCollection(): void {
    this.look(true);
    this.collections.register({}, undefined);
  }

  /**
   * Looks at all slots. Anything may interrupt this: a timeout ends it at any point, a debugger may run wasm and another
   * look in between. So nothing is let go before everything is noted, and whoever finds that another look has begun
   * leaves the rest to that.
   * @param idle no JavaScript runs: the argument buffer has nothing that is still needed.
   */
  private look(idle: boolean): void {
    const { native, externs } = this;
    const number = ++this.looks;
    this.credit = 0;
    this.leaving = { value: this.held, next: this.leaving };
    this.held = null;
    this.i32[ControlWord.EPOCH]++;
    this.functions = new Map();
    for (; this.caches !== null; this.caches = this.caches.next) this.caches.value.forget();
    const marks = externs.begin();
    const found = native.scan(marks, idle);
    if (found === undefined) return;
    // A view of the engine's realm (util/realm.ts): the program may have changed what its own ask.
    const rows = new Uint32Array(found);
    this.cost = Math.max(LEAST_COST, rows[0] + externs.size);
    let changes: Link<Change> | null = null;
    for (let at = 1; at < rows.length;) {
      const kind = rows[at++];
      const id = rows[at++];
      const values = new Array<unknown>(rows[at++]);
      for (let i = 0; i < values.length; i++) values[i] = externs.at(rows[at++]);
      let instances: Link<unknown> | null = null;
      for (let n = rows[at++]; n > 0; n--)
        instances = { value: native.state(ObjectKind.INSTANCE, rows[at++]), next: instances };
      if (kind !== CALLS)
        changes = { value: { owner: native.state(kind, id) as Owner, holds: { values, instances } }, next: changes };
      else
        for (; instances !== null; instances = instances.next)
          if (instances.value !== undefined) this.hold(instances.value as Holdable);
    }
    for (; changes !== null; changes = changes.next) {
      if (this.looks !== number) return;
      const { owner, holds } = changes.value;
      if (owner !== undefined) owner.holds = holds;
    }
    if (this.looks !== number) return;
    native.scanned(marks);
    externs.sweep(marks, idle);
    if (this.looks === number) this.leaving = null;
  }
}
