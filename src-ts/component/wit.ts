/**
 * The functions that a component exports, with their types, out of its world as wasm-tools prints it. A reader of that
 * text, not a checker: names are resolved, everything else is taken as it stands.
 * Grammar: https://github.com/WebAssembly/component-model/blob/main/design/mvp/WIT.md
 */

/** Types without parts. */
const PLAIN = ['bool', 's8', 's16', 's32', 's64', 'u8', 'u16', 'u32', 'u64', 'f32', 'f64', 'char', 'string'] as const;
export type PlainKind = (typeof PLAIN)[number];

export type WitType =
  | { kind: PlainKind }
  | { kind: 'list'; element: WitType; length?: number }
  | { kind: 'option'; some: WitType }
  | { kind: 'result'; ok: WitType | null; err: WitType | null }
  | { kind: 'tuple'; elements: WitType[] }
  | { kind: 'record'; fields: [name: string, type: WitType][] }
  | { kind: 'variant'; cases: [name: string, type: WitType | null][] }
  | { kind: 'enum'; names: string[] }
  | { kind: 'flags'; names: string[] }
  /** What has no values in text: resources, streams, futures. */
  | { kind: 'opaque'; name: string };

/** An exported function. */
export interface WitFunction {
  /** Of the exported interface that it is in, with version; null: it is an export itself. */
  interface: string | null;
  name: string;
  params: [name: string, type: WitType][];
  result: WitType | null;
}

/** Names of an interface or a world → types. */
type Scope = Map<string, WitType>;

interface Interface {
  scope: Scope;
  functions: WitFunction[];
}

/** @throws Error with the place of what cannot be read */
export function exportedFunctions(wit: string): WitFunction[] {
  return new Document(wit).exports();
}

/** `(a: s32, b: list<u8>) -> string`, for messages. */
export function signature({ params, result }: WitFunction): string {
  const list = params.map(([name, type]) => `${name}: ${typeText(type)}`).join(', ');
  return `(${list})${result === null ? '' : ` -> ${typeText(result)}`}`;
}

/** A type as WIT spells it, named ones by their contents. */
export function typeText(t: WitType): string {
  const members = (list: readonly [string, WitType | null][], join: (name: string, type: string) => string): string =>
    list.map(([name, type]) => (type === null ? name : join(name, typeText(type)))).join(', ');
  switch (t.kind) {
    case 'list':
      return `list<${typeText(t.element)}${t.length === undefined ? '' : `, ${t.length}`}>`;
    case 'option':
      return `option<${typeText(t.some)}>`;
    case 'result': {
      const { ok, err } = t;
      if (ok === null && err === null) return 'result';
      return `result<${ok === null ? '_' : typeText(ok)}${err === null ? '' : `, ${typeText(err)}`}>`;
    }
    case 'tuple':
      return `tuple<${t.elements.map(typeText).join(', ')}>`;
    case 'record':
      return `record { ${members(t.fields, (name, type) => `${name}: ${type}`)} }`;
    case 'variant':
      return `variant { ${members(t.cases, (name, type) => `${name}(${type})`)} }`;
    case 'enum':
    case 'flags':
      return `${t.kind} { ${t.names.join(', ')} }`;
    case 'opaque':
      return t.name;
    default:
      return t.kind;
  }
}

const TOKEN = /\s+|\/\/.*|\/\*[^]*?\*\/|(->|[%\w][\w-]*|[^\s\w])/y;

/** The text, read from the front. Packages may stand behind what uses them, so interfaces are read when asked for. */
class Document {
  private readonly tokens: { text: string; at: number }[] = [];
  private next = 0;
  /** Where the contents of an interface (`ns:pkg/name@1.0.0`) begin. */
  private readonly starts = new Map<string, number>();
  private readonly interfaces = new Map<string, Interface>();
  /** Of the world that is the component's: the first. */
  private world = -1;

