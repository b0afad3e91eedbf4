/**
 * The commands of a script (https://github.com/WebAssembly/spec/blob/main/interpreter/README.md#scripts) out of its
 * lists. Modules stay text: whoever runs the script assembles them.
 */
import { floatBits, integerBits } from './numbers.js';
import { Lines, type List, type Node, readScript, ScriptError } from './s-expressions.js';

/** A module as the script has it. `quote`: text in texts, which may be malformed. */
export interface ModuleSource {
  id: string | null;
  kind: 'text' | 'binary' | 'quote';
  /** Of a binary. */
  bytes: Uint8Array;
  /** Of the others: at its own lines, so that an assembler's places are those of the script. Null: no UTF-8. */
  text: string | null;
}

/** Bits of a part of a number: of all of it, or of a lane of a vector. */
export interface Lane {
  /** Bits that it has. */
  width: number;
  bits: bigint;
  /** Any NaN of this class instead of the bits. */
  nan: 'canonical' | 'arithmetic' | null;
}

/** A value, or in results what a value must be. */
export type ScriptValue =
  | { type: string; lanes: Lane[] }
  /** A reference: null, or of this kind, and where `value` is not null this host value. */
  | { type: 'ref'; kind: string; value: string | null }
  | { type: 'either'; values: ScriptValue[] };

export interface Action {
  kind: 'invoke' | 'get';
  /** Null: the last module. */
  module: string | null;
  name: string;
  args: ScriptValue[];
}

export type Assertion = 'malformed' | 'invalid' | 'unlinkable' | 'uninstantiable';
export type Command = { line: number } & (
  | { kind: 'module'; module: ModuleSource }
  | { kind: 'definition'; module: ModuleSource }
  | { kind: 'instance'; id: string | null; definition: string | null }
  | { kind: 'register'; as: string; module: string | null }
  | { kind: 'action'; action: Action }
  | { kind: 'return'; action: Action; results: ScriptValue[] }
  | { kind: 'trap' | 'exhaustion'; action: Action; text: string }
  | { kind: 'exception'; action: Action }
  | { kind: Assertion; module: ModuleSource; text: string }
  /** A command of this name, which is not known here. */
  | { kind: 'unknown'; name: string }
);

/**
 * The commands of a script.
 * @throws ScriptError where it is none
 */
export function readCommands(source: string): Command[] {
  const top = readScript(source);
  const first = top.length === 0 ? null : headOf(top[0]);
  // A script may be one module's fields.
  if (first !== null && MODULE_FIELDS.has(first))
    return [{ line: 1, kind: 'module', module: { id: null, kind: 'text', bytes: NO_BYTES, text: source } }];
  const script = { source, lines: new Lines(source) };
  return top.map((node) => {
    if (node.kind !== 'list') throw new ScriptError(node.start, 'a command must be in parentheses');
    return { line: script.lines.at(node.start), ...new CommandReader(script, node).read() } as Command;
  });
}

const NO_BYTES = new Uint8Array(0);
const MODULE_FIELDS: ReadonlySet<string> = new Set(
  'type rec import func table memory global export start elem data tag'.split(' '),
);

function headOf(node: Node): string | null {
  const head = node.kind === 'list' ? node.items[0] : undefined;
  return head?.kind === 'word' ? head.word : null;
}

/** Without the line. */
type Read = Command extends infer C ? (C extends unknown ? Omit<C, 'line'> : never) : never;

/** The items of a command, one after the other. */
class CommandReader {
  private next = 1;

  constructor(
    private readonly script: { source: string; lines: Lines },
    private readonly list: List,
  ) {}

  read(): Read {
    const head = headOf(this.list);
    switch (head) {
      case 'module':
        return this.readModuleCommand();
      case 'register':
        return { kind: 'register', as: this.name(), module: this.id() };
      case 'invoke':
      case 'get':
        return { kind: 'action', action: this.action(this.list) };
      case 'assert_return':
        return { kind: 'return', action: this.action(this.listItem()), results: this.values() };
      case 'assert_exception':
        return { kind: 'exception', action: this.action(this.listItem()) };
      case 'assert_exhaustion':
        return { kind: 'exhaustion', action: this.action(this.listItem()), text: this.name() };
      case 'assert_trap': {
        const what = this.listItem();
        return headOf(what) === 'module'
          ? { kind: 'uninstantiable', module: this.module(what), text: this.name() }
          : { kind: 'trap', action: this.action(what), text: this.name() };
      }
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
        return {
          kind: head.slice('assert_'.length) as Assertion,
          module: this.module(this.listItem()),
          text: this.name(),
        };
      default:
        return { kind: 'unknown', name: head ?? '(' };
    }
  }

