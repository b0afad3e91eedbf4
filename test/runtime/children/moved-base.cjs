/**
 * Argument: bytes of a module with a memory "b" that is not memory 0, in base64. A debugger in a worker grows it while
 * `spin` runs in this thread; with little address space it moves. Prints what came of the call.
 */
const { Worker } = require('node:worker_threads');
const wamr = require('../../../dist/index.js');

const module_ = wamr.load(wamr.compileSync(Buffer.from(process.argv[2], 'base64'), { bounds: 'explicit' }));
const { exports: guest } = wamr.instantiate(module_, {});
globalThis.grow = () => Number(guest.b.grow(900n));
const worker = new Worker(
  `const { Session } = require('node:inspector');
   const session = new Session();
   session.connectToMainThread();
   require('node:worker_threads').parentPort.once('message', () =>
     setTimeout(() => session.post('Runtime.evaluate', { expression: 'grow()' }), 300));
   require('node:worker_threads').parentPort.postMessage('connected');`,
  { eval: true },
);
worker.once('message', () => {
  worker.postMessage('go');
  const outcome = [];
  try {
    outcome.push(String(guest.spin(20_000_000_000n)));
  } catch (e) {
    outcome.push(e.kind);
  }
  outcome.push(String(guest.spin(1000n)), String(guest.b.buffer.byteLength));
  process.stdout.write(JSON.stringify(outcome));
  process.exit(0);
});
