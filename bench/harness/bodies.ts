/** The functions of a module or component by the hash of their body, as stored profiles key them (profile/stored.ts). */
import { createHash } from 'node:crypto';

const CODE = 10;
const CORE_MODULE = 1;

/** Only sections are looked at, so that 44 MB take no time: core modules lie at the top level of a component. */
export function bodyHashes(bytes: Uint8Array): Set<string> {
  const hashes = new Set<string>();
  // Bytes 4 to 7: a version and, in a component, a layer.
  const component = bytes[6] !== 0;
  eachSection(bytes, 0, bytes.length, (id, start, end) => {
    if (!component) addBodies(bytes, id, start, hashes);
    else if (id === CORE_MODULE) eachSection(bytes, start, end, (inner, from) => addBodies(bytes, inner, from, hashes));
  });
  return hashes;
}

function eachSection(bytes: Uint8Array, start: number, end: number, visit: (id: number, start: number, end: number) => void): void {
  for (let at = start + 8; at < end; ) {
    const id = bytes[at];
    const [size, content] = leb(bytes, at + 1);
    visit(id, content, content + size);
    at = content + size;
  }
}

function addBodies(bytes: Uint8Array, id: number, start: number, hashes: Set<string>): void {
  if (id !== CODE) return;
  let [count, at] = leb(bytes, start);
  for (; count > 0; count--) {
    const [size, body] = leb(bytes, at);
    at = body + size;
    hashes.add(createHash('sha256').update(bytes.subarray(body, at)).digest('hex').slice(0, 16));
  }
}

/** An unsigned LEB128 number and where it ends. */
function leb(bytes: Uint8Array, at: number): [number, number] {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    if (byte < 128) return [value, at];
  }
}
