/** Runs one program: `node run.mjs NAME` prints the digest of its answer, and processor time of the main thread. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { programs } from './programs.mjs';

const [name] = process.argv.slice(2);
const answer = await programs[name].run();
const digest = createHash('sha256').update(answer).digest('hex').slice(0, 16);
/** Processor time of the main thread in milliseconds. Linux adds up when the thread waits, else every 4 ms. */
function mainThread() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  const fields = fs.readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(fields[0]) / 1e6;
}
const { user, system } = process.cpuUsage();
const main = mainThread();
// Only now: it looks up the names of modules that nothing was loaded for yet.
const registered = globalThis[Symbol.for('wamr-native.register')];
const modules = registered
  ?.status()
  .modules.map(({ bytes, engine, why, instances }) => ({ bytes, engine, why, instances }));
fs.writeSync(1, `${JSON.stringify({ digest, size: answer.length, cpu: (user + system) / 1e3, main, modules })}\n`);
process.exit(0);
