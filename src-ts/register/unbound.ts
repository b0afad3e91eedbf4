/**
 * Tables, globals and tags that the program makes. They are V8's until a module of this engine imports them
 * (late-binding.ts), which has to know what they were asked for.
 */

export interface TableDescriptor {
  element: string;
  max: number | null;
}

export interface GlobalDescriptor {
  value: string;
  mutable: boolean;
}

const TABLE_ELEMENTS = ['anyfunc', 'funcref', 'externref'];
const GLOBAL_VALUES = ['i32', 'i64', 'f32', 'f64', 'anyfunc', 'funcref', 'externref'];

export class Unbound {
  readonly tables = new WeakMap<object, TableDescriptor>();
  readonly globals = new WeakMap<object, GlobalDescriptor>();
  /** Types of the contents. */
  readonly tags = new WeakMap<object, string[]>();
  /** Whether there ever was anything unbound. */
  used = false;

  /** Notes what V8 has just made of these arguments. */
  note(kind: 'Table' | 'Global' | 'Tag', made: object, [descriptor, init]: unknown[]): void {
    if (kind === 'Tag') return this.noteTag(made, descriptor as { parameters: unknown });
    // With a function in it, it is V8's.
    if (typeof init === 'function') return;
    if (kind === 'Table') this.noteTable(made, descriptor as { element: unknown; maximum?: unknown });
    else this.noteGlobal(made, descriptor as { value: unknown; mutable?: unknown });
  }

  private noteTable(made: object, { element, maximum }: { element: unknown; maximum?: unknown }): void {
    if (!TABLE_ELEMENTS.includes(String(element))) return;
    this.tables.set(made, { element: String(element), max: maximum === undefined ? null : Number(maximum) });
    this.used = true;
  }

  private noteGlobal(made: object, { value, mutable }: { value: unknown; mutable?: unknown }): void {
    if (!GLOBAL_VALUES.includes(String(value))) return;
    this.globals.set(made, { value: String(value), mutable: Boolean(mutable) });
    this.used = true;
  }

  private noteTag(made: object, { parameters }: { parameters: unknown }): void {
    // Anything else is used up by now.
    if (!Array.isArray(parameters)) return;
    this.tags.set(made, parameters.map(String));
    this.used = true;
  }

  has(value: object): boolean {
    return this.tables.has(value) || this.globals.has(value) || this.tags.has(value);
  }

  /** An engine has it from now on. */
  delete(value: object): void {
    this.tables.delete(value);
    this.globals.delete(value);
    this.tags.delete(value);
  }
}
