/**
 * Finds the source map that a module names in its custom section `sourceMappingURL`: in the URL itself, or in a file. A
 * module may name anything, so only regular files of a bounded size with the name of a map are read, and nothing comes
 * from the network.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SUFFIX = /\.(map|json)$/;
const MAX_BYTES = 128 << 20;
const DATA = /^data:[^,]*?(;base64)?,/;

/** The text of a map, and the URL that its sources are relative to; empty for one that is nowhere. */
export interface FoundMap {
  text: string;
  url: string;
}

/**
 * @param folders where a relative URL may lead from, and where the file may be by its name alone
 * @returns null where there is none
 */
export function findSourceMap(url: string, folders: readonly string[]): FoundMap | null {
  const data = DATA.exec(url);
  if (data !== null) {
    const contents = url.slice(data[0].length);
    const text = data[1] === undefined ? decodeURIComponent(contents) : Buffer.from(contents, 'base64').toString();
    return { text, url: '' };
  }
  if (url.startsWith('file:')) return readMap(fileURLToPath(url));
  if (/^[a-z][a-z+.-]*:/i.test(url)) return null;
  for (let i = 0; i < folders.length; i++) {
    const found = readMap(path.resolve(folders[i], url)) ?? readMap(path.join(folders[i], path.basename(url)));
    if (found !== null) return found;
  }
  return null;
}

function readMap(file: string): FoundMap | null {
  if (!SUFFIX.test(file)) return null;
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > MAX_BYTES) return null;
  return { text: fs.readFileSync(file, 'utf8'), url: pathToFileURL(file).href };
}
