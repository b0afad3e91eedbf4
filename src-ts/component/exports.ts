/**
 * The functions that a component exports, with their types, read from its bytes. Definitions are gone through as an
 * instantiation would, with types in the place of values; core modules are passed over.
 * Binary format: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
 */
import { Reader } from '../wasm/reader.js';
import { type PlainKind, type WitFunction, type WitType } from './wit.js';

const enum SectionId {
  COMPONENT = 4,
  INSTANCE = 5,
  ALIAS = 6,
  TYPE = 7,
  CANON = 8,
  IMPORT = 10,
  EXPORT = 11,
}
const enum Sort {
  CORE = 0,
  FUNC = 1,
  VALUE = 2,
  TYPE = 3,
  COMPONENT = 4,
  INSTANCE = 5,
}

interface FunctionType {
  params: [name: string, type: WitType][];
  result: WitType | null;
}
type Exports = Map<string, Item>;
/** What makes an instance's exports out of the arguments. */
type Make = (args: Exports) => Exports;
/** What a definition is, as far as it is known without running. */
type Item =
  | { sort: Sort.FUNC; type: FunctionType }
  | { sort: Sort.TYPE; type: TypeItem }
  | { sort: Sort.INSTANCE; exports: Exports }
  | { sort: Sort.COMPONENT; make: Make }
  | { sort: Sort.CORE | Sort.VALUE };
type TypeItem =
  { of: 'value'; value: WitType } | { of: 'func'; func: FunctionType } | { of: 'instance' | 'component'; make: Make };

const PRIMITIVES: Readonly<Record<number, PlainKind>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x76: 'f32',
  0x75: 'f64',
  0x74: 'char',
  0x73: 'string',
};
const ERROR_CONTEXT = 0x64;

/**
 * @throws CompileError for a component that uses what is not known here, with its place
 */
export function exportedFunctions(component: Uint8Array): WitFunction[] {
  const found: WitFunction[] = [];
  const all = new Scope(null).component(new Reader(component))(new Map());
  for (const [name, item] of all) {
    if (item.sort === Sort.FUNC) found.push({ interface: null, name, ...item.type });
    else if (item.sort === Sort.INSTANCE)
      for (const [inner, f] of item.exports)
        // Methods of resources (`[method]…`) need a resource.
        if (f.sort === Sort.FUNC && !inner.startsWith('[')) found.push({ interface: name, name: inner, ...f.type });
  }
  return found;
}

/** The names of a component's imports and exports, with versions. @throws CompileError as `exportedFunctions` */
export const externNames = (component: Uint8Array): string[] => new Scope(null).names(new Reader(component));

/** The index spaces of a component, an instance type or a component type. */
class Scope {
  private readonly types: TypeItem[] = [];
  private readonly funcs: FunctionType[] = [];
  private readonly instances: Exports[] = [];
  private readonly components: Make[] = [];
  private readonly exports: Exports = new Map();
  private readonly imported: string[] = [];

  constructor(private readonly outer: Scope | null) {}

  /** The component that begins with its header at the reader: reading is put off until its arguments are known. */
  component(r: Reader): Make {
    const { bytes, pos, end } = r;
    const { outer } = this;
    return (args) => {
      const scope = new Scope(outer);
      const inner = new Reader(bytes, pos, end);
      inner.skip(8);
      while (inner.pos < end) scope.section(inner, args);
      return scope.exports;
    };
  }

  /** The names of imports and exports of the component that begins at the reader. */
  names(r: Reader): string[] {
    const args: Exports = new Map();
    r.skip(8);
    while (r.pos < r.end) this.section(r, args);
    return [...this.imported, ...this.exports.keys()];
  }

  private section(r: Reader, args: Exports): void {
    const id = r.u8();
    const size = r.u32();
    const end = r.pos + size;
    const own = new Reader(r.bytes, r.skip(size), end);
    if (id === SectionId.COMPONENT) {
      this.components.push(new Scope(this).component(own));
      return;
    }
    const read = this.definitionOf(id, args);
    if (read === null) return;
    for (let n = own.u32(); n > 0; n--) read(own);
  }

  private definitionOf(id: number, args: Exports): ((r: Reader) => void) | null {
    switch (id) {
      case SectionId.INSTANCE:
        return (r) => void this.instances.push(this.instance(r));
      case SectionId.ALIAS:
        return (r) => this.alias(r);
      case SectionId.TYPE:
        return (r) => void this.types.push(this.type(r));
      case SectionId.CANON:
        return (r) => this.canon(r);
      case SectionId.IMPORT:
        return (r) => {
          const name = externName(r);
          const described = this.described(r);
          this.imported.push(name);
          this.add(args.get(name) ?? described);
        };
      case SectionId.EXPORT:
        return (r) => this.export(r);
      default:
        return null;
    }
  }

