/**
 * Public compilation: wasm bytes → artefact, in this thread (`compileSync`) or on workers (`compile`). Both give the
 * same bytes.
 */
import { availableParallelism } from 'node:os';
import { Architecture } from '../abi/architectures.js';
import { binding, machineOf } from '../addon.js';
import { type BufferSource, type CompileOptions, ENV } from '../options.js';
import { decodeModule } from '../wasm/module.js';
import { BUILTIN_SETS, type BuiltinSet } from '../wasm/compile-time-imports.js';
import { featureBits, type Proposal, proposalNames } from '../wasm/proposals.js';
import { matchProfile, type ModuleProfile } from '../ir/profile.js';
import type { Disabled } from '../util/switches.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { checkProfile, type StoredProfile } from '../profile/stored.js';
import { validateModule } from '../wasm/validate.js';
import { listFunc } from '../ir/print.js';
import { runStep } from '../util/steps.js';
import { guardsShared } from '../util/v8-guards.js';
import { needsChecks } from '../wasm/types.js';
import { ChunkBuilder, type Chunk } from './chunk.js';
import { FunctionCompiler } from './compile-func.js';
import { closedElements, computeVmLayout } from '../abi/vmctx.js';
import { outermostPos } from './inlined.js';
import { hashArtefact } from './format.js';
import { linkArtefact } from './link.js';
import { compileOrder } from './compile-order.js';
import { compileOnWorkers } from './parallel.js';
import { codeBytes, type Prepared } from './prepared.js';
import { Phase, PhaseTimes } from './phases.js';
import { Compilation, PIPELINE } from './pipeline.js';
import { DEFAULT_TARGET, hasRedZone, type Target, TARGETS, withoutRedZone } from './targets.js';

/** `onProgress` is called about this often. */
const PROGRESS_BYTES = 4096;
/** Code in this thread is put by in parts: one array that grows would be three times as large when it is full. */
const CHUNK_BYTES = 4 << 20;
/** Below this code size a worker costs more to start than it brings. */
const WORTH_WORKERS = 200_000;
/**
 * Bytes of code for each further worker. Every worker has V8 compile this compiler anew, 2–3 s of processor time:
 * SpiderMonkey's 9 MB take 6.0 s (8.0 s of processor time) with one and
 * 7.0 s (12.3 s) with two on two cores.
 */
const BYTES_PER_WORKER = 12_000_000;

/**
 * Compiles a module to an artefact, a large one on worker threads if there can be any. The rest runs in this thread: programs come here by
 * way of aot/compiler.ts, which is in another.
 * @param wasm the module's bytes; they must not change until the promise settles.
 * @throws CompileError when the module is malformed, invalid, or needs a feature that is not supported; RangeError for
 * an unknown target; AbortError when `options.signal` aborts.
 */
export async function compile(wasm: BufferSource, options: CompileOptions = {}): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const prepared = prepare(bytesOf(wasm), options);
  const bytes = codeBytes(prepared.module);
  const jobs = options.jobs || defaultJobs(bytes);
  const parallel = jobs > 1 && bytes >= WORTH_WORKERS;
  const chunks = (parallel ? await compileOnWorkers(prepared, jobs, options) : null) ?? compileHere(prepared, options);
  options.signal?.throwIfAborted();
  return link(prepared, chunks);
}

/** Like `compile`, in this thread and blocking it; `jobs`, `signal` and `onProgress` are ignored. */
export function compileSync(wasm: BufferSource, options: CompileOptions = {}): Uint8Array {
  const prepared = prepare(bytesOf(wasm), options);
  return link(prepared, compileHere(prepared, {}));
}

/** The options that decide what a valid module is. */
export type ValidityOptions = Pick<CompileOptions, 'features' | 'builtins' | 'importedStringConstants'>;

/**
 * Checks that the bytes are a module that this compiler accepts under the options.
 * @returns the names of the proposals beyond WebAssembly 2.0 that it uses
 * @throws CompileError when it is not
 */
export function check(wasm: BufferSource, options: ValidityOptions = {}): Proposal[] {
  const module = decode(bytesOf(wasm), options);
  validateModule(module);
  return proposalNames(module.used);
}

