/** WebAssembly text to bytes, by the `wasm-tools` that jco comes with: modules and components, all proposals. */
import path from 'node:path';

/**
 * An assembler for the text of `file`. It throws an Error that begins with `file:line:column`.
 * @throws Error that says what to install
 */
export async function assemblerFor(file: string): Promise<(text: string) => Promise<Uint8Array>> {
  const { importPeer } = await import('../component/peers.js');
  const { parse } = (await importPeer('@bytecodealliance/jco-transpile', {
    subpath: '/wasm-tools',
    folders: [path.dirname(file)],
    purpose: `${file} is WebAssembly text: assembling it needs`,
  })) as { parse: (text: string) => Promise<Uint8Array> };
  return async (text) => {
    try {
      return await parse(text);
    } catch (e) {
      throw new Error(textError(file, e), { cause: e });
    }
  };
}

/** `file:line:column: what`, out of the assembler's message, which is a dump of its error object. */
function textError(file: string, e: unknown): string {
  const dump = e instanceof Error ? e.message : String(e);
  const at = /line: (\d+), col: (\d+)/.exec(dump);
  // The innermost.
  const what = /^.*kind: (?:Custom\("(.*?)"\)|(.*?))(?: \}\)?)*$/s.exec(dump);
  if (at === null || what === null) return `${file}: ${dump}`;
  return `${file}:${Number(at[1]) + 1}:${Number(at[2]) + 1}: ${what[1] ?? what[2]}`;
}