  constructor(private readonly source: string) {
    TOKEN.lastIndex = 0;
    for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
      const m = TOKEN.exec(source);
      if (m === null) throw this.unreadable(at);
      if (m[1] !== undefined) this.tokens.push({ text: m[1], at });
    }
    this.index();
  }

  /** The exported functions of the world. */
  exports(): WitFunction[] {
    const found: WitFunction[] = [];
    if (this.world < 0) return found;
    this.next = this.world;
    const scope: Scope = new Map();
    while (!this.skip('}')) {
      this.skipAttributes();
      if (this.skip('import')) this.skipStatement();
      else if (this.skip('export')) found.push(...this.readExport(scope));
      else if (!this.readTypeOrUse(scope, '')) throw this.unreadable(this.tokens[this.next]?.at ?? this.source.length);
    }
    return found;
  }

  private readExport(scope: Scope): WitFunction[] {
    const from = this.next;
    const name = this.take();
    // `name: func(…)`, `name: interface { … }`, `ns:pkg/iface@1.0.0;`
    if (this.skip(':')) {
      if (this.at('func') || this.at('async')) return [this.readFunction(name, null, scope)];
      if (this.skip('interface')) {
        this.expect('{');
        return this.readInterface(name, '').functions;
      }
    }
    this.next = from;
    const id = this.takeName();
    this.expect(';');
    return this.interface(id).functions;
  }

  /** Notes where interfaces and the world begin. */
  private index(): void {
    let own = '';
    while (this.next < this.tokens.length) {
      if (this.skip('package')) {
        const id = this.takeName();
        if (this.skip(';')) own = id;
        else {
          this.expect('{');
          while (!this.skip('}')) this.indexItem(id);
        }
      } else this.indexItem(own);
    }
  }

  private indexItem(packageId: string): void {
    this.skipAttributes();
    const what = this.take();
    const name = bare(this.take());
    this.expect('{');
    if (what === 'world' && this.world < 0) this.world = this.next;
    else if (what === 'interface') this.starts.set(inPackage(packageId, name), this.next);
    this.skipBlock();
  }

  private interface(id: string): Interface {
    const known = this.interfaces.get(id);
    if (known !== undefined) return known;
    const start = this.starts.get(id);
    if (start === undefined) throw new Error(`the component's interfaces lack ${id}`);
    const back = this.next;
    this.next = start;
    const made = this.readInterface(id, id.replace(/\/.*?(@|$)/, '$1'));
    this.next = back;
    return made;
  }

  /** Behind its `{`. */
  private readInterface(id: string, packageId: string): Interface {
    const made: Interface = { scope: new Map(), functions: [] };
    this.interfaces.set(id, made);
    while (!this.skip('}')) {
      if (this.readTypeOrUse(made.scope, packageId)) continue;
      const name = bare(this.take());
      this.expect(':');
      made.functions.push(this.readFunction(name, id, made.scope));
    }
    return made;
  }

  /** Behind the colon. */
  private readFunction(name: string, where: string | null, scope: Scope): WitFunction {
    this.skip('async');
    this.expect('func');
    this.expect('(');
    const params: WitFunction['params'] = [];
    while (!this.skip(')')) {
      const param = bare(this.take());
      this.expect(':');
      params.push([param, this.readType(scope)]);
      this.skip(',');
    }
    const result = this.skip('->') ? this.readType(scope) : null;
    this.expect(';');
    return { interface: where, name: bare(name), params, result };
  }

  /** Reads a definition of a type, or a `use`, if one stands here. */
  private readTypeOrUse(scope: Scope, packageId: string): boolean {
    this.skipAttributes();
    // A function may be called like a keyword: then a colon follows.
    if (this.tokens[this.next + 1]?.text === ':') return false;
    if (this.skip('use')) this.readUse(scope, packageId);
    else if (this.skip('type')) {
      const name = bare(this.take());
      this.expect('=');
      scope.set(name, this.readType(scope));
      this.expect(';');
    } else if (this.skip('resource')) {
      const name = bare(this.take());
      scope.set(name, { kind: 'opaque', name: `resource ${name}` });
      if (!this.skip(';')) {
        this.expect('{');
        this.skipBlock();
      }
    } else return this.readMembers(scope);
    return true;
  }

  /** record, variant, enum, flags. */
  private readMembers(scope: Scope): boolean {
    const kind = this.tokens[this.next]?.text;
    if (kind !== 'record' && kind !== 'variant' && kind !== 'enum' && kind !== 'flags') return false;
    this.next++;
    const name = bare(this.take());
    this.expect('{');
    const members: [string, WitType | null][] = [];
    while (!this.skip('}')) {
      this.skipAttributes();
      const member = bare(this.take());
      let type: WitType | null = null;
      if (this.skip(':')) type = this.readType(scope);
      else if (this.skip('(')) {
        type = this.readType(scope);
        this.expect(')');
      }
      members.push([member, type]);
      this.skip(',');
    }
    const names = members.map(([member]) => member);
    if (kind === 'record') scope.set(name, { kind, fields: members as [string, WitType][] });
    else if (kind === 'variant') scope.set(name, { kind, cases: members });
    else scope.set(name, { kind, names });
    return true;
  }

  /** `use ns:pkg/iface@1.0.0.{a, b as c};` or `use iface.{a};`, behind `use`. */
  private readUse(scope: Scope, packageId: string): void {
    const id = this.takeName();
    const from = this.interface(id.includes(':') ? id : inPackage(packageId, id)).scope;
    this.expect('.');
    this.expect('{');
    while (!this.skip('}')) {
      const name = bare(this.take());
      const as = this.skip('as') ? bare(this.take()) : name;
      scope.set(as, from.get(name) ?? { kind: 'opaque', name });
      this.skip(',');
    }
    this.expect(';');
  }

  private readType(scope: Scope): WitType {
    const { at } = this.tokens[this.next] ?? { at: this.source.length };
    const word = this.take();
    if ((PLAIN as readonly string[]).includes(word)) return { kind: word as PlainKind };
    switch (word) {
      case 'list': {
        const [element, length] = this.readArguments(scope);
        return length === undefined
          ? { kind: 'list', element: element as WitType }
          : { kind: 'list', element: element as WitType, length: length as number };
      }
      case 'option':
        return { kind: 'option', some: this.readArguments(scope)[0] as WitType };
      case 'tuple':
        return { kind: 'tuple', elements: this.readArguments(scope) as WitType[] };
      case 'result': {
        const [ok = null, err = null] = this.at('<') ? this.readArguments(scope) : [];
        return { kind: 'result', ok: ok as WitType | null, err: err as WitType | null };
      }
      case 'own':
      case 'borrow':
      case 'stream':
      case 'future':
      case 'map':
        if (this.at('<')) this.readArguments(scope);
        return { kind: 'opaque', name: word };
      case 'error-context':
        return { kind: 'opaque', name: word };
      default: {
        const named = scope.get(bare(word));
        if (named === undefined) throw this.unreadable(at);
        return named;
      }
    }
  }

  /** Types in angle brackets; `_` is null, a length a number. */
  private readArguments(scope: Scope): (WitType | number | null)[] {
    const list: (WitType | number | null)[] = [];
    this.expect('<');
    while (!this.skip('>')) {
      if (this.skip('_')) list.push(null);
      else if (/^\d+$/.test(this.tokens[this.next]?.text ?? '')) list.push(Number(this.take()));
      else list.push(this.readType(scope));
      this.skip(',');
    }
    return list;
  }

  /** `@since(version = 0.2.0)` and the like. */
  private skipAttributes(): void {
    while (this.skip('@')) {
      this.take();
      if (this.skip('(')) while (!this.skip(')')) this.take();
    }
  }

  /** `ns:pkg/iface@1.0.0-rc.1`: tokens that stand next to each other; a dot before `{` is not part of it. */
  private takeName(): string {
    const first = this.tokens[this.next];
    let end = first?.at ?? 0;
    for (; this.next < this.tokens.length; this.next++) {
      const { text, at } = this.tokens[this.next];
      const follows = this.tokens[this.next + 1]?.text;
      if (at !== end || !/^([%\w][\w-]*|[:/@.+-])$/.test(text) || (text === '.' && follows === '{')) break;
      end = at + text.length;
    }
    if (first === undefined || end === first.at) throw this.unreadable(first?.at ?? this.source.length);
    return this.source.slice(first.at, end).replaceAll('%', '');
  }

  private skipStatement(): void {
    for (let depth = 0; ;) {
      const token = this.take();
      if (token === '{') depth++;
      // An interface in place ends without a semicolon.
      else if (token === '}' && --depth === 0) return;
      else if (token === ';' && depth === 0) return;
    }
  }

  /** To behind the `}` of a block whose `{` was read. */
  private skipBlock(): void {
    for (let depth = 1; depth > 0;) {
      const token = this.take();
      if (token === '{') depth++;
      else if (token === '}') depth--;
    }
  }

  private at(text: string): boolean {
    return this.tokens[this.next]?.text === text;
  }
  private skip(text: string): boolean {
    const there = this.at(text);
    if (there) this.next++;
    return there;
  }
  private take(): string {
    const token = this.tokens[this.next++];
    if (token === undefined) throw this.unreadable(this.source.length);
    return token.text;
  }
  private expect(text: string): void {
    const { at } = this.tokens[this.next] ?? { at: this.source.length };
    if (!this.skip(text)) throw this.unreadable(at);
  }

  private unreadable(at: number): Error {
    const line = this.source.slice(0, at).split('\n').length;
    const text = this.source.slice(at).split('\n')[0].slice(0, 40);
    return new Error(`the component's interfaces cannot be read at line ${line}: ${text}`);
  }
}

/** Without the `%` that keeps a name apart from a keyword. */
const bare = (name: string): string => name.replace(/^%/, '');

/** `ns:pkg@1.0.0` and `iface` → `ns:pkg/iface@1.0.0`. */
function inPackage(packageId: string, name: string): string {
  const at = packageId.indexOf('@');
  return at < 0 ? `${packageId}/${name}` : `${packageId.slice(0, at)}/${name}${packageId.slice(at)}`;
}