  private add(item: Item): void {
    switch (item.sort) {
      case Sort.FUNC:
        this.funcs.push(item.type);
        break;
      case Sort.TYPE:
        this.types.push(item.type);
        break;
      case Sort.INSTANCE:
        this.instances.push(item.exports);
        break;
      case Sort.COMPONENT:
        this.components.push(item.make);
    }
  }

  /** Behind the sort: the index. */
  private item(r: Reader, sort: Sort): Item {
    if (sort === Sort.CORE) r.u8();
    const index = r.u32();
    const known = <T>(list: readonly T[]): T => list[index] ?? r.fail('no such definition');
    switch (sort) {
      case Sort.FUNC:
        return { sort, type: known(this.funcs) };
      case Sort.TYPE:
        return { sort, type: known(this.types) };
      case Sort.INSTANCE:
        return { sort, exports: known(this.instances) };
      case Sort.COMPONENT:
        return { sort, make: known(this.components) };
      default:
        return { sort };
    }
  }

  private sorted(r: Reader): Item {
    // The sort of core definitions has a second byte.
    return this.item(r, r.u8());
  }

  private instance(r: Reader): Exports {
    if (r.u8() === 0x01) {
      const made: Exports = new Map();
      for (let n = r.u32(); n > 0; n--) {
        const name = externName(r);
        made.set(name, this.sorted(r));
      }
      return made;
    }
    const make = this.components[r.u32()] ?? r.fail('no such component');
    const args: Exports = new Map();
    for (let n = r.u32(); n > 0; n--) {
      const name = r.name();
      args.set(name, this.sorted(r));
    }
    return make(args);
  }

  private alias(r: Reader): void {
    const sort: Sort = r.u8();
    if (sort === Sort.CORE) r.u8();
    const target = r.u8();
    if (target === 0x02) {
      let scope: Scope = this;
      for (let n = r.u32(); n > 0; n--) scope = scope.outer ?? r.fail('no such scope');
      const index = r.u32();
      if (sort === Sort.TYPE) this.types.push(scope.types[index] ?? r.fail('no such type'));
      else if (sort === Sort.COMPONENT) this.components.push(scope.components[index] ?? r.fail('no such component'));
      return;
    }
    const instance = r.u32();
    const name = r.name();
    if (sort === Sort.CORE) return;
    this.add(this.instances[instance]?.get(name) ?? r.fail(`no export ${name}`));
  }

  private canon(r: Reader): void {
    const kind = r.u8();
    if (kind === 0x00 || kind === 0x01) {
      r.u8();
      r.u32();
      for (let n = r.u32(); n > 0; n--) {
        // memory, realloc, post-return, callback have an index.
        const option = r.u8();
        if (option >= 0x03 && option !== 0x06 && option <= 0x07) r.u32();
        else if (option > 0x06) r.fail('unknown option of a canonical function');
      }
      if (kind === 0x00) this.funcs.push(this.funcType(r, r.u32()));
    } else if (kind <= 0x04 || kind === 0x07) r.u32();
    else r.fail('asynchronous built-in functions are not known');
  }

  private export(r: Reader): void {
    const name = externName(r);
    const item = this.sorted(r);
    if (r.u8() === 0x01) this.described(r);
    this.exports.set(name, item);
    this.add(item);
  }

  /** What an import or export of a type is said to be. */
  private described(r: Reader): Item {
    const sort = r.u8();
    switch (sort) {
      case 0x00:
        r.u8();
        r.u32();
        return { sort: Sort.CORE };
      case Sort.FUNC:
        return { sort, type: this.funcType(r, r.u32()) };
      case Sort.TYPE: {
        const bound = r.u8();
        if (bound === 0x00) return this.item(r, Sort.TYPE);
        return { sort, type: { of: 'value', value: { kind: 'opaque', name: 'resource' } } };
      }
      case Sort.COMPONENT:
        return { sort, make: this.maker(r) };
      case Sort.INSTANCE:
        return { sort, exports: this.maker(r)(new Map()) };
      default:
        return r.fail('values as imports are not known');
    }
  }

  private maker(r: Reader): Make {
    const type = this.types[r.u32()];
    return type?.of === 'instance' || type?.of === 'component' ? type.make : r.fail('no type of an instance');
  }

