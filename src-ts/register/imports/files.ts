/** Which imported files are modules of WebAssembly, and the ES module that stands for one. */
import { REGISTERED } from '../registered.js';
import type { Links } from '../sections.js';

/** What a file is by its URL; null for what is none of ours. `format` is what Node or another hook says it is. */
export function kindOf(url: string, format?: string | null): 'wasm' | 'aot' | null {
  if (format === 'wasm') return 'wasm';
  const [, kind] = /^[a-z]+:\/\/[^?#]*\.(wasm|aot)(?:[?#]|$)/.exec(url) ?? [];
  return (kind as 'wasm' | 'aot' | undefined) ?? (url.startsWith('data:application/wasm') ? 'wasm' : null);
}

/**
 * The text of an ES module with a module's imports and exports, which is what linking is about. When it is evaluated,
 * `link` (importer.ts) makes the instance. It imports itself, because other modules' `link` know it by its namespace.
 * `bytes`: the module, where `link` cannot find it by its URL.
 */
export function standIn(url: string, links: Links, bytes?: Uint8Array): string {
  // Reserved ones lead nowhere; `link` says so.
  const specifiers = [...new Set(links.imports.map(({ module }) => module))].filter((s) => !s.startsWith('wasm-js:'));
  const names = [...new Set(links.exports.map(({ name }) => name))];
  const text = JSON.stringify;
  return [
    `import * as self from ${text(url)};`,
    ...specifiers.map((specifier, i) => `import * as i${i} from ${text(specifier)};`),
    ...names.map((name, i) => `let e${i}; export { e${i} as ${text(name)} };`),
    `[${names.map((_, i) => `e${i}`).join(', ')}] = globalThis[Symbol.for(${text(Symbol.keyFor(REGISTERED))})].link(`,
    `  ${text(url)}, self, [${specifiers.map((specifier, i) => `[${text(specifier)}, i${i}]`).join(', ')}],`,
    `  ${bytes === undefined ? 'null' : text(Buffer.from(bytes).toString('base64'))});`,
  ].join('\n');
}
