/** Text for people: colours, sizes, tables, error messages. Colours only on a terminal, and NO_COLOR is honoured. */
import fs from 'node:fs';
import { ENV } from '../options.js';
import { errorText } from './system-errors.js';

/** What is written to stdout or stderr. Into a file or a pipe it goes at once: Node's streams take 4 ms to load. */
class Output {
  private viaStream = false;

  constructor(
    private readonly fd: 1 | 2,
    private readonly stream: () => NodeJS.WriteStream,
  ) {}

  /** Whether it is a terminal. */
  get isTerminal(): boolean {
    return !this.isPlain && this.stream().isTTY === true;
  }

  private get isPlain(): boolean {
    try {
      const stat = fs.fstatSync(this.fd);
      return stat.isFIFO() || stat.isFile();
    } catch {
      return false;
    }
  }

  write(text: string): void {
    let bytes = Buffer.from(text);
    this.viaStream ||= !this.isPlain;
    try {
      while (!this.viaStream && bytes.length > 0) bytes = bytes.subarray(fs.writeSync(this.fd, bytes));
    } catch {
      // The stream waits for the reader, or says what is wrong; what follows must not overtake.
      this.viaStream = true;
    }
    if (bytes.length > 0) this.stream().write(bytes);
  }
}

const stdout = new Output(1, () => process.stdout);
export const stderr = new Output(2, () => process.stderr);

const colourful = (output: Output): boolean =>
  output.isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/**
 * Text in a colour on a terminal, plain elsewhere. The stream is asked at each use: asking makes it, which takes a
 * start some milliseconds.
 */
class Colours {
  constructor(private readonly output: Output) {}
  private dress(text: string, on: number, off: number): string {
    return colourful(this.output) ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }
  bold = (text: string): string => this.dress(text, 1, 22);
  dim = (text: string): string => this.dress(text, 2, 22);
  red = (text: string): string => this.dress(text, 31, 39);
  green = (text: string): string => this.dress(text, 32, 39);
  cyan = (text: string): string => this.dress(text, 36, 39);
}

/** Colours for stdout and for stderr. */
export const out = new Colours(stdout);
export const err = new Colours(stderr);

/** Our own colours, and what would steer a terminal or turn the direction of text: all but line ends and tabs. */
const CONTROL = /\x1b\[(?:1|2|22|31|32|36|39)m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Names and messages are a module's: what is in them may only be read. */
const harmless = (text: string): string =>
  text.replace(CONTROL, (c) => (c.length > 1 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));

/** Writes a line to stdout. */
export function print(line = ''): void {
  stdout.write(`${harmless(line)}\n`);
}

/** Writes a note to stderr. */
export function note(line: string): void {
  stderr.write(`${harmless(line)}\n`);
}

/** `error: message`; the stack only with WAMR_DEBUG=1, since it tells a user nothing. */
export function printError(e: unknown): void {
  const text = e instanceof Error ? (ENV.debug ? (e.stack ?? e.message) : errorText(e)) : String(e);
  note(`${err.red('error:')} ${text}`);
}

/** 1234567 → `1.2 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let n = bytes;
  let unit = -1;
  do {
    n /= 1000;
    unit++;
  } while (n >= 999.5 && unit < units.length - 1);
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** 12646 → `12,646`. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 thing`, `2 things`. */
export const plural = (n: number, thing: string): string => `${count(n)} ${thing}${n === 1 ? '' : 's'}`;

/** Milliseconds → `5.3 s` or `120 ms`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Columns padded to their widest cell; `right` lists the columns that are numbers. */
export function table(rows: string[][], right: number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const pad = (cell: string, i: number): string =>
    right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}`).join('\n');
}
