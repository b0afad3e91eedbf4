/**
 * Tables, globals and tags that the program makes belong to no engine until a module imports them. They are made as V8's; the
 * first module of this engine that imports one has it made anew here with the same contents, under the same object: its
 * prototype becomes this engine's. (Memories need nothing of the kind: both engines take V8's.)
 */
import type { Adopter } from '../runtime/registry.js';
import type { V8Engine } from './v8.js';
import type { Wamr } from './wamr.js';

interface TableDescriptor {
  element: string;
  max: number | null;
}

interface GlobalDescriptor {
  value: string;
  mutable: boolean;
}

const TABLE_ELEMENTS = ['anyfunc', 'funcref', 'externref'];
const GLOBAL_VALUES = ['i32', 'i64', 'f32', 'f64', 'anyfunc', 'funcref', 'externref'];

export class LateBinding {
  private readonly tables = new WeakMap<object, TableDescriptor>();
  private readonly globals = new WeakMap<object, GlobalDescriptor>();
  /** Types of the contents. */
  private readonly tags = new WeakMap<object, string[]>();
  /** Whether there ever was anything unbound. */
  used = false;
  readonly Table: Function;
  readonly Global: Function;
  /** Where V8 has one. */
  readonly Tag: Function | undefined;

  constructor(private readonly v8: V8Engine) {
    if (v8.wasm.Tag !== undefined) this.Tag = this.constructorLike('Tag', (made, args) => this.noteTag(made, args));
    this.Table = this.constructorLike('Table', (made, args) => this.noteTable(made, args));
    this.Global = this.constructorLike('Global', (made, args) => this.noteGlobal(made, args));
  }

  /** A constructor of V8's objects that notes what it was asked for. */
  private constructorLike(name: 'Table' | 'Global' | 'Tag', note: (made: object, args: unknown[]) => void): Function {
    const original = this.v8.wasm[name]!;
    const replacement = {
      [name]: function (...args: unknown[]): object {
        // Without `new`: V8's error.
        if (new.target === undefined) return (original as unknown as (...a: unknown[]) => object)(...args);
        const made = Reflect.construct(original, args, new.target) as object;
        note(made, args);
        return made;
      },
    }[name];
    imitate(replacement, original);
    return replacement;
  }

  private noteTable(made: object, [descriptor, init]: unknown[]): void {
    const { element, maximum } = descriptor as { element: unknown; maximum?: unknown };
    // With a function in it, it is V8's.
    if (!TABLE_ELEMENTS.includes(String(element)) || typeof init === 'function') return;
    this.tables.set(made, { element: String(element), max: maximum === undefined ? null : Number(maximum) });
    this.used = true;
  }

  private noteGlobal(made: object, [descriptor, init]: unknown[]): void {
    const { value, mutable } = descriptor as { value: unknown; mutable?: unknown };
    if (!GLOBAL_VALUES.includes(String(value)) || typeof init === 'function') return;
    this.globals.set(made, { value: String(value), mutable: Boolean(mutable) });
    this.used = true;
  }

  private noteTag(made: object, [type]: unknown[]): void {
    const { parameters } = type as { parameters: unknown };
    // Anything else is used up by now.
    if (!Array.isArray(parameters)) return;
    this.tags.set(made, parameters.map(String));
    this.used = true;
  }

  isUnbound(value: object): boolean {
    return this.isUnboundTable(value) || this.globals.has(value) || this.tags.has(value);
  }

  /** A table that has got a function of V8's is V8's. */
  isUnboundTable(value: object): boolean {
    if (!this.tables.has(value)) return false;
    const table = value as { length: number; get(i: number): unknown };
    for (let i = 0, n = table.length; i < n; i++)
      if (typeof table.get(i) === 'function') return (this.tables.delete(value), false);
    return true;
  }

  /** A module of V8's uses it from now on. */
  bindToV8(value: object): void {
    this.tables.delete(value);
    this.globals.delete(value);
    this.tags.delete(value);
  }

  /** What makes unbound objects this engine's. */
  adopter(wamr: Wamr): Adopter {
    const { env, GlobalState, jsTag, TableState, TagState, TYPE_NAMES } = wamr.internals;
    const { Table, Global, JSTag } = this.v8.wasm;
    const lengthOf = Object.getOwnPropertyDescriptor(Table.prototype, 'length')!.get!;
    const elementOf = Table.prototype.get as (this: object, i: number) => unknown;
    const valueOf = Object.getOwnPropertyDescriptor(Global.prototype, 'value')!.get!;
    return {
      table: (value) => {
        const descriptor = this.tables.get(value);
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
        this.tables.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Table.prototype);
        state.standFor(value);
        return state;
      },
      global: (value) => {
        const descriptor = this.globals.get(value);
        if (descriptor === undefined) return null;
        const type = TYPE_NAMES[descriptor.value];
        const state = GlobalState.create(env(), { type, mutable: descriptor.mutable });
        state.value = valueOf.call(value) as unknown;
        this.globals.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Global.prototype);
        state.standFor(value);
        return state;
      },
      tag: (value) => {
        if (value === JSTag) return jsTag(env());
        const names = this.tags.get(value);
        if (names === undefined) return null;
        const e = env();
        const state = TagState.create(e, e.types.plain({ params: names.map((n) => TYPE_NAMES[n]), results: [] }));
        this.tags.delete(value);
        Object.setPrototypeOf(value, wamr.WebAssembly.Tag.prototype);
        state.standFor(value);
        return state;
      },
    };
  }
}

/** Gives a replacement of a class of V8's its name, length, prototype and static members. */
export function imitate(replacement: Function, original: { prototype: object } & Function): void {
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(original)))
    if (key !== 'prototype') Object.defineProperty(replacement, key, property);
  Object.defineProperty(replacement, 'prototype', { value: original.prototype, writable: false });
  Object.defineProperty(original.prototype, 'constructor', { value: replacement, writable: true, configurable: true });
}
