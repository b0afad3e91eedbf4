/** `--js-heap`: how far the heap of a component's JavaScript may grow (component/js-heap.ts). */
import { withJsHeap } from '../component/js-heap.js';
import { UsageError } from './exit.js';
import type { Input } from './files.js';

/** The input with the heap that is asked for. */
export function withHeapFlag(input: Input, bytes: number | undefined): Input {
  if (bytes === undefined) return input;
  if (input.kind !== 'component' && input.kind !== 'wasm')
    throw new UsageError('--js-heap is given when a component is compiled, not when its compiled form is used');
  try {
    return { path: input.path, kind: input.kind, inMemory: true, bytes: withJsHeap(input.bytes, bytes) };
  } catch (e) {
    throw new UsageError(`--js-heap: ${(e as Error).message.replace('withJsHeap(): ', '')}`);
  }
}