  private funcType(r: Reader, index: number): FunctionType {
    const type = this.types[index];
    return type?.of === 'func' ? type.func : r.fail('no type of a function');
  }

  private type(r: Reader): TypeItem {
    const form = r.u8();
    switch (form) {
      case 0x3f:
        r.u8();
        if (r.u8() === 0x01) r.u32();
        return { of: 'value', value: { kind: 'opaque', name: 'resource' } };
      case 0x40:
      case 0x43:
        return { of: 'func', func: this.signature(r) };
      case 0x41:
      case 0x42: {
        const scope = new Scope(this);
        for (let n = r.u32(); n > 0; n--) scope.declaration(r);
        return { of: form === 0x41 ? 'component' : 'instance', make: () => scope.exports };
      }
      default:
        return { of: 'value', value: this.definedType(r, form) };
    }
  }

  private declaration(r: Reader): void {
    switch (r.u8()) {
      case 0x01:
        this.types.push(this.type(r));
        break;
      case 0x02:
        this.alias(r);
        break;
      case 0x03:
        externName(r);
        this.add(this.described(r));
        break;
      case 0x04: {
        const name = externName(r);
        const item = this.described(r);
        if (item.sort === Sort.TYPE && item.type.of === 'value' && item.type.value.kind === 'opaque')
          item.type.value = { kind: 'opaque', name };
        this.exports.set(name, item);
        this.add(item);
        break;
      }
      default:
        r.fail('core types in types of instances are not known');
    }
  }

  private signature(r: Reader): FunctionType {
    const params = this.labelled(r);
    // One result, or none (as an empty list).
    const result = r.u8() === 0x00 ? this.valueType(r) : (r.u8(), null);
    return { params, result };
  }

  private labelled(r: Reader): [string, WitType][] {
    return Array.from({ length: r.u32() }, () => {
      const name = r.name();
      return [name, this.valueType(r)];
    });
  }

  private definedType(r: Reader, form: number): WitType {
    if (form in PRIMITIVES) return { kind: PRIMITIVES[form] };
    switch (form) {
      case 0x72:
        return { kind: 'record', fields: this.labelled(r) };
      case 0x71:
        return { kind: 'variant', cases: this.cases(r) };
      case 0x70:
        return { kind: 'list', element: this.valueType(r) };
      case 0x67: {
        const element = this.valueType(r);
        return { kind: 'list', element, length: r.u32() };
      }
      case 0x6f:
        return { kind: 'tuple', elements: Array.from({ length: r.u32() }, () => this.valueType(r)) };
      case 0x6e:
      case 0x6d:
        return { kind: form === 0x6e ? 'flags' : 'enum', names: Array.from({ length: r.u32() }, () => r.name()) };
      case 0x6b:
        return { kind: 'option', some: this.valueType(r) };
      case 0x6a: {
        const ok = this.optionalType(r);
        return { kind: 'result', ok, err: this.optionalType(r) };
      }
      case 0x69:
      case 0x68: {
        const resource = this.types[r.u32()];
        const name = resource?.of === 'value' && resource.value.kind === 'opaque' ? resource.value.name : 'resource';
        return { kind: 'opaque', name };
      }
      case 0x66:
      case 0x65:
        this.optionalType(r);
        return { kind: 'opaque', name: form === 0x66 ? 'stream' : 'future' };
      case ERROR_CONTEXT:
        return { kind: 'opaque', name: 'error-context' };
      default:
        return r.fail('unknown kind of type', r.pos - 1);
    }
  }

  private cases(r: Reader): [string, WitType | null][] {
    return Array.from({ length: r.u32() }, () => {
      const name = r.name();
      const type = this.optionalType(r);
      // Once meant the case that this one refines.
      r.u8();
      return [name, type];
    });
  }

  private optionalType(r: Reader): WitType | null {
    return r.u8() === 0x01 ? this.valueType(r) : null;
  }

  private valueType(r: Reader): WitType {
    const byte = r.bytes[r.pos];
    if (byte in PRIMITIVES || byte === ERROR_CONTEXT) return this.definedType(r, r.u8());
    const type = this.types[r.u32()];
    return type?.of === 'value' ? type.value : r.fail('no type of a value');
  }
}

/** Names of imports and exports have a kind in front, which says nothing that the name does not say. */
function externName(r: Reader): string {
  const kind = r.u8();
  const name = r.name();
  // A version as a suffix of its own.
  if (kind === 0x02) r.name();
  return name;
}
