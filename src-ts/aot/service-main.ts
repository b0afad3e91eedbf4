/** Entry of a thread of the compile service (aot/service.ts). */
import { parentPort } from 'node:worker_threads';
import { compile } from './compile.js';
import type { ServiceAnswer, ServiceRequest } from './service.js';

const port = parentPort!;

port.on('message', async ({ wasm, options, progress }: ServiceRequest) => {
  try {
    const onProgress = progress
      ? (done: number, total: number): void => port.postMessage({ done, total } satisfies ServiceAnswer)
      : undefined;
    const artefact = await compile(wasm, { ...options, onProgress });
    port.postMessage({ artefact } satisfies ServiceAnswer, [artefact.buffer as ArrayBuffer]);
  } catch (e) {
    const { name, message, stack } = e as Error;
    port.postMessage({ error: { ...(e as object), name, message, stack } } satisfies ServiceAnswer);
  }
});
