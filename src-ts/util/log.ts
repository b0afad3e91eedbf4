/** What the package does behind a program's back, told on stderr when WAMR_LOG=1. */

class Log {
  private readonly said = new Set<string>();
  readonly on = !['', '0', undefined].includes(process.env.WAMR_LOG);

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
