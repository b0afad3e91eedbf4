/**
 * The limit of the JavaScript heap of components that carry StarlingMonkey (componentize-js, `jco componentize`): SpiderMonkey
 * and a snapshot of its memory. The engine is made with a limit of 32 MiB and no option raises it. A program whose live
 * objects come near to it collects all garbage again after every megabyte that survives its nursery, and takes ten times
 * as long, or not: how much survives depends on the size of the nursery, which follows the clock (docs/performance.md,
 * "A JavaScript heap that is nearly full").
 *
 * The limit is the first field of SpiderMonkey's `GCSchedulingTunables`, and the snapshot has the five that follow with the
 * values that they all start with.
 */
import { viewBytes } from '../runtime/webidl.js';

/** What follows `gcMaxBytes`: least and greatest nursery, first threshold of a collection, what is a small and what a large heap. */
const NEXT_FIELDS = [256 << 10, 64 << 20, 27 << 20, 100 << 20, 500 << 20];
const LEAST = 32 << 20;
const MOST = 0xffffffff;

/**
 * A copy of a component, or of its core module, in which JavaScript's heap may grow to `bytes`.
 * @param bytes 32 MiB to 4 GiB - 1; of the cells alone, what arrays and strings hold comes on top
 * @throws TypeError for other arguments, RangeError for other numbers, Error when there is no snapshot of StarlingMonkey in it
 */
export function withJsHeap(component: Uint8Array, bytes: number): Uint8Array {
  const view = viewBytes(component);
  if (view === null) throw new TypeError('withJsHeap(): Argument 0 must be the bytes of a component');
  if (typeof bytes !== 'number') throw new TypeError('withJsHeap(): Argument 1 must be a number of bytes');
  if (!(Number.isInteger(bytes) && bytes >= LEAST && bytes <= MOST))
    throw new RangeError(`withJsHeap(): a JavaScript heap has ${LEAST} to ${MOST} bytes, not ${bytes}`);
  const copy = Buffer.from(view);
  const fields = Buffer.from(Uint32Array.from(NEXT_FIELDS).buffer);
  const at = copy.indexOf(fields) - 4;
  if (at < 0 || copy.indexOf(fields, at + 5) >= 0 || copy.readUInt32LE(at) < LEAST)
    throw new Error('withJsHeap(): this is no component with a StarlingMonkey whose heap is known');
  copy.writeUInt32LE(bytes, at);
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.length);
}
