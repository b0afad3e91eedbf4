/** Types of component functions, as WIT has them. */

/** Types without parts. */
export const PLAIN = [
  'bool',
  's8',
  's16',
  's32',
  's64',
  'u8',
  'u16',
  'u32',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
] as const;
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
