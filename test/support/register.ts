/** Programs that run under `wamr-native/register` in processes of their own, with a cache of their own. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src-ts/register/index.js';
import { ROOT } from './peers.js';

export const REGISTER = path.join(ROOT, 'dist/register.js');
const BACKGROUND = path.join(ROOT, 'dist/background.js');
export const REGISTER_ESM = path.join(ROOT, 'dist/register.mjs');

export interface Ran {
  out: string;
  err: string;
  code: number | null;
}

/** Gives a process the usual priority, if that is allowed; returns the processor time that it has taken, in seconds. */
function hurry(pid: number): number {
  try {
    os.setPriority(pid, 0);
  } catch {
    // Not root.
  }
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** A cache folder and the programs that use it. */
export class Registered {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-register-'));
  readonly cache = path.join(this.dir, 'cache');

  /** Runs a script (the text of a CommonJS module) with these options of Node. */
  run(
    script: string,
    {
      options = ['--require', REGISTER],
      env = {},
      args = [] as string[],
      type = 'cjs',
      /** Another Node's program. */
      node = process.execPath,
    } = {},
  ): Ran {
    const file = path.join(this.dir, `script-${process.hrtime.bigint()}.${type}`);
    fs.writeFileSync(file, script);
    const { stdout, stderr, status } = spawnSync(node, [...options, file, ...args], {
      encoding: 'utf8',
      env: { ...process.env, WAMR_CACHE_DIR: this.cache, NODE_OPTIONS: '', ...env },
      timeout: 120_000,
    });
    return { out: stdout, err: stderr, code: status };
  }

  /** The same, printing the status of `register` as its last line, which is returned parsed. */
  status(script: string, more: Parameters<Registered['run']>[1] = {}): { out: string; status: Status } {
    const { out, err, code } = this.run(
      `${script}\nprocess.on('exit', () => console.log(JSON.stringify(require(${JSON.stringify(REGISTER)}).status())));`,
      more,
    );
    if (code !== 0) throw new Error(`exit code ${code}: ${out}${err}`);
    const lines = out.trimEnd().split('\n');
    return { out: lines.slice(0, -1).join('\n'), status: JSON.parse(lines[lines.length - 1]) as Status };
  }

  /**
   * Waits until the background compiler has nothing left to do, for as long as it gets on: it has the lowest priority (where that is allowed it
   * gets the usual one here), and on a busy machine little time. `seconds`: more processor time than it can need.
   */
  async settle(seconds = 120): Promise<void> {
    // An addon that is built for a sanitizer loads only where that is preloaded, which the background compiler's own
    // environment leaves out: it has not come up, and starts here with ours.
    if (process.env.LD_PRELOAD)
      spawn(process.execPath, [BACKGROUND], {
        env: { ...process.env, WAMR_CACHE_DIR: this.cache },
        stdio: 'ignore',
      }).unref();
    const wanted = path.join(this.cache, 'wanted');
    const took = new Map<number, number>();
    for (let [last, since] = [-1, Date.now()]; Date.now() - since < 60_000;) {
      if (fs.existsSync(wanted) && !fs.readdirSync(wanted).some((name) => name.endsWith('.wasm'))) return;
      for (const pid of this.compilers()) took.set(pid, hurry(pid));
      const total = [...took.values()].reduce((a, b) => a + b, 0);
      if (total > seconds) throw new Error(`the background compiler has not finished after ${total} s`);
      if (total !== last) [last, since] = [total, Date.now()];
      await sleep(50);
    }
    throw new Error('the background compiler does nothing');
  }

  /**
   * Numbers of the background compiler's processes: for a moment there may be more than one, until those that come
   * second have found the lock.
   */
  compilers(): number[] {
    const found: number[] = [];
    for (const pid of fs.readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        const [command, environment] = ['cmdline', 'environ'].map((f) => fs.readFileSync(`/proc/${pid}/${f}`, 'utf8'));
        if (command.includes('background.js') && environment.includes(`WAMR_CACHE_DIR=${this.cache}\0`))
          found.push(Number(pid));
      } catch {
        // Gone meanwhile, or of another user.
      }
    }
    return found;
  }

  /** Ends the background compiler, if it runs. */
  endCompiler(): void {
    for (const pid of this.compilers())
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone meanwhile.
      }
  }

  dispose(): void {
    this.endCompiler();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
