/**
 * A small map from byte strings to what was made of them lately: programs make the same tiny modules again and again
 * (Emscripten's addFunction makes one for each function).
 */
interface Entry<T> {
  bytes: Uint8Array;
  value: T;
}

const MAX_BYTES = 1024;
const MAX_ENTRIES = 64;

export class ContentMap<T> {
  /** By hash; of two with the same one the later stays. */
  private readonly entries = new Map<number, Entry<T>>();

  /** Whether bytes are few enough to be remembered. */
  takes(bytes: Uint8Array): boolean {
    return bytes.length <= MAX_BYTES;
  }

  get(bytes: Uint8Array): T | undefined {
    const entry = this.entries.get(hash(bytes));
    return entry !== undefined && equal(entry.bytes, bytes) ? entry.value : undefined;
  }

  /** The bytes are kept, so nobody may write to them. The oldest entry goes. */
  set(bytes: Uint8Array, value: T): void {
    const { entries } = this;
    entries.set(hash(bytes), { bytes, value });
    if (entries.size <= MAX_ENTRIES) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      return;
    }
  }
}

/** FNV-1a: quick, and no protection from anyone. With another `seed` another function. */
export function hash(bytes: Uint8Array, seed = 0x811c9dc5): number {
  let h = seed;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 0x01000193);
  return h;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
