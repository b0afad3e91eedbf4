/** Messages on stderr about what the package does unasked, with WAMR_LOG=1. */
import { ENV } from '../options.js';

class Log {
  private readonly said = new Set<string>();
  readonly on = ENV.log;

  say(message: string): void {
    if (this.on) process.stderr.write(`wamr-native[${process.pid}]: ${message}\n`);
  }

  /** Only the first time for a topic: for what goes wrong again and again. */
  sayOnce(topic: string, why: string): void {
    if (!this.on || this.said.has(topic)) return;
    this.said.add(topic);
    this.say(`${topic}: ${why}`);
  }
}

export const log = new Log();
