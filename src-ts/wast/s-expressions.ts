/** Reads the parentheses of WebAssembly scripts: lists, words and texts with their places; comments are left out. */

/** A word, a text or a list. `start` and `end` are places in the source. */
export type Node = Word | Text | List;

interface Place {
  start: number;
  end: number;
}
export interface Word extends Place {
  kind: 'word';
  word: string;
}
export interface Text extends Place {
  kind: 'text';
  bytes: Uint8Array;
}
export interface List extends Place {
  kind: 'list';
  items: Node[];
  /** `(@…)`: read, and left out. */
  annotation?: true;
}

/** The script breaks the rules of its notation. */
export class ScriptError extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** One piece at the place, white space and comments included; block comments nest, so they are skipped apart. */
const PIECE = /[\s]+|;;[^\n]*|\(;|\(@?|\)|"((?:[^"\\]|\\[\s\S])*)"|[^\s()";]+|./gy;

/**
 * The lists, words and texts of a script, top level.
 * @throws ScriptError where parentheses, comments or texts have no end
 */
export function readScript(source: string): Node[] {
  const top: Node[] = [];
  const open: List[] = [];
  const piece = new RegExp(PIECE);
  for (let at = 0; at < source.length;) {
    piece.lastIndex = at;
    const [token, text] = piece.exec(source)!;
    const end = at + token.length;
    const into = open.length === 0 ? top : open[open.length - 1].items;
    if (token === '(;') {
      at = skipBlockComment(source, at);
      continue;
    }
    if (token === '(' || token === '(@')
      open.push({ kind: 'list', items: [], start: at, end, ...(token === '(@' && { annotation: true }) });
    else if (token === ')') {
      const list = open.pop();
      if (list === undefined) throw new ScriptError(at, 'a closing parenthesis without an opening one');
      list.end = end;
      if (list.annotation !== true) (open.length === 0 ? top : open[open.length - 1].items).push(list);
    } else if (text !== undefined) into.push({ kind: 'text', bytes: textBytes(text, at), start: at, end });
    else if (token === '"') throw new ScriptError(at, 'a text without an end');
    else if (!/^[\s;]/.test(token)) into.push({ kind: 'word', word: token, start: at, end });
    at = end;
  }
  if (open.length > 0) throw new ScriptError(open[open.length - 1].start, 'a parenthesis is not closed');
  return top;
}

function skipBlockComment(source: string, from: number): number {
  const ends = /\(;|;\)/g;
  ends.lastIndex = from;
  for (let depth = 0; ;) {
    const found = ends.exec(source);
    if (found === null) throw new ScriptError(from, 'a comment without an end');
    depth += found[0] === '(;' ? 1 : -1;
    if (depth === 0) return ends.lastIndex;
  }
}

const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 };

/** The bytes of a text: `\n`, `\7f`, `\u{1F600}` (core specification, section 6.3.3). */
function textBytes(text: string, at: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const piece = /[^\\]+|\\u\{([0-9a-fA-F_]+)\}|\\([0-9a-fA-F]{2})|\\([tnr"'\\])|[\s\S]/gy;
  for (let m = piece.exec(text); m !== null; m = piece.exec(text)) {
    if (m[1] !== undefined)
      parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(m[1].replaceAll('_', ''), 16))));
    else if (m[2] !== undefined) parts.push(Uint8Array.of(Number.parseInt(m[2], 16)));
    else if (m[3] !== undefined) parts.push(Uint8Array.of(ESCAPES[m[3]]));
    else if (m[0] === '\\') throw new ScriptError(at, 'an unknown escape in a text');
    else parts.push(Buffer.from(m[0]));
  }
  return Buffer.concat(parts);
}

/** Where the lines of a source begin. */
export class Lines {
  private readonly starts = [0];

  constructor(source: string) {
    for (let k = source.indexOf('\n'); k >= 0; k = source.indexOf('\n', k + 1)) this.starts.push(k + 1);
  }

  /** Line of a place, from 1. */
  at(place: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
