/**
 * Between a process of Windows, by Wine, and the one of Linux that started it (windows.ts): what the first asks the second
 * to run, by files in a folder, and how its tests ended, by lines of its output.
 */
import fs from 'node:fs';
import path from 'node:path';

/** The variable that names the folder. */
export const ORDERS = 'WAMR_TEST_ORDERS';
/** What begins a line about a test's end. */
export const OUTCOME = 'outcome ';

export interface TestOutcome {
  name: string;
  state: string;
  errors?: string[];
}

/** Arguments of `wasm-tools`, and its input as Base64. */
interface Order {
  args: string[];
  input?: string;
}
type Answer = { output: string } | { error: string };

const asked = { count: 0 };

/** What `wasm-tools` says there. */
export function askOutside(args: string[], input?: Uint8Array): Buffer {
  const order: Order = { args, input: input && Buffer.from(input).toString('base64') };
  const file = path.join(process.env[ORDERS]!, `${process.pid}-${asked.count++}`);
  write(`${file}.order`, order);
  while (!fs.existsSync(`${file}.answer`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  const answer = JSON.parse(fs.readFileSync(`${file}.answer`, 'utf8')) as Answer;
  if ('error' in answer) throw new Error(answer.error);
  return Buffer.from(answer.output, 'base64');
}

/** Answers what was asked by now. */
export function answerOrders(folder: string, runTool: (args: string[], input?: Uint8Array) => Buffer): void {
  for (const name of fs.readdirSync(folder).filter((entry) => entry.endsWith('.order'))) {
    const file = path.join(folder, name);
    const { args, input } = JSON.parse(fs.readFileSync(file, 'utf8')) as Order;
    fs.rmSync(file);
    let answer: Answer;
    try {
      answer = {
        output: runTool(args, input === undefined ? undefined : Buffer.from(input, 'base64')).toString('base64'),
      };
    } catch (e) {
      answer = { error: (e as Error).message };
    }
    write(file.replace(/order$/, 'answer'), answer);
  }
}

/** As a whole. */
function write(file: string, contents: Order | Answer): void {
  fs.writeFileSync(`${file}.new`, JSON.stringify(contents));
  fs.renameSync(`${file}.new`, file);
}
