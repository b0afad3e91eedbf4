/**
 * The memory image: what the active data segments leave in a module's own memory, as pages that the addon maps
 * copy-on-write at instantiation. Worth it from 64 KiB of data on; below, copying segments costs less than a mapping.
 */
import type { ConstExpr, WasmModule } from '../wasm/types.js';

const MIN_BYTES = 65536;

/**
 * The image up to the last byte that is not zero, or null when the segments must be applied one by one (imported
 * memory, offsets from globals, little data, or one that would trap).
 */
export function buildImage(m: WasmModule): Uint8Array | null {
  if (m.importedMemories > 0 || m.memories.length === 0) return null;
  const limit = m.memories[0].min * 65536;
  let bytes = 0;
  let end = 0;
  for (const d of m.datas) {
    if (d.mode !== 'active') continue;
    const at = constantOffset(d.offset);
    if (at < 0 || at + (d.end - d.start) > limit) return null;
    bytes += d.end - d.start;
    end = Math.max(end, at + (d.end - d.start));
  }
  if (bytes < MIN_BYTES || end > 4 * bytes + (1 << 24)) return null; // little or widely scattered data
  const image = new Uint8Array(end);
  for (const d of m.datas)
    if (d.mode === 'active') image.set(m.bytes.subarray(d.start, d.end), constantOffset(d.offset));
  return image;
}

/** The value of `(i32.const n)` as unsigned, or -1 for anything else. */
export function constantOffset(e: ConstExpr | null): number {
  return e !== null && e.length === 1 && e[0][0] === 0x41 ? (e[0][1] as number) >>> 0 : -1;
}
