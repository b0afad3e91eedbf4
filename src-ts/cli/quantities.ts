/** Times and sizes as people write them on the command line. */
import { InvalidArgumentError } from 'commander';

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `90s`, `15m`, `12h`, `30d`, or a number of seconds, to milliseconds. */
export function parseTime(text: string): number {
  const m = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/.exec(text);
  if (!m) throw new InvalidArgumentError('It must be a number with ms, s, m, h or d, such as 30s.');
  return Math.round(Number(m[1]) * MILLISECONDS[(m[2] ?? 's') as keyof typeof MILLISECONDS]);
}

/** `500`, `500kB`, `2GB`, `64MiB` to bytes. */
export function parseSize(text: string): number {
  const m = /^(\d+(?:\.\d+)?)\s*([kMGT]?)(i?)B?$/i.exec(text);
  if (!m) throw new InvalidArgumentError('It must be a number of bytes with kB, MB or GB, such as 500MB.');
  const power = ['', 'k', 'm', 'g', 't'].indexOf(m[2].toLowerCase());
  return Math.round(Number(m[1]) * (m[3] === '' ? 1000 : 1024) ** power);
}
