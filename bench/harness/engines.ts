/** The engines that are compared: how each precompiles a program and runs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BENCH, CACHE, ROOT } from './paths.js';
import type { Command } from './measure.js';
import { peer } from './peers.js';
import type { Program } from './programs.js';

export interface Engine {
  id: string;
  label: string;
  /** The run command of a program, precompiled first where the engine can; a string says why it can't run it. */
  prepare(p: Program): Command | string;
}

const NODE = process.execPath;
const OWN_CLI = join(ROOT, 'dist', 'cli.js');

/** Runs a compile once per output file. */
function precompile(output: string, argv: string[]): string | null {
  if (existsSync(output)) return null;
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const r = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: 180_000 });
  if (r.error !== undefined) return `compile failed: ${r.error.message}`;
  if (r.status !== 0) return `compile failed: ${r.stderr.trim().split('\n').slice(0, 2).join(' ')}`;
  return null;
}

const codeFile = (p: Program, engine: string): string => join(CACHE, 'code', `${basename(p.wasm)}.${engine}`);

function own(id: string, label: string, flags: string[]): Engine {
  return {
    id,
    label,
    prepare(p) {
      const file = `${codeFile(p, id)}.aot`;
      // Our own compiler changes all the time: always compile.
      const r = spawnSync(NODE, [OWN_CLI, 'compile', p.wasm, '-o', file, ...flags], { encoding: 'utf8' });
      if (r.status !== 0) return r.stderr.trim().split('\n')[0];
      return { argv: [NODE, OWN_CLI, 'run', ...(p.dir ? ['--dir', `${p.dir}::.`] : []), file, ...p.args], stdin: p.stdin };
    },
  };
}

function v8(id: string, label: string, flags: string[]): Engine {
  return {
    id,
    label,
    // Without --no-turbo-fast-api-calls node:wasi aborts now and then on Node 20 (a collection inside a fast API call).
    prepare: (p) => ({ argv: [NODE, '--no-warnings', '--no-turbo-fast-api-calls', ...flags, join(BENCH, 'harness', 'run-v8.cjs'), p.wasm, ...(p.dir ? ['--dir', p.dir] : []), ...p.args], stdin: p.stdin }),
  };
}

const wasmtime: Engine = {
  id: 'wasmtime',
  label: 'Wasmtime 49',
  prepare(p) {
    const tools = peer('wasmtime');
    if (tools === null) return 'not installed';
    const file = `${codeFile(p, 'wasmtime')}.cwasm`;
    const failed = precompile(file, [tools.wasmtime, 'compile', '-o', file, p.wasm]);
    return failed ?? { argv: [tools.wasmtime, 'run', '--allow-precompiled', ...(p.dir ? ['--dir', `${p.dir}::.`] : []), file, ...p.args], stdin: p.stdin };
  },
};

function wamr(id: string, label: string, flags: string[]): Engine {
  return {
    id,
    label,
    prepare(p) {
      const tools = peer('wamr');
      if (tools === null) return 'not installed';
      const file = `${codeFile(p, id)}.wamr`;
      const failed = precompile(file, [tools.wamrc, 'compile', ...flags, p.wasm, '-o', file]);
      return failed ?? { argv: [tools.wamr, 'run', ...(p.dir ? ['--map-dir', `${p.dir}::.`] : []), file, ...p.args], stdin: p.stdin };
    },
  };
}

/** In the order of the tables; the first is ours, the second the one that ratios refer to. */
export const ENGINES: readonly Engine[] = [
  own('ours', 'wamr-native', []),
  wasmtime,
  v8('v8', 'V8 as it comes', []),
  v8('v8-turbofan', 'V8, TurboFan', ['--no-liftoff', '--no-wasm-lazy-compilation']),
  wamr('wamr', 'WAMR port', []),
  wamr('wamr-O0', 'WAMR port -O0', ['-O0']),
];