/** A line of a function's IR, and the byte offset of the operator in the module that it comes from; -1: none. */
export interface IrListingLine {
  text: string;
  offset: number;
}

/**
 * The optimised IR of some functions (indices of defined ones), as WAMR_DUMP=opt shows it; of an inlined body the
 * offset is that of the call.
 */
export function listIr(wasm: BufferSource, options: CompileOptions, functions: readonly number[]): IrListingLine[][] {
  const { module, vm, codegen } = prepare(bytesOf(wasm), options);
  const c = new Compilation(module, vm, codegen);
  const steps = PIPELINE.slice(
    0,
    PIPELINE.findIndex((step) => step.name === 'cfg'),
  );
  return functions.map((index) => {
    c.begin(index);
    for (const step of steps) runStep(step, c, undefined);
    return listFunc(c.func).map(({ text, pos }) => ({ text, offset: pos === -1 ? -1 : outermostPos(c.func, pos) }));
  });
}

function decode(bytes: Uint8Array, options: ValidityOptions): WasmModule {
  const { builtins, importedStringConstants } = options;
  // Options are own properties (util/check-options.ts): what a program puts on Object.prototype is none.
  const features = Object.hasOwn(options, 'features') ? options.features : undefined;
  // By index: the list is the program's.
  const sets: BuiltinSet[] = [];
  for (let i = 0, n = builtins?.length ?? 0; i < n; i++) {
    const name = builtins![i];
    if (!BUILTIN_SETS.includes(name))
      throw new RangeError(`builtins: unknown set '${name}'; known: ${BUILTIN_SETS.join(', ')}`);
    sets.push(name);
  }
  return decodeModule(bytes, featureBits(features), { builtins: sets, importedStringConstants });
}

/** `compileSync` with the milliseconds that each phase took (aot/phases.ts). */
export function compileTimed(
  wasm: BufferSource,
  options: CompileOptions = {},
): { artefact: Uint8Array; times: PhaseTimes } {
  const prepared = prepare(bytesOf(wasm), options, new PhaseTimes(true));
  const artefact = link(prepared, compileHere(prepared, {}));
  return { artefact, times: prepared.times };
}

function prepare(bytes: Uint8Array, options: CompileOptions, times = new PhaseTimes()): Prepared {
  times.start();
  const module = decode(bytes, options);
  times.lap(Phase.DECODE);
  const { mutatedTables } = validateModule(module);
  times.lap(Phase.VALIDATE);
  const target = options.target ?? DEFAULT_TARGET;
  const machine: Target | undefined = target === 'native' ? machineOf(binding()) : TARGETS[target];
  if (machine === undefined)
    throw new RangeError(`unknown target '${target}'; known: ${Object.keys(TARGETS).join(', ')}, native`);
  const disable = [...(options.disable ?? [])];
  if (!hasRedZone(machine)) disable.push('red-zone');
  const needs = disable.includes('red-zone') ? withoutRedZone(machine) : machine;
  const vm = computeVmLayout(module, mutatedTables);
  const profile = options.profile === undefined ? null : matchProfile(module, profileOf(options.profile));
  const guide = profile === null ? undefined : { profile, elements: closedElements(module, vm) };
  const { list, preserved } = compileOrder(module);
  const codegen = {
    ...needs,
    preserved,
    bounds: options.bounds ?? defaultBounds(module, target, machine),
    deterministic: options.deterministic === true,
    verify: options.verify ?? ENV.verify,
    debugInfo: options.debugInfo === true || options.count === true || options.coverage === true,
    count: options.count === true || options.coverage === true,
    coverage: options.coverage === true,
    disable: [...disable, ...withoutFolding(module, profile)],
    guide,
    flags: flagsOf(options),
  };
  return { module, vm, codegen, order: list, target, needs, times };
}

/**
 * Guard pages, but where shared memories have none: they are V8's, which on AArch64 reserves some for its memories or
 * not by its version. So that counts which runs here, and none for artefacts that may run elsewhere.
 */
