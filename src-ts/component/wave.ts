/**
 * WAVE, the text of component values (https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave): calls
 * and values to what jco's glue takes, and results back to text.
 */
import { shortestFloat32 } from '../util/numbers.js';
import type { PlainKind, WitFunction, WitType } from './wit.js';
import { typeText } from './wit.js';

/** Text that is no value of the wanted type. */
export class WaveError extends Error {
  constructor(
    readonly what: string,
    /** Characters in front of the place. */
    readonly at: number,
  ) {
    super(`character ${at + 1}: ${what}`);
  }
}

type IntegerKind = Extract<PlainKind, `${'s' | 'u'}${number}`>;
/** Bits and sign of the types of integers. */
const INTEGERS: Readonly<Record<IntegerKind, readonly [bits: number, signed: boolean]>> = {
  s8: [8, true],
  s16: [16, true],
  s32: [32, true],
  s64: [64, true],
  u8: [8, false],
  u16: [16, false],
  u32: [32, false],
  u64: [64, false],
};
/** Lists of these are typed arrays. */
const ARRAYS: Partial<Record<WitType['kind'], { from(list: never[]): unknown }>> = {
  s8: Int8Array,
  s16: Int16Array,
  s32: Int32Array,
  s64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** Words that a label of the same spelling has a `%` in front of. */
const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'inf', 'nan', 'some', 'none', 'ok', 'err']);

