/**
 * Linux on arm64 by emulation (scripts/emulated.cjs). The emulated process runs code; what it has to compile is compiled
 * here, where the compiler is fast: it asks by a pipe (arm64-guest.ts).
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import { compileSync as compileFromSources } from '../../src-ts/aot/compile.js';
import { ARM64_HUGE_BRANCHES } from '../../src-ts/arm64/asm/branches.js';
import { HUGE } from '../../src-ts/arm64/emit/emit.js';
import { ARM64_MACHINE } from '../../src-ts/arm64/machine.js';
import { bundleProgram, bundleTests, outcomesOf } from './elsewhere.js';
import type { TestOutcome } from './outside.js';
import { ROOT } from './peers.js';

const require = createRequire(import.meta.url);
const { compileSync } = require('../../dist/index.js') as typeof import('../../src-ts/index.js');
const emulated = require('../../scripts/emulated.cjs') as {
  CACHE: string;
  addon(library?: string): string;
  node(): string;
  emulated(argv: string[], options?: string[], root?: string): string[];
  withoutEmulator(): string | undefined;
};
export const { withoutEmulator } = emulated;
export const emulatedCommand = emulated.emulated;

const bundles = new Map<string, Promise<string>>();

function bundle(source: string): Promise<string> {
  const made = bundles.get(source) ?? bundleProgram(source, emulated.CACHE);
  bundles.set(source, made);
  return made;
}

export interface Emulated {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
}

export interface EmulatedOptions {
  timeoutMs: number;
  /** Standard input. */
  input?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** What runs programs of another system. */
export interface OtherSystem {
  /** The command that Node is started by. */
  node: string[];
  /** The addon; none: the one that is built here. */
  addon?: () => string;
  /** What modules are compiled for. */
  target: 'aarch64' | 'x86-64-v2';
}

const ARM64: OtherSystem = {
  get node() {
    return emulated.emulated([emulated.node()]);
  },
  addon: emulated.addon,
  target: 'aarch64',
};

/** The addon for another system: a C library of scripts/check-prebuilds.cjs. */
export const addonFor = (library: string) => (): string => emulated.addon(library);

/** Runs a TypeScript program on the emulated machine. */
export const runOnArm64 = async (source: string, args: string[], options: EmulatedOptions): Promise<Emulated> =>
  runOn(ARM64, source, args, options);

/** Runs Node with these arguments on the emulated machine. */
export const runNodeOnArm64 = (args: string[], options: EmulatedOptions): Promise<Emulated> =>
  runNode(ARM64, args, options);

/** Runs the tests of a file on the emulated machine, and tells how each of them ended. */
export async function testOnArm64(source: string, options: EmulatedOptions): Promise<TestOutcome[]> {
  return outcomesOf(source, await runNodeOnArm64([await bundleTests(source, emulated.CACHE)], options));
}

/** Runs a TypeScript program on another system. */
export const runOn = async (
  system: OtherSystem,
  source: string,
  args: string[],
  options: EmulatedOptions,
): Promise<Emulated> => runNode(system, [await bundle(source), ...args], options);

function runNode(system: OtherSystem, args: string[], options: EmulatedOptions): Promise<Emulated> {
  const [command, ...argv] = [...system.node, ...args];
  const addon = system.addon?.();
  const child = spawn(command, argv, {
    cwd: options.cwd ?? ROOT,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(addon !== undefined && { WAMR_NATIVE_ADDON: addon }),
      NODE_OPTIONS: '',
      ...options.env,
    },
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  child.stdin!.on('error', () => {}); // The process has ended.
  child.stdin!.end(options.input ?? '');
  const result: Emulated = { code: null, signal: null, out: '', err: '' };
  child.stdout!.on('data', (text) => (result.out += text));
  child.stderr!.on('data', (text) => (result.err += text));
  serve(child.stdio[3] as Readable, child.stdio[4] as Writable, system.target);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...result, code, signal }));
  });
}

/** Orders are lengths of options and module (u32 each), then both; answers 0 or 1 (failed), a length, the bytes. */
function serve(orders: Readable, answers: Writable, target: OtherSystem['target']): void {
  let waiting = Buffer.alloc(0);
  answers.on('error', () => {}); // The process has ended.
  orders.on('data', (part: Buffer) => {
    waiting = Buffer.concat([waiting, part]);
    while (waiting.length >= 8) {
      const optionBytes = waiting.readUInt32LE(0);
      const end = 8 + optionBytes + waiting.readUInt32LE(4);
      if (waiting.length < end) return;
      const options = JSON.parse(waiting.toString('utf8', 8, 8 + optionBytes)) as Reach;
      const wasm = new Uint8Array(waiting.subarray(8 + optionBytes, end));
      waiting = waiting.subarray(end);
      answers.write(compileFor(wasm, target, options));
    }
  });
}

/** Orders may ask for calls or branches that reach no farther than this, as in huge modules and functions. */
export interface Reach {
  callReach?: number;
  branchReach?: number;
}

function compileNear(wasm: Uint8Array, options: object, { callReach, branchReach }: Reach): Uint8Array {
  const machine = ARM64_MACHINE as { callReach: number };
  const branches = ARM64_HUGE_BRANCHES as {
    -readonly [K in 'nearFrom' | 'nearTo' | 'shortReach' | 'middleReach']: number;
  };
  const before = [{ ...machine }, { ...branches }, { ...HUGE }];
  if (callReach !== undefined) machine.callReach = callReach;
  if (branchReach !== undefined) {
    HUGE.from = 0;
    Object.assign(branches, { nearFrom: -branchReach, nearTo: branchReach, shortReach: branchReach });
    branches.middleReach = 2 * branchReach;
  }
  try {
    return compileFromSources(wasm, options);
  } finally {
    [machine, branches, HUGE].forEach((o, k) => Object.assign(o, before[k]));
  }
}

function compileFor(
  wasm: Uint8Array,
  target: OtherSystem['target'],
  { callReach, branchReach, ...options }: Reach,
): Buffer {
  const head = Buffer.alloc(8);
  const all = { target, verify: true, ...options };
  let body: Uint8Array;
  try {
    const isNear = callReach !== undefined || branchReach !== undefined;
    body = isNear ? compileNear(wasm, all, { callReach, branchReach }) : compileSync(wasm, all);
  } catch (e) {
    head[0] = 1;
    const { name, message } = e as Error;
    body = Buffer.from(JSON.stringify({ name, message }));
  }
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
