/**
 * Changes to the text of jco's glue, which is one function `instantiate` with everything in it: some thousand lines of
 * classes and state that do not depend on the component (the prelude), then a generator that makes the instance.
 */

/**
 * The glue without its debug output, whose arguments are made for every call even when nobody reads them, and without
 * promises of the engine (`WebAssembly.promising`), which refuses our functions with an error each time.
 */
export function leanGlue(source: string): string {
  const call = /^[ \t]*_debugLog\(/gm;
  let out = '';
  let from = 0;
  for (let m = call.exec(source); m !== null; m = call.exec(source)) {
    const end = statementEnd(source, call.lastIndex - 1);
    if (end < 0) break;
    out += source.slice(from, m.index);
    from = call.lastIndex = end;
  }
  return (out + source.slice(from)).replaceAll('WebAssembly.promising(', '(');
}

/**
 * The glue as an expression whose value has its exports, or null where it imports something. Lines stay where they are.
 * What it is not prepared for (other forms of exports, an await outside of functions) is a SyntaxError when it is run.
 */
export function glueAsScript(source: string): string | null {
  if (/^\s*import\b|\bimport\s*[(.]/m.test(source)) return null;
  const names: string[] = [];
  const body = source.replace(/^export (?=(?:async )?(?:function\*?|const|let|class) (\w+))/gm, (_, name: string) => {
    names.push(name);
    return '';
  });
  return `(() => { 'use strict'; ${body}\nreturn { ${names.join(', ')} };\n})()`;
}

/**
 * Initial values that are no state: they are the same for every instance.
 * Order of the alternatives: symbols, numbers, what the language has, text coders, what is taken from the arguments,
 * functions.
 */
const STATELESS =
  /^(Symbol\b|\d+( << \d+)?;|(WebAssembly|Object)\.[\w.]+;|new Text(De|En)coder\(\)|new Uint8Array\(new Uint16Array\(\[1\]\)|getCoreModule\(|imports\[|(async )?(\([^()]*\)|\w+) ?=>)/;
/** What static members of the glue's classes may be without being state that matters: counters and constants. */
const STATIC = /^(0n;|Symbol\(|\[ ?'[^\]]*\];|\{)/;

/**
 * The glue as a function `prepare(getCoreModule, imports, instantiateCore)` that does what does not depend on an instance
 * once, and returns a function that makes an instance. Each call of that gives all state its initial value, so the
 * instance before it must be done with: it has lost its resources. Classes and functions stay the same objects, for
 * which V8 has code and types already: that is most of the time that an instance takes.
 * @returns null for glue that does not look as expected, which then has to be run as it is
 */
export function reusableGlue(source: string): string | null {
  const head = /^export function instantiate\(getCoreModule, imports, instantiateCore = .*\) \{$/m.exec(source);
  if (head === null) return null;
  const start = head.index + head[0].length;
  const resets: string[] = [];
  let prelude = '';
  let from = start;
  let generator = -1;
  for (const statement of statements(source, start)) {
    const text = source.slice(statement.from, statement.to);
    if (/^let gen\s*=/.test(text)) {
      generator = statement.from;
      break;
    }
    const declared = /^(const|let)\s+(\{[^}]*\}|[\w$]+)\s*=\s*/.exec(text);
    if (declared === null) {
      if (!/^(class|function|if|async function)\b/.test(text)) return null;
      const isState = [...text.matchAll(/\bstatic #?\w+ = ([^\n]*)/g)].some((m) => !STATIC.test(m[1]));
      if (isState || /\bstatic \{/.test(text)) return null;
    } else if (declared[1] === 'let' || !STATELESS.test(text.slice(declared[0].length))) {
      if (declared[2].startsWith('{')) return null;
      resets.push(`${declared[2]} = ${text.slice(declared[0].length)}`);
      prelude += `${source.slice(from, statement.from)}let${text.replace(/^(const|let)/, '')}`;
      from = statement.to;
    }
  }
  const end = source.indexOf('\nexport ', start);
  if (generator < 0 || end < 0) return null;
  prelude += source.slice(from, generator);
  // The last brace closes `instantiate`.
  const tail = source.slice(generator, end).trimEnd().replace(/\};?$/, '');
  return `export function prepare(getCoreModule, imports, instantiateCore) {${prelude}
return function instantiateAgain() {
${resets.join('\n')}
${tail}
};
}
${source.slice(end)}`;
}

/** The statements of a block that begins at `start`, up to its brace: declarations, and whatever begins a line. */
function* statements(source: string, start: number): Generator<{ from: number; to: number }> {
  for (let at = start; ;) {
    at = skipBlank(source, at);
    if (at >= source.length || source[at] === '}') return;
    const ends = /^(class|function|async function|if|for)\b/.test(source.slice(at, at + 20));
    const to = ends ? blockEnd(source, at) : statementEnd(source, at);
    if (to < 0) return;
    yield { from: at, to };
    at = to;
  }
}

/** Behind the `;` that ends the statement at `at`, or -1. */
function statementEnd(source: string, at: number): number {
  return scan(source, at, (c, depth) => c === ';' && depth === 0);
}

/** Behind the brace that closes the declaration at `at`, or -1. */
function blockEnd(source: string, at: number): number {
  return scan(source, at, (c, depth) => c === '}' && depth === 0);
}

/** Behind the first character that is wanted; strings, comments and regular expressions are passed over. */
function scan(source: string, at: number, wanted: (c: string, depth: number) => boolean): number {
  let depth = 0;
  let last = '';
  for (let p = at; p < source.length;) {
    const c = source[p];
    if (c === '/' && (source[p + 1] === '/' || source[p + 1] === '*')) {
      p = skipBlank(source, p);
      continue;
    }
    if (c === "'" || c === '"' || c === '`' || (c === '/' && '(,=:[!&|?{};>'.includes(last))) {
      p = literalEnd(source, p);
      last = c;
      continue;
    }
    if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    if (wanted(c, depth)) return p + 1;
    if (depth < 0) return -1;
    if (!/\s/.test(c)) last = c;
    p++;
  }
  return -1;
}

/** Behind a string, a template or a regular expression. */
function literalEnd(source: string, at: number): number {
  const quote = source[at];
  let inClass = false;
  for (let p = at + 1; p < source.length; p++) {
    const c = source[p];
    if (c === '\\') p++;
    else if (quote === '/' && c === '[') inClass = true;
    else if (quote === '/' && c === ']') inClass = false;
    else if (quote === '`' && c === '$' && source[p + 1] === '{')
      p = scan(source, p + 1, (d, depth) => d === '}' && depth === 0) - 1;
    else if (c === quote && !inClass) return p + 1;
  }
  return source.length;
}

function skipBlank(source: string, at: number): number {
  const blank = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
  blank.lastIndex = at;
  blank.exec(source);
  return blank.lastIndex;
}
