/**
 * The memory image: what the active data segments leave in a module's own memory, as pages that the addon maps
 * copy-on-write at instantiation. Worth it from 64 KiB of data on; below, copying segments costs less than a mapping.
 */
import type { WasmModule } from '../wasm/decoded-module.js';
import { type ConstExpr, pageShift } from '../wasm/types.js';

const MIN_BYTES = 65536;

/**
 * The image up to the last byte that is not zero, or null when the segments must be applied one by one (imported
 * memory, segments of others than memory 0, offsets from globals, little data, or one that would trap).
 */
export function buildImage(m: WasmModule): Uint8Array | null {
  if (m.importedMemories > 0 || m.memories.length === 0) return null;
  const limit = m.memories[0].min * 2 ** pageShift(m.memories[0]);
  let bytes = 0;
  let end = 0;
  for (const d of m.datas) {
    if (d.mode !== 'active') continue;
    const at = d.memory === 0 ? constantOffset(d.offset) : -1;
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

/** The value of `(i32.const n)` as unsigned, of `(i64.const n)` where it is not negative, or -1 for anything else. */
export function constantOffset(e: ConstExpr | null): number {
  if (e === null || e.length !== 1) return -1;
  const [op, x] = e[0];
  return op === 0x41 ? (x as number) >>> 0 : op === 0x42 ? Math.max(-1, Number(x)) : -1;
}
