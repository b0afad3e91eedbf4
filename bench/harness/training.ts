/**
 * Profiles for the contestant "with a profile": block counts of an instrumented run (`profile --count`), on another
 * input than the measured one where the program takes one. They lie in the cache under a name made of everything that
 * they depend on, our compiler included: where blocks begin is its choice.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseProfile } from '../../src-ts/profile/stored.js';
import { bodyHashes } from './bodies.js';
import { measure } from './measure.js';
import { CACHE, OWN_CLI, ROOT, TCGC, TCGC_COMPONENT } from './paths.js';
import { type Program, sha256 } from './programs.js';

/** The file, or why there is none. */
export type Trained = { profile: string } | { failed: string };

export const TCGC_TRAINING_NOTE = 'trained on another TypeSpec project';

/** What a figure with a profile has to say about itself. */
export function trainingNote(p: Program): string {
  return p.training === undefined ? 'trained on the same input' : 'trained on another script';
}

const NODE = process.execPath;
const FOLDER = join(CACHE, 'training');

/**
 * The profile of TCGC at work on `typespec-training`, whose component is built first. The headline component has to be
 * there, with its packages.
 */
export function trainTcgc(): Trained {
  const inputs = ['scripts/build.mjs', 'package-lock.json', 'src', 'wit', 'typespec-training'].map((name) =>
    join(TCGC, name),
  );
  const built = join(FOLDER, `tcgc-${hashOf(inputs)}`);
  const component = join(built, 'tcgc.component.wasm');
  if (!existsSync(component)) {
    process.stderr.write('bench: building TCGC with the input to train on\n');
    // A build that is cut off must not look like one.
    const fresh = `${built}.new`;
    for (const step of ['bundle', 'component']) {
      const r = spawnSync(NODE, ['scripts/build.mjs', '--input', 'typespec-training', '--out', fresh, step], {
        cwd: TCGC,
        encoding: 'utf8',
      });
      if (r.status !== 0) return { failed: `no profile: ${step}: ${firstLine(r.stderr)}` };
    }
    renameSync(fresh, built);
  }
  const counted = join(CACHE, 'code', 'tcgc-training');
  const trained = train(join(built, `${compilerHash()}.prof`), ['--', 'run', counted, '1'], TCGC, undefined, () => {
    const r = spawnSync(NODE, [OWN_CLI, 'compile', '--count', component, '-o', counted], {
      cwd: TCGC,
      encoding: 'utf8',
    });
    return r.status === 0 ? null : r.stderr;
  });
  rmSync(counted, { recursive: true, force: true }); // 80 MB, of no further use
  return 'failed' in trained ? trained : checked(trained.profile);
}

/** The profile of a program at work on its other input, or on the same where it has but one. */
export function trainProgram(p: Program): Trained {
  const { script, stdin = p.stdin, dir = p.dir } = p.training ?? {};
  const inputs = [p.wasm, script, stdin, dir].filter((x) => x !== undefined);
  const key = `${p.id}-${hashOf(inputs, [...p.args, p.invoke ?? ''])}`;
  const wasm = script === undefined ? p.wasm : join(FOLDER, `${key}.wasm`);
  const flags = [...(dir ? ['--dir', `${dir}::.`] : []), ...(p.invoke === undefined ? [] : ['--invoke', p.invoke])];
  return train(
    join(FOLDER, `${key}-${compilerHash()}.prof`),
    ['--', 'run', ...flags, wasm, ...p.args],
    ROOT,
    stdin,
    () => (script === undefined ? null : withScript(p.wasm, script, wasm)),
  );
}

/** Runs the command to count unless the profile is there. `prepare` says what went wrong, null if nothing. */
function train(
  profile: string,
  command: string[],
  cwd: string,
  stdin: string | undefined,
  prepare: () => string | null,
): Trained {
  if (existsSync(profile)) return { profile };
  process.stderr.write(`bench: taking a profile: ${basename(profile)}\n`);
  mkdirSync(dirname(profile), { recursive: true });
  const failed = prepare();
  if (failed !== null) return { failed: `no profile: ${firstLine(failed)}` };
  const fresh = join(dirname(profile), `new-${basename(profile)}`);
  const s = measure({ argv: [NODE, OWN_CLI, 'profile', '--count', '-o', fresh, ...command], cwd, stdin });
  if (s.exit !== 0) return { failed: `no profile: exit ${s.exit}: ${firstLine(s.stderr)}` };
  renameSync(fresh, profile);
  return { profile };
}

/**
 * A profile of other code would not fail, it would only not help: the figure with it would say that profiles are worth
 * nothing.
 */
function checked(profile: string): Trained {
  const profiled = Object.keys(parseProfile(readFileSync(profile, 'utf8'), profile).functions);
  const there = bodyHashes(readFileSync(TCGC_COMPONENT));
  const found = profiled.filter((hash) => there.has(hash)).length;
  if (found < 0.99 * profiled.length)
    return { failed: `the profile is of other code: ${found} of its ${profiled.length} functions are in TCGC` };
  return { profile };
}

/**
 * A program with its script in a data segment gets another in its place: the same code at work on another input. The
 * rest is filled up with spaces, because the code knows the length. The script to replace lies beside the program, as
 * the suite has it.
 */
export function replaceScript(wasm: Uint8Array, old: Uint8Array, script: Uint8Array): Uint8Array {
  const at = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.length).indexOf(old);
  if (at < 0) throw new Error('the script to replace is not in the program');
  if (script.length > old.length)
    throw new Error(`the script has ${script.length} bytes, there is room for ${old.length}`);
  const out = Uint8Array.from(wasm); // a copy, which slice of a Buffer is not
  out.fill(0x20, at, at + old.length);
  out.set(script, at);
  return out;
}

/** Writes the program with another script. Returns why it cannot, null if it can. */
function withScript(wasm: string, script: string, out: string): string | null {
  const old = readFileSync(join(dirname(wasm), '..', 'src', 'bench.js'));
  try {
    writeFileSync(out, replaceScript(readFileSync(wasm), old, readFileSync(script)));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of files and folders by content and name, and of further words. */
function hashOf(paths: string[], words: string[] = []): string {
  const hash = createHash('sha256').update(JSON.stringify(words));
  const add = (path: string): void => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`\0${basename(path)}\0${sha256(path)}`);
  };
  paths.forEach(add);
  return hash.digest('hex').slice(0, 12);
}

let compiler: string | undefined;
function compilerHash(): string {
  const dist = dirname(OWN_CLI);
  return (compiler ??= hashOf(
    readdirSync(dist)
      .filter((f) => f.endsWith('.js'))
      .map((f) => join(dist, f)),
  ));
}

const firstLine = (text: string): string => text.trim().split('\n')[0];
