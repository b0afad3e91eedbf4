/**
 * Tables, globals and tags that the program makes belong to no engine until a module imports them. They are made as V8's
 * (unbound.ts); the first module of this engine that imports one has it made anew here with the same contents, under the
 * same object: its prototype becomes this engine's. (Memories need nothing of the kind: both engines take V8's.)
 */
import type { Adopter } from '../runtime/registry.js';
import type { Unbound } from './unbound.js';
import type { V8Engine } from './v8.js';
import type { Wamr } from './wamr.js';

export class LateBinding {
  constructor(
    private readonly v8: V8Engine,
    private readonly unbound: Unbound,
  ) {}

  /** Whether there ever was anything unbound. */
  get used(): boolean {
    return this.unbound.used;
  }

  isUnbound(value: object): boolean {
    return this.isUnboundTable(value) || this.unbound.globals.has(value) || this.unbound.tags.has(value);
  }

  /** A table that has got a function of V8's is V8's. */
  isUnboundTable(value: object): boolean {
    const { tables } = this.unbound;
    if (!tables.has(value)) return false;
    const table = value as { length: number; get(i: number): unknown };
    for (let i = 0, n = table.length; i < n; i++)
      if (typeof table.get(i) === 'function') return (tables.delete(value), false);
    return true;
  }

  /** A module of V8's uses it from now on. */
  bindToV8(value: object): void {
    this.unbound.delete(value);
  }

  /** What makes unbound objects this engine's. */
  adopter(wamr: Wamr): Adopter {
    const { env, GlobalState, jsTag, TableState, TagState, TYPE_NAMES } = wamr.internals;
    const { Table, Global, JSTag } = this.v8.wasm;
    const { unbound } = this;
    const lengthOf = Object.getOwnPropertyDescriptor(Table.prototype, 'length')!.get!;
    const elementOf = Table.prototype.get as (this: object, i: number) => unknown;
    const valueOf = Object.getOwnPropertyDescriptor(Global.prototype, 'value')!.get!;
    return {
      table: (value) => {
        const descriptor = unbound.tables.get(value);
        if (descriptor === undefined || !this.isUnboundTable(value)) return null;
        const e = env();
        const min = lengthOf.call(value) as number;
        const type = TYPE_NAMES[descriptor.element] as never;
        const state = new TableState(e, { type, min, max: descriptor.max } as never);
        for (let i = 0; i < min; i++) {
          const element = elementOf.call(value, i);
          if (element !== null)
            state.set(
              i,
              state.reference(element, () => new TypeError('element')),
            );
        }
        unbound.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Table.prototype);
        state.standFor(value);
        return state;
      },
      global: (value) => {
        const descriptor = unbound.globals.get(value);
        if (descriptor === undefined) return null;
        const type = TYPE_NAMES[descriptor.value];
        const state = GlobalState.create(env(), { type, mutable: descriptor.mutable });
        state.value = valueOf.call(value) as unknown;
        unbound.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Global.prototype);
        state.standFor(value);
        return state;
      },
      tag: (value) => {
        if (value === JSTag) return jsTag(env());
        const names = unbound.tags.get(value);
        if (names === undefined) return null;
        const e = env();
        const state = TagState.create(e, e.types.plain({ params: names.map((n) => TYPE_NAMES[n]), results: [] }));
        unbound.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Tag.prototype);
        state.standFor(value);
        return state;
      },
    };
  }
}
