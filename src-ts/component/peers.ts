/**
 * The component tools are optional peer dependencies (the first installs 105 MB), so they are looked for when a
 * component is compiled or run: beside this package, in the caller's folder, in the component's own folder.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeModule } from '../util/builtin.js';

/** Package → the version that this release was tested with. */
const PEERS = {
  '@bytecodealliance/jco-transpile': '0.15.0',
  '@bytecodealliance/preview2-shim': '0.26.1',
} as const;

interface PeerOptions {
  /** `/instantiation`, say. */
  subpath?: string;
  /** Further folders to look in. */
  folders?: string[];
  /** How the message about a missing package begins. */
  purpose?: string;
}

/**
 * Imports a module of a peer.
 * @throws Error that names the package and the command that installs it.
 */
export async function importPeer(
  name: keyof typeof PEERS,
  { subpath = '', folders = [], purpose = 'components need' }: PeerOptions = {},
): Promise<any> {
  for (const from of [
    __filename,
    path.join(process.cwd(), 'index.js'),
    ...folders.map((f) => path.join(f, 'index.js')),
  ]) {
    let file: string;
    try {
      file = nodeModule()
        .createRequire(from)
        .resolve(name + subpath);
    } catch {
      continue;
    }
    return import(pathToFileURL(file).href);
  }
  throw new Error(`${purpose} the package ${name}, which is not installed: npm install ${name}@${PEERS[name]}`);
}