/** `kebab-case` → `kebabCase`, as jco names fields, functions and flags. */
export function camelCase(name: string): string {
  const [first, ...rest] = name.toLowerCase().split('-');
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

/** The name of a call's function: all in front of the parentheses, which may be missing. */
export function calledName(call: string): string {
  return /^[^(]*/.exec(call)![0].trim();
}

/**
 * The arguments of a call `name(…)`. Options at the end may be left out.
 * @throws WaveError
 */
export function parseCall(call: string, f: WitFunction): unknown[] {
  const open = call.indexOf('(');
  const r = new WaveReader(call, open < 0 ? call.length : open + 1);
  const values: unknown[] = [];
  const end = (): boolean => open < 0 || r.skip(')');
  for (const [k, [name, type]] of f.params.entries()) {
    if (end()) {
      for (const [, rest] of f.params.slice(k))
        if (rest.kind !== 'option')
          throw new WaveError(`the argument ${name}: ${typeText(type)} is missing`, r.start());
      return [...values, ...f.params.slice(k).map(([, rest]) => none(rest))];
    }
    values.push(r.value(type));
    if (!r.skip(',') && !r.looksAt(')')) throw new WaveError("',' or ')' is missing", r.start());
  }
  if (!end())
    throw new WaveError(`${f.name} takes ${f.params.length} argument${f.params.length === 1 ? '' : 's'}`, r.start());
  r.end();
  return values;
}

/** A value as text. */
export function formatValue(type: WitType, value: unknown): string {
  switch (type.kind) {
    case 'bool':
    case 's8':
    case 's16':
    case 's32':
    case 's64':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
      return String(value);
    case 'f32':
      return floatText(value as number, shortestFloat32(value as number));
    case 'f64':
      return floatText(value as number, value as number);
    case 'char':
      return `'${escaped(value as string)}'`;
    case 'string':
      return `"${escaped(value as string)}"`;
    case 'list':
      return `[${Array.from(value as Iterable<unknown>, (v) => formatValue(type.element, v)).join(', ')}]`;
    case 'tuple':
      return `(${type.elements.map((t, k) => formatValue(t, (value as unknown[])[k])).join(', ')})`;
    case 'enum':
      return label(value as string);
    case 'flags': {
      const set = value as Record<string, boolean>;
      return `{${type.names.filter((name) => set[camelCase(name)]).join(', ')}}`;
    }
    case 'record': {
      const members = value as Record<string, unknown>;
      const shown = type.fields.flatMap(([name, t]) => {
        const v = members[camelCase(name)];
        return isNone(t, v) ? [] : [`${name}: ${formatValue(t, v)}`];
      });
      return shown.length === 0 ? '{:}' : `{${shown.join(', ')}}`;
    }
    case 'option': {
      if (isNone(type, value)) return 'none';
      const some = type.some.kind === 'option' ? (value as { val: unknown }).val : value;
      return `some(${formatValue(type.some, some)})`;
    }
    case 'result': {
      const { tag, val } = value as { tag: 'ok' | 'err'; val: unknown };
      return withPayload(tag, type[tag], val);
    }
    case 'variant': {
      const { tag, val } = value as { tag: string; val: unknown };
      return withPayload(label(tag), type.cases.find(([name]) => name === tag)?.[1] ?? null, val);
    }
    case 'opaque':
      return `<${type.name}>`;
  }
}

const withPayload = (name: string, type: WitType | null, val: unknown): string =>
  type === null ? name : `${name}(${formatValue(type, val)})`;
const label = (name: string): string => (KEYWORDS.has(name) ? `%${name}` : name);
/** An option in an option is tagged, others are undefined where they have no value. */
const isNone = (type: WitType, value: unknown): boolean =>
  type.kind === 'option' &&
  (type.some.kind === 'option' ? (value as { tag: string } | undefined)?.tag !== 'some' : value === undefined);

const none = (type: WitType): unknown =>
  type.kind === 'option' && type.some.kind === 'option' ? { tag: 'none' } : undefined;

/** All digits, without an exponent. */
function floatText(value: number, shortest: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [, whole, fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(
    String(Math.abs(shortest)),
  )!;
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const rest = digits.slice(point);
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${rest === '' ? '' : `.${rest}`}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
};
function escaped(text: string): string {
  let out = '';
  for (const c of text) {
    if (c in ESCAPES) out += ESCAPES[c];
    else out += c !== ' ' && /[\p{C}\p{Z}\p{Grapheme_Extend}]/u.test(c) ? `\\u{${c.codePointAt(0)!.toString(16)}}` : c;
  }
  return out;
}
const UNESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const WORD = /%?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|-?inf|nan/y;

/** Reads values from the front of a text. */
class WaveReader {
  constructor(
    private readonly text: string,
    private pos: number,
  ) {}

  /** Where the next token begins, behind blanks and comments. */
  start(): number {
    const blank = /(?:\s|\/\/.*)*/y;
    blank.lastIndex = this.pos;
    blank.exec(this.text);
    return (this.pos = blank.lastIndex);
  }

  looksAt(token: string): boolean {
    return this.text.startsWith(token, this.start());
  }

  skip(token: string): boolean {
    const there = this.looksAt(token);
    if (there) this.pos += token.length;
    return there;
  }

  end(): void {
    if (this.start() < this.text.length) throw this.wrong('the end');
  }

  value(type: WitType): unknown {
    switch (type.kind) {
      case 'bool':
        return this.oneOf(type, ['true', 'false']) === 'true';
      case 'f32':
      case 'f64':
        return this.float(type);
      case 'char':
        return this.char();
      case 'string':
        return this.string();
      case 'list':
        return this.list(type);
      case 'tuple':
        return this.tuple(type.elements);
      case 'record':
        return this.record(type.fields);
      case 'flags':
        return this.flags(type);
      case 'enum':
        return this.oneOf(type, type.names);
      case 'variant': {
        const tag = this.oneOf(
          type,
          type.cases.map(([name]) => name),
        );
        return this.payload(tag, type.cases.find(([name]) => name === tag)![1]);
      }
      case 'option':
        return this.option(type);
      case 'result': {
        const tag = this.keyword(['ok', 'err']);
        if (tag !== null) return this.payload(tag, type[tag]);
        if (type.ok === null || isNested(type.ok)) throw this.wrong(typeText(type));
        return { tag: 'ok', val: this.value(type.ok) };
      }
      case 'opaque':
        throw new WaveError(`a ${type.name} cannot be written as text`, this.start());
      default:
        return this.integer(type.kind);
    }
  }

  private integer(kind: IntegerKind): number | bigint {
    const at = this.start();
    const text = this.match(NUMBER);
    const [bits, signed] = INTEGERS[kind];
    if (text === null || !/^-?\d+$/.test(text)) throw this.wrong(kind, at);
    const n = BigInt(text);
    const fits = n === (signed ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n));
    if (!fits) throw new WaveError(`${text} is out of the range of ${kind}`, at);
    return bits === 64 ? n : Number(n);
  }

  private float(type: WitType): number {
    const at = this.start();
    const text = this.match(NUMBER);
    if (text === null) throw this.wrong(typeText(type), at);
    if (text === 'nan') return NaN;
    const value = text.endsWith('inf') ? (text === 'inf' ? Infinity : -Infinity) : Number(text);
    return type.kind === 'f32' ? Math.fround(value) : value;
  }

  private char(): string {
    const at = this.start();
    if (!this.skip("'")) throw this.wrong('char', at);
    const c = this.character("'");
    if (c === '' || this.text[this.pos] !== "'") throw new WaveError('a char is one character in single quotes', at);
    this.pos++;
    return c;
  }

  private string(): string {
    const at = this.start();
    if (this.skip('"""')) return this.lines(at);
    if (!this.skip('"')) throw this.wrong('string', at);
    let out = '';
    while (this.text[this.pos] !== '"') {
      if (this.pos >= this.text.length) throw new WaveError('the string does not end', at);
      out += this.character('"');
    }
    this.pos++;
    return out;
  }

  /** A string between `"""`, each on a line of its own; the indentation of the last line is not part of it. */
  private lines(at: number): string {
    const m = /\r?\n([^]*?)\r?\n([ ]*)"""/y;
    m.lastIndex = this.pos;
    const found = m.exec(this.text);
    if (found === null) throw new WaveError('a string with """ needs them on lines of their own', at);
    const [, body, indent] = found;
    let out = '';
    const inner = body.split(/\r?\n/).map((line) => {
      if (line !== '' && !line.startsWith(indent)) throw new WaveError('a line is indented less than the last """', at);
      return line.slice(indent.length);
    });
    const r = new WaveReader(inner.join('\n'), 0);
    while (r.pos < r.text.length) out += r.character('');
    this.pos = m.lastIndex;
    return out;
  }

  /** One character of a char or a string; the empty text at its end. */
  private character(quote: string): string {
    const code = this.text.codePointAt(this.pos);
    if (code === undefined || this.text[this.pos] === quote) return '';
    const c = String.fromCodePoint(code);
    if (c !== '\\') {
      this.pos += c.length;
      return c;
    }
    const escape = /\\(?:([tnr\\'"])|u\{([0-9a-fA-F]{1,6})\})/y;
    escape.lastIndex = this.pos;
    const m = escape.exec(this.text);
    const scalar = m?.[2] === undefined ? 0 : parseInt(m[2], 16);
    if (m === null || scalar > 0x10ffff || (scalar >= 0xd800 && scalar < 0xe000))
      throw new WaveError('no such escape; there are \\t \\n \\r \\\\ \\\' \\" \\u{…}', this.pos);
    this.pos = escape.lastIndex;
    return m[1] === undefined ? String.fromCodePoint(scalar) : UNESCAPES[m[1]];
  }

  private list(type: Extract<WitType, { kind: 'list' }>): unknown {
    const at = this.start();
    if (!this.skip('[')) throw this.wrong(typeText(type));
    const values = this.sequence(']', () => this.value(type.element));
    if (type.length !== undefined && values.length !== type.length)
      throw new WaveError(`${values.length} elements where there must be ${type.length}`, at);
    return ARRAYS[type.element.kind]?.from(values as never[]) ?? values;
  }

  private tuple(elements: WitType[]): unknown[] {
    const at = this.start();
    if (!this.skip('(')) throw this.wrong(typeText({ kind: 'tuple', elements }));
    let k = 0;
    const values = this.sequence(')', () => {
      if (k === elements.length) throw new WaveError(`the tuple has ${elements.length} elements`, this.start());
      return this.value(elements[k++]);
    });
    if (k < elements.length) throw new WaveError(`the tuple has ${elements.length} elements, not ${k}`, at);
    return values;
  }

  private record(fields: [string, WitType][]): Record<string, unknown> {
    const at = this.start();
    if (!this.skip('{')) throw this.wrong(typeText({ kind: 'record', fields }));
    const made: Record<string, unknown> = {};
    const given = new Set<string>();
    // `{:}` has no fields.
    if (this.skip(':')) {
      if (!this.skip('}')) throw this.wrong("'}'");
    } else
      this.sequence('}', () => {
        const where = this.start();
        const name = this.label();
        const type = fields.find(([n]) => n === name)?.[1];
        if (type === undefined)
          throw new WaveError(
            `there is no field '${name ?? ''}'; there are ${fields.map(([n]) => n).join(', ')}`,
            where,
          );
        if (given.has(name!)) throw new WaveError(`the field ${name} is there twice`, where);
        given.add(name!);
        if (!this.skip(':')) throw this.wrong("':'");
        made[camelCase(name!)] = this.value(type);
      });
    for (const [name, type] of fields) {
      if (given.has(name)) continue;
      if (type.kind !== 'option') throw new WaveError(`the field ${name}: ${typeText(type)} is missing`, at);
      made[camelCase(name)] = none(type);
    }
    return made;
  }

  private flags(type: Extract<WitType, { kind: 'flags' }>): Record<string, boolean> {
    if (!this.skip('{')) throw this.wrong(typeText(type));
    const set = Object.fromEntries(type.names.map((name) => [camelCase(name), false]));
    this.sequence('}', () => (set[camelCase(this.oneOf(type, type.names))] = true));
    return set;
  }

  private option(type: Extract<WitType, { kind: 'option' }>): unknown {
    const { some } = type;
    const tag = this.keyword(['some', 'none']);
    if (tag === null && isNested(some)) throw this.wrong(typeText(type));
    const value = tag === 'some' ? this.inParentheses(some) : tag === null ? this.value(some) : undefined;
    if (tag === 'none') return none(type);
    return some.kind === 'option' ? { tag: 'some', val: value } : value;
  }

  private payload<T extends string>(tag: T, type: WitType | null): { tag: T; val?: unknown } {
    return type === null ? { tag } : { tag, val: this.inParentheses(type) };
  }

  private inParentheses(type: WitType): unknown {
    if (!this.skip('(')) throw this.wrong(`a ${typeText(type)} in parentheses`);
    const value = this.value(type);
    if (!this.skip(')')) throw this.wrong("')'");
    return value;
  }

  /** Elements up to `close`, with a comma between two, and one behind the last if one likes. */
  private sequence<T>(close: string, element: () => T): T[] {
    const values: T[] = [];
    while (!this.skip(close)) {
      values.push(element());
      if (!this.skip(',') && !this.looksAt(close)) throw this.wrong(`',' or '${close}'`);
    }
    return values;
  }

  /** A name, without the `%` that keeps it apart from a keyword. */
  private label(): string | null {
    const word = this.match(WORD);
    return word?.replace(/^%/, '') ?? null;
  }

  /** One of these, as a keyword; nothing is read if it is another word. */
  private keyword<T extends string>(words: readonly T[]): T | null {
    const back = this.start();
    const word = this.match(WORD);
    if ((words as readonly (string | null)[]).includes(word)) return word as T;
    this.pos = back;
    return null;
  }

  private oneOf(type: WitType, names: readonly string[]): string {
    const at = this.start();
    const word = this.label();
    if (word === null || !names.includes(word)) throw this.wrong(typeText(type), at);
    return word;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.start();
    const m = pattern.exec(this.text);
    if (m === null) return null;
    this.pos = pattern.lastIndex;
    return m[0];
  }

  private wrong(wanted: string, at = this.start()): WaveError {
    const found = /^[\w%.+-]+|^./u.exec(this.text.slice(at))?.[0];
    return new WaveError(`${found === undefined ? 'the text ends' : `'${found}'`} where ${wanted} should be`, at);
  }
}

/** Values of these have to be written with their tag. */
const isNested = (type: WitType): boolean => type.kind === 'option' || type.kind === 'result';
