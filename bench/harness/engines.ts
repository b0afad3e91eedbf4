/** The engines that are compared: how each precompiles a program and runs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from './measure.js';
import { BENCH, CACHE, OWN_CLI } from './paths.js';
import { peer } from './peers.js';
import type { Program } from './programs.js';
import { trainProgram, trainingNote } from './training.js';

export interface Engine {
  id: string;
  label: string;
  /** The run command of a program, precompiled first where the engine can; a string says why it can't run it. */
  prepare(p: Program): Command | string;
  /** What has to be said of its figure for this program. */
  note?(p: Program): string;
}

const NODE = process.execPath;

/** Compiled form of a program: named by its content, so that another file of the same name never gets it. */
function codeFile(p: Program, extension: string): string {
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  return join(CACHE, 'code', `${basename(p.wasm).replace(/\.wasm.*$/, '')}-${p.sha256.slice(0, 12)}.${extension}`);
}

/** Runs a compile; the result says what went wrong. */
function compileOnce(argv: string[]): string | null {
  const r = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: 180_000 });
  if (r.error !== undefined) return `compile failed: ${r.error.message}`;
  if (r.status !== 0) return `compile failed: ${r.stderr.trim().split('\n').slice(0, 2).join(' ')}`;
  return null;
}

const invoked = (p: Program): string[] => (p.invoke === undefined ? [] : ['--invoke', p.invoke]);

function runOwn(p: Program, file: string, flags: string[]): Command | string {
  // Our own compiler changes all the time: always compile.
  const failed = compileOnce([NODE, OWN_CLI, 'compile', p.wasm, '-o', file, ...flags]);
  return (
    failed ?? {
      argv: [NODE, OWN_CLI, 'run', ...(p.dir ? ['--dir', `${p.dir}::.`] : []), ...invoked(p), file, ...p.args],
      stdin: p.stdin,
    }
  );
}

const ours: Engine = { id: 'ours', label: 'wamr-native', prepare: (p) => runOwn(p, codeFile(p, 'ours.aot'), []) };

/** As `run` and the WebAssembly interface compile: for this machine, as Wasmtime does. */
const oursNative: Engine = {
  id: 'ours-native',
  label: 'wamr-native, --target native',
  prepare: (p) => runOwn(p, codeFile(p, 'ours-native.aot'), ['--target', 'native']),
};

const oursProfile: Engine = {
  id: 'ours-profile',
  label: 'wamr-native, with a profile',
  prepare(p) {
    const trained = trainProgram(p);
    return 'failed' in trained
      ? trained.failed
      : runOwn(p, codeFile(p, 'ours-profile.aot'), ['--profile', trained.profile]);
  },
  note: trainingNote,
};

function v8(id: string, label: string, flags: string[]): Engine {
  return {
    id,
    label,
    // Without --no-turbo-fast-api-calls node:wasi aborts now and then on Node 20 (a collection inside a fast API call).
    prepare: (p) => ({
      argv: [
        NODE,
        '--no-warnings',
        '--no-turbo-fast-api-calls',
        ...flags,
        join(BENCH, 'harness', 'run-v8.cjs'),
        p.wasm,
        ...(p.dir ? ['--dir', p.dir] : []),
        ...invoked(p),
        ...p.args,
      ],
      stdin: p.stdin,
    }),
  };
}

const wasmtime: Engine = {
  id: 'wasmtime',
  label: 'Wasmtime 49',
  prepare(p) {
    const tools = peer('wasmtime');
    if (tools === null) return 'not installed';
    const file = codeFile(p, 'cwasm');
    const failed = existsSync(file) ? null : compileOnce([tools.wasmtime, 'compile', '-o', file, p.wasm]);
    return (
      failed ?? {
        argv: [
          tools.wasmtime,
          'run',
          '--allow-precompiled',
          ...(p.dir ? ['--dir', `${p.dir}::.`] : []),
          ...invoked(p),
          file,
          ...p.args,
        ],
        stdin: p.stdin,
      }
    );
  },
};

function wamr(id: string, label: string, flags: string[]): Engine {
  return {
    id,
    label,
    prepare(p) {
      const tools = peer('wamr');
      if (tools === null) return 'not installed';
      if (p.invoke !== undefined) return 'cannot call an export';
      const file = codeFile(p, `${id}.cwasm`);
      const failed = existsSync(file) ? null : compileOnce([tools.wamrc, 'compile', ...flags, p.wasm, '-o', file]);
      return (
        failed ?? {
          argv: [tools.wamr, 'run', ...(p.dir ? ['--map-dir', `${p.dir}::.`] : []), file, ...p.args],
          stdin: p.stdin,
        }
      );
    },
  };
}

/** In the order of the tables: ours, the one that ratios refer to, the others. */
export const ENGINES: readonly Engine[] = [
  ours,
  oursNative,
  oursProfile,
  wasmtime,
  v8('v8', 'V8 as it comes', []),
  v8('v8-turbofan', 'V8, TurboFan', ['--no-liftoff', '--no-wasm-lazy-compilation']),
  wamr('wamr', 'WAMR port', []),
  wamr('wamr-O0', 'WAMR port -O0', ['-O0']),
];
