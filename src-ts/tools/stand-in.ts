/**
 * The JavaScript that bundlers and test runners get in the place of an imported `.wasm` file: two modules, so that
 * modules of WebAssembly find each other's instances (whose globals are shared), and scripts the values of the exports.
 * Their meaning is that of the proposal for the integration with ES modules, as in register/imports/.
 */
import { type Link, type Links, readLinks } from '../register/sections.js';

/** With this query, the file's instance: its only export is `exports`. */
export const INSTANCE = '?wamr-instance';
const WASM = /\.wasm$/;

/** A file that is asked for by this id of a bundler: itself, or its instance; null for other files and queries. */
export function wasmFile(id: string): { file: string; instance: boolean } | null {
  const instance = id.endsWith(INSTANCE);
  const file = instance ? id.slice(0, -INSTANCE.length) : id;
  return WASM.test(file) ? { file, instance } : null;
}

/** As much of a Rollup plug-in's context as resolving takes. */
export interface ResolveContext {
  resolve(id: string, importer: string | undefined, options: object): Promise<{ id: string } | null>;
}

/** Resolves `file?wamr-instance` as `file` is. */
export async function resolveInstance(
  context: ResolveContext,
  id: string,
  importer: string | undefined,
  options: object,
): Promise<{ id: string } | null> {
  const wanted = wasmFile(id);
  if (wanted === null || !wanted.instance) return null;
  const found = await context.resolve(wanted.file, importer, { ...options, skipSelf: true });
  return found && { id: found.id + INSTANCE };
}

/** The links of a module; an error says of which file. */
export function linksOf(file: string, wasm: Uint8Array): Links {
  try {
    return readLinks(wasm);
  } catch (e) {
    throw new Error(`${file}: ${(e as Error).message}`, { cause: e });
  }
}

const text = JSON.stringify;
const modulesOf = (links: Links): string[] => [...new Set(links.imports.map((i: Link) => i.module))];

/**
 * The module that instantiates. `make`: an expression for the instance, where `imports` is the import object; `head`:
 * what it needs before.
 */
export function instanceModule(links: Links, head: string, make: string): string {
  const modules = modulesOf(links);
  const imports = modules.map((m, i) =>
    WASM.test(m) ? `import { exports as i${i} } from ${text(m + INSTANCE)};` : `import * as i${i} from ${text(m)};`,
  );
  const object = modules.map((m, i) => `${text(m)}: i${i}`).join(', ');
  return [...imports, head, `const imports = { ${object} };`, `export const { exports } = ${make};`].join('\n');
}

/** The module that programs import: the exports, globals by their values. */
export function valuesModule(links: Links, specifier: string): string {
  const lines = links.exports.flatMap(({ name, kind }, i) => [
    `const e${i} = ${kind === 'global' ? 'valueOf' : ''}(exports[${text(name)}]);`,
    `export { e${i} as ${/^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name)} };`,
  ]);
  const valueOf = 'const valueOf = (global) => { try { return global.value; } catch { return undefined; } };';
  return [`import { exports } from ${text(specifier)};`, valueOf, ...lines].join('\n');
}

/** The same as one CommonJS module; scripts that import it while it is not done see what it has so far. */
export function commonJsModule(links: Links, head: string, make: string): string {
  const modules = modulesOf(links);
  const own = 'Symbol.for("wamr-native.exports")';
  return [
    head,
    'Object.defineProperty(exports, "__esModule", { value: true });',
    'const imports = {};',
    ...modules.map((m) => `{ const m = require(${text(m)}); imports[${text(m)}] = m[${own}] ?? m; }`),
    `const instance = ${make};`,
    `Object.defineProperty(exports, ${own}, { value: instance.exports });`,
    'const valueOf = (global) => { try { return global.value; } catch { return undefined; } };',
    ...links.exports.map(
      ({ name, kind }) =>
        `exports[${text(name)}] = ${kind === 'global' ? 'valueOf' : ''}(instance.exports[${text(name)}]);`,
    ),
  ].join('\n');
}
