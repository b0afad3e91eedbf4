/** Entry of the thread behind a `WorkerInstance`: instantiates, then answers calls one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate, setStackSize, threadToken } from '../index.js';
import { type WorkerAnswer, type WorkerCall, type WorkerStart, answerOf } from './worker-protocol.js';

const port = parentPort!;

function answer(message: WorkerAnswer): void {
  try {
    port.postMessage(message);
  } catch (e) {
    // Something that cannot be cloned: a function among the results, a strange thrown value.
    port.postMessage({ error: 'error' in message ? new Error(String(message.error)) : e });
  }
}

async function importObject(start: WorkerStart): Promise<object | undefined> {
  if (start.imports === null) return undefined;
  const module = (await import(start.imports)) as { imports?: unknown; default?: { imports?: unknown } };
  const found = module.imports ?? module.default?.imports ?? module.default;
  return (
    typeof found === 'function' ? await (found as (data: unknown) => unknown)(start.importsData) : found
  ) as object;
}

async function main(): Promise<void> {
  const start = workerData as WorkerStart;
  try {
    if (start.stackBytes !== null && !setStackSize(start.stackBytes))
      throw new RangeError(`stackBytes: no wasm stack of ${start.stackBytes} bytes`);
    const { source } = start;
    const instance = instantiate(
      typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source,
      await importObject(start),
      start.options,
    );
    port.on('message', ({ name, args, timeoutMs }: WorkerCall) => {
      try {
        answer({ value: instance.call(name, args, { timeoutMs }) });
      } catch (e) {
        answer(answerOf(e));
      }
    });
    answer({
      value: [
        threadToken(),
        Object.keys(instance.exports).filter((name) => typeof instance.exports[name] === 'function'),
      ],
    });
  } catch (e) {
    answer(answerOf(e));
  }
}

void main();
