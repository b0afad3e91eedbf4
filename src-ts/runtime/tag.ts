/** Tags of exceptions: `Tag` of the JavaScript interface, and the state behind it. */
import { contentsLayout } from '../abi/vmctx.js';
import type { TagId } from '../binding.js';
import { ObjectKind } from '../abi/objects.js';
import { type FuncType, ValType } from '../wasm/types.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import { TYPE_NAMES, defineInterface, isObject, toDOMString } from './webidl.js';

/** The objects that stand for one. */
const tagsOf = (e: Env): Brand<TagState> => e.registry.tags as Brand<TagState>;

/** A tag as instances use it. */
export class TagState {
  /** Tells tags apart. */
  readonly serial: number;
  private wrapper: object | null = null;

  /** Its contents are the parameters. */
  readonly type: FuncType;

  /** @param number of its type. */
  constructor(
    readonly env: Env,
    readonly id: TagId,
    readonly number: number,
  ) {
    this.type = env.types.types[number];
    this.serial = env.native.tagSerial(id);
    env.lifetimes.born(ObjectKind.TAG, id, this);
  }

  /** A new tag with contents of the type of this number. */
  static create(e: Env, number: number): TagState {
    const { params } = e.types.types[number];
    return new TagState(e, e.native.tagCreate(String(number), contentsLayout(params).bytes / 8), number);
  }

  /** State of a value that may be a tag, or null. */
  static of(e: Env, value: unknown): TagState | null {
    if (!isObject(value)) return null;
    return tagsOf(e).get(value) ?? (e.registry.adopter?.tag(value) as TagState | null | undefined) ?? null;
  }

  get object(): object {
    if (this.wrapper === null) this.standFor(uncloneable(Tag.prototype));
    return this.wrapper!;
  }

  standFor(object: object): void {
    this.wrapper = object;
    tagsOf(this.env).set(object, this);
  }
}

/** The tag of the exceptions that JavaScript's own are for wasm: one externref. */
export function jsTag(e: Env): TagState {
  const { registry } = e;
  registry.jsTag ??= TagState.create(e, e.types.plain({ params: [ValType.EXTERNREF], results: [] }));
  return registry.jsTag as TagState;
}

/** `WebAssembly.Tag`. */
export class Tag {
  constructor(type: { parameters: string[] }) {
    const where = 'WebAssembly.Tag()';
    if (!isObject(type)) throw new TypeError(`${where}: Argument 0 must be a tag type`);
    const { parameters } = type as { parameters?: unknown };
    if (!isObject(parameters) || !(Symbol.iterator in parameters))
      throw new TypeError(`${where}: Argument 0 must be a tag type with 'parameters'`);
    const params = Array.from(parameters as Iterable<unknown>, (name, i) => {
      const t = TYPE_NAMES[toDOMString(name)];
      if (t === undefined)
        throw new TypeError(`${where}: Argument 0 parameter type at index #${i} must be a value type`);
      return t;
    });
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    const e = env();
    TagState.create(e, e.types.plain({ params, results: [] })).standFor(object);
    return object;
  }
}
defineInterface(Tag, 'Tag', { constructor: 1 });
