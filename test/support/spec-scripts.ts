/**
 * The specification suite's scripts, and batches of them for processes of other systems (arm64 by emulation, Windows by
 * Wine). What a process takes of memory goes by the instances that it makes, so a batch has a bound of those, and a
 * script that makes more falls into parts where that changes nothing.
 */
import fs from 'node:fs';
import path from 'node:path';
import { collectGarbage } from './built.js';
import type { Engine } from './engine.js';
import { type Command, commandsOf, runSpecScript } from './spec-runner.js';

/** All scripts below a folder. */
export const findScripts = (dir: string): string[] =>
  fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(name) === 'test.json')
    .map((name) => path.join(dir, name))
    .sort();

/** Of the scripts that are there in two editions: the older one. */
export const isEdition2 = (file: string): boolean => file.includes('/spec-2.0/');

/** Commands of a script, the last one exclusive. */
export interface Part {
  file: string;
  from: number;
  to: number;
}

export interface PartResult {
  part: string;
  passed: number;
  /** The first ten of them. */
  failures: string[];
  failed: number;
}

const NUMBERS_OF_BITS = /^(f32|f64|v128|either)$/;

/** Instances of the script, and those that the runner makes of its own to see the bits of results. */
function instancesOf(commands: readonly Command[]): number {
  const modules = commands.filter((c) => c.filename !== undefined && !/_(invalid|malformed)/.test(c.type));
  const wrapped = commands.flatMap(({ action, expected }) =>
    [...(action?.args ?? []), ...(expected ?? [])].some((v) => NUMBERS_OF_BITS.test(v.type)) ? [action!.field] : [],
  );
  return Math.max(1, modules.length) + new Set(wrapped).size;
}

/** A script, cut in front of modules when it makes too many and no command is about an earlier one. */
function partsOf(file: string, most: number): (Part & { instances: number })[] {
  const commands = commandsOf(file);
  const names = commands.some((c) => c.as ?? c.name ?? c.module ?? c.instance ?? c.type === 'module_definition');
  const cuts = commands.flatMap((c, at) => (c.type === 'module' && !names ? [at] : []));
  const parts: (Part & { instances: number })[] = [];
  const end = (to: number): void => {
    const from = parts.at(-1)?.to ?? 0;
    if (to > from) parts.push({ file, from, to, instances: instancesOf(commands.slice(from, to)) });
  };
  for (let k = 1; k < cuts.length; k++)
    if (instancesOf(commands.slice(parts.at(-1)?.to ?? 0, cuts[k + 1])) > most) end(cuts[k]);
  end(commands.length);
  return parts;
}

/** The scripts in batches of at most so many instances, as far as they can be cut. */
export function batchesOf(files: readonly string[], most: number): Part[][] {
  const batches: Part[][] = [];
  let instances = Infinity;
  for (const part of files.flatMap((file) => partsOf(file, most))) {
    instances += part.instances;
    if (instances <= most) {
      batches.at(-1)!.push(part);
    } else {
      batches.push([part]);
      instances = part.instances;
    }
  }
  return batches;
}

/** The part as an argument of a program that calls `runParts`. */
export const argumentOf = ({ file, from, to }: Part): string => `${file}#${from}-${to}`;

/** Names of a batch's scripts: the last of their folders, and where a part begins. */
export const nameOf = (batch: readonly Part[]): string =>
  batch
    .map(({ file, from }) => file.split(path.sep).slice(-4, -1).join('/') + (from === 0 ? '' : `#${from}`))
    .join(' ');

/**
 * Runs parts, given by `argumentOf`: a line of JSON for each. Between them the memories that were dropped give up their
 * address space, of which the emulator remembers each page.
 */
export async function runParts(engineOf: (only2: boolean) => Engine, parts: readonly string[]): Promise<void> {
  const engines = [false, true].map(engineOf);
  for (const part of parts) {
    const [, file, from, to] = /^(.*)#(\d+)-(\d+)$/.exec(part)!;
    let result: PartResult;
    try {
      const engine = engines[isEdition2(file) ? 1 : 0];
      const { passed, failures } = runSpecScript(engine, file, { from: Number(from), to: Number(to) });
      result = { part, passed, failures: failures.slice(0, 10), failed: failures.length };
    } catch (e) {
      result = { part, passed: 0, failures: [String((e as Error).stack)], failed: 1 };
    }
    console.log(JSON.stringify(result));
    await collectGarbage();
  }
}
