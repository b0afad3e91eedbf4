/** Messages on stderr about what the package does unasked, with WAMR_LOG=1. */
import { ENV } from '../options.js';

class Log {
  private readonly said = new Set<string>();
  readonly on = ENV.log;

  say(message: string): void {
    if (this.on) process.stderr.write(`wamr-native[${process.pid}]: ${message}\n`);
  }

  /** The same message only the first time: for what goes wrong again and again. */
  sayOnce(message: string): void {
    if (!this.on || this.said.has(message)) return;
    this.said.add(message);
    this.say(message);
  }
}

export const log = new Log();
