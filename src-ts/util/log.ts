/** What the package does behind a program's back, told on stderr when WAMR_LOG=1. */

class Log {
  private readonly said = new Set<string>();
  readonly on = !['', '0', undefined].includes(process.env.WAMR_LOG);

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