function defaultBounds(
  { memories }: WasmModule,
  target: NonNullable<CompileOptions['target']>,
  { architecture }: Target,
): 'guard' | 'explicit' {
  if (architecture !== Architecture.AARCH64 || !memories.some((m) => m.shared === true && !needsChecks(m)))
    return 'guard';
  return target === 'native' && guardsShared(binding()) ? 'guard' : 'explicit';
}

/** The optimisation that a profile may turn off, in the functions where it says so. */
function withoutFolding({ importedFuncs }: WasmModule, profile: ModuleProfile | null): Disabled[] {
  const off: Disabled[] = [];
  profile?.wrapping.forEach((is, d) => {
    if (is !== 0) off.push(`folded-addresses@${importedFuncs + d}`);
  });
  return off;
}

/** The options as flags of the command line, for messages about faults. */
function flagsOf({
  target,
  bounds,
  deterministic,
  disable = [],
  features = {},
  builtins = [],
  importedStringConstants: constants,
  profile,
  debugInfo,
  count,
  coverage,
}: CompileOptions): string {
  const without = Object.keys(features).filter((name) => features[name as keyof typeof features] === false);
  return [
    target === undefined ? '' : `--target ${target}`,
    bounds === undefined ? '' : `--bounds ${bounds}`,
    deterministic === true ? '--deterministic' : '',
    disable.length === 0 ? '' : `--disable ${disable.join(',')}`,
    without.length === 0 ? '' : `--without ${without.join(',')}`,
    builtins.length === 0 ? '' : `--builtins ${builtins.join(',')}`,
    constants === undefined ? '' : `--string-constants ${JSON.stringify(constants)}`,
    profile === undefined ? '' : '--profile PROFILE',
    coverage === true ? '--coverage' : count === true ? '--count' : debugInfo === true ? '--debug-info' : '',
  ]
    .filter((flag) => flag !== '')
    .join(' ');
}

/** Callers may pass anything as a profile, so validate it. */
function profileOf(profile: StoredProfile): StoredProfile {
  checkProfile(profile);
  return profile;
}

function compileHere(p: Prepared, options: CompileOptions): Chunk[] {
  const compiler = new FunctionCompiler(p.module, p.vm, p.codegen, p.times);
  const out = new ChunkBuilder();
  const chunks: Chunk[] = [];
  const { bodyStart, bodyEnd, importedFuncs } = p.module;
  const total = codeBytes(p.module);
  let done = 0;
  let told = 0;
  for (const d of p.order) {
    compiler.compile(importedFuncs + d, out);
    if (out.codeBytes >= CHUNK_BYTES) chunks.push(out.take());
    done += bodyEnd[d] - bodyStart[d];
    if (done - told < PROGRESS_BYTES) continue;
    options.onProgress?.(done, total);
    told = done;
  }
  options.onProgress?.(total, total);
  chunks.push(out.take());
  return chunks;
}

function link(p: Prepared, chunks: Chunk[]): Uint8Array {
  p.times.start();
  const { bounds, deterministic, debugInfo, count, coverage, guide, disable } = p.codegen;
  const artefact = linkArtefact({
    module: p.module,
    vm: p.vm,
    chunks,
    bounds,
    deterministic,
    target: p.target,
    needs: p.needs,
    debugInfo,
    count,
    coverage,
    profile: guide?.profile ?? undefined,
    keepOrder: disable?.includes('function-order'),
    hash: nativeHash(),
  });
  p.times.lap(Phase.LINK);
  return artefact;
}

/** The addon's `hashArtefact`: loading node:crypto takes 8 ms. Undefined where there is no addon. */
function nativeHash(): ((artefact: Uint8Array) => Uint8Array) | undefined {
  try {
    const native = binding();
    return (artefact) => {
      const hash = native.hash(artefact);
      return typeof hash === 'number' ? hashArtefact(artefact) : new Uint8Array(hash);
    };
  } catch {
    return undefined;
  }
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

const defaultJobs = (bytes: number): number =>
  Math.min(availableParallelism(), 1 + Math.floor(bytes / BYTES_PER_WORKER));