  private readModuleCommand(): Read {
    const { items } = this.list;
    const second = items[1]?.kind === 'word' ? items[1].word : '';
    if (second === 'instance') {
      this.next++;
      return { kind: 'instance', id: this.id(), definition: this.id() };
    }
    return { kind: second === 'definition' ? 'definition' : 'module', module: this.module(this.list) };
  }

  private module(list: List): ModuleSource {
    const words = list.items.slice(1, 4).flatMap((n) => (n.kind === 'word' ? [n.word] : []));
    const id = words.find((w) => w.startsWith('$')) ?? null;
    const kind = words.find((w) => w === 'binary' || w === 'quote') ?? 'text';
    const texts = list.items.flatMap((n) => (n.kind === 'text' ? [n.bytes] : []));
    if (kind === 'binary') return { id, kind, bytes: Buffer.concat(texts), text: null };
    if (kind === 'quote') return { id, kind, bytes: NO_BYTES, text: utf8(Buffer.concat(texts)) };
    // Without the script's own word, at its own lines.
    const { source, lines } = this.script;
    const text = source.slice(list.start, list.end).replace(/^\(\s*module\s+definition\b/, '(module');
    return { id, kind: 'text', bytes: NO_BYTES, text: '\n'.repeat(lines.at(list.start) - 1) + text };
  }

  private action(list: List): Action {
    const kind = headOf(list);
    if (kind !== 'invoke' && kind !== 'get') throw new ScriptError(list.start, 'an action must be `invoke` or `get`');
    const inner = new CommandReader(this.script, list);
    return { kind, module: inner.id(), name: inner.name(), args: inner.values() };
  }

  private listItem(): List {
    const node = this.list.items[this.next++];
    if (node?.kind !== 'list') throw new ScriptError(this.list.start, 'a list is missing');
    return node;
  }

  private id(): string | null {
    const node = this.list.items[this.next];
    if (node?.kind !== 'word' || !node.word.startsWith('$')) return null;
    this.next++;
    return node.word;
  }

  private name(): string {
    const node = this.list.items[this.next++];
    const text = node?.kind === 'text' ? utf8(node.bytes) : null;
    if (text === null) throw new ScriptError(this.list.start, 'a name in quotes is missing');
    return text;
  }

  private values(): ScriptValue[] {
    return this.list.items.slice(this.next).map(readValue);
  }
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Shapes of vectors: width of a lane, and how many there are. */
const SHAPES: Readonly<Record<string, readonly [type: string, lanes: number]>> = {
  i8x16: ['i8', 16],
  i16x8: ['i16', 8],
  i32x4: ['i32', 4],
  i64x2: ['i64', 2],
  f32x4: ['f32', 4],
  f64x2: ['f64', 2],
};

function readValue(node: Node): ScriptValue {
  const head = headOf(node);
  if (node.kind !== 'list' || head === null) throw new ScriptError(node.start, 'a value must be in parentheses');
  const rest = node.items.slice(1);
  if (head === 'either') return { type: 'either', values: rest.map(readValue) };
  const word = (k: number): string => {
    const item = rest[k];
    if (item?.kind !== 'word') throw new ScriptError(node.start, `${head} lacks its number`);
    return item.word;
  };
  if (head === 'v128.const') {
    const shape = SHAPES[word(0)];
    if (shape === undefined) throw new ScriptError(node.start, `there is no shape ${word(0)}`);
    return { type: 'v128', lanes: [...Array(shape[1]).keys()].map((k) => lane(shape[0], word(k + 1), node.start)) };
  }
  const number = /^([if](?:32|64))\.const$/.exec(head);
  if (number !== null) return { type: number[1], lanes: [lane(number[1], word(0), node.start)] };
  const reference = /^ref\.(\w+)$/.exec(head);
  if (reference === null) throw new ScriptError(node.start, `there is no value ${head}`);
  const hasValue = (reference[1] === 'extern' || reference[1] === 'host') && rest.length > 0;
  return { type: 'ref', kind: reference[1], value: hasValue ? word(0) : null };
}

function lane(type: string, text: string, at: number): Lane {
  const width = Number(type.slice(1));
  const nan = /^nan:(canonical|arithmetic)$/.exec(text)?.[1] as Lane['nan'] | undefined;
  if (nan !== undefined) return { width, bits: 0n, nan };
  const bits = type.startsWith('f') ? floatBits(text, width as 32 | 64) : integerBits(text, width);
  if (bits === undefined) throw new ScriptError(at, `'${text}' is no ${type}`);
  return { width, bits, nan: null };
}
