/** Entry of the threads of a program (program.ts): each runs one thread of it after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate, internals, setStackSize } from '../../index.js';
import { answerOf } from '../../runtime/worker-protocol.js';
import { openWasi } from '../node-wasi.js';
import { sharedImpatience, threadCalls } from './calls.js';
import { AnswerWord, type FromThread, SPAWN, type ThreadRun, type ThreadStart } from './protocol.js';

const port = parentPort!;
const start = workerData as ThreadStart;
const { answer, memory, module, streams, host } = start;

function tell(message: FromThread): void {
  port.postMessage(message);
}

/** Has the program's owner do something, and waits. */
function ask(name: string, args: (number | bigint)[]): number {
  Atomics.store(answer, AnswerWord.READY, 0);
  tell({ ask: name, args });
  Atomics.wait(answer, AnswerWord.READY, 0);
  return answer[AnswerWord.VALUE];
}

/** The owner ends all threads, this one too. */
function exit(code: number): never {
  tell({ exit: code });
  for (;;) Atomics.wait(answer, AnswerWord.READY, answer[AnswerWord.READY]);
}

function imports(): Record<string, Record<string, unknown>> {
  const { wasi, functions } = openWasi('thread', host, sharedImpatience(streams));
  wasi.initialize({ exports: { memory } });
  const { stdin = 0, stdout = 1, stderr = 2 } = host;
  const descriptors = [stdin, stdout, stderr];
  const { native } = internals.env();
  const calls = threadCalls({
    functions,
    memory,
    streams,
    waitFor: (stream, writable, ms) => native.waitFor(descriptors[stream], writable, ms),
    ask,
    exit,
  });
  const all: Record<string, Record<string, unknown>> = {
    wasi_snapshot_preview1: calls,
    wasi_unstable: calls,
    wasi: { [SPAWN]: (arg: number) => ask(SPAWN, [arg]) },
  };
  const { module: from, name } = start.memoryImport;
  all[from] = { ...all[from], [name]: memory };
  return all;
}

let given: Record<string, Record<string, unknown>> | undefined;

function run({ tid, arg }: ThreadRun): void {
  if (given === undefined) {
    if (start.stackBytes !== undefined && !setStackSize(start.stackBytes))
      throw new RangeError(`stackBytes: no wasm stack of ${start.stackBytes} bytes`);
    for (const folder of start.sourceFolders) internals.env().registry.sourceFolders.add(folder);
    given = imports();
  }
  const { exports } = instantiate(module, given, { limits: { memoryPages: start.memoryPages } });
  if (tid === 0) exports._start();
  else exports.wasi_thread_start(tid, arg);
}

port.on('message', (next: ThreadRun) => {
  const { tid } = next;
  try {
    internals.withDeadline(internals.env(), tid === 0 ? start.timeoutMs : undefined, () => run(next));
    tell({ ended: { value: null }, tid });
  } catch (e) {
    tell({ ended: answerOf(e), tid });
  }
});
