/** Entry of a compile worker (aot/parallel.ts). Bodies are validated already. */
import { parentPort, workerData } from 'node:worker_threads';
import { decodeModule } from '../wasm/module.js';
import { ChunkBuilder } from './chunk.js';
import { FunctionCompiler } from './compile-func.js';
import type { WorkerInput, WorkerOutput } from './parallel.js';
import { PhaseTimes } from './phases.js';

/** Small functions are taken and sent by the batch: one message for each would cost more than compiling it. */
const BATCH_BYTES = 20_000;
const SEND_FUNCTIONS = 256;
const MAX_BATCH = 64;

const input = workerData as WorkerInput;
const module = decodeModule(new Uint8Array(input.wasm));
const list = new Int32Array(input.list);
const next = new Int32Array(input.next);
const compiler = new FunctionCompiler(module, input.vm, input.codegen, new PhaseTimes());
const out = new ChunkBuilder();
/** Functions in `out`, and the bytes of their bodies. */
let pending = 0;
let pendingBytes = 0;

function send(): void {
  if (pending === 0) return;
  const chunk = out.take();
  const message: WorkerOutput = { chunk, bytes: pendingBytes };
  parentPort?.postMessage(message, [
    chunk.code.buffer as ArrayBuffer,
    chunk.funcs.buffer as ArrayBuffer,
    chunk.relocs.buffer as ArrayBuffer,
    chunk.traps.buffer as ArrayBuffer,
    chunk.wraps.buffer as ArrayBuffer,
    chunk.dispatch.buffer as ArrayBuffer,
    chunk.inlined.buffer as ArrayBuffer,
    chunk.handlers.buffer as ArrayBuffer,
    chunk.debug.buffer as ArrayBuffer,
  ]);
  pending = 0;
  pendingBytes = 0;
}

const bodyBytes = (d: number): number => module.bodyEnd[d] - module.bodyStart[d];

/** How many functions from position `at` on make a batch of about BATCH_BYTES. */
function batchSize(at: number): number {
  let n = 1;
  for (let bytes = 0; n < MAX_BATCH && at + n < list.length; n++) {
    bytes += bodyBytes(list[at + n - 1]);
    if (bytes + bodyBytes(list[at + n]) > BATCH_BYTES) break;
  }
  return n;
}

for (;;) {
  const seen = Atomics.load(next, 0);
  const n = batchSize(seen);
  if (Atomics.compareExchange(next, 0, seen, seen + n) !== seen) continue;
  if (seen >= list.length) break;
  for (let i = seen; i < Math.min(seen + n, list.length); i++) {
    compiler.compile(module.importedFuncs + list[i], out);
    pending++;
    pendingBytes += bodyBytes(list[i]);
  }
  if (pending >= SEND_FUNCTIONS) send();
}
send();
parentPort?.postMessage('end' satisfies WorkerOutput);
