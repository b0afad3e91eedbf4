/** Modules that wasm-smith makes from seeds. */
import { createHash } from 'node:crypto';
import { runWasmTools } from './peers.js';

/** Proposals of which generated modules have none, unless a test asks for them. */
const OFF = [
  'relaxed-simd',
  'exceptions',
  'gc',
  'tail-call',
  'memory64',
  'threads',
  'wide-arithmetic',
  'extended-const',
  'custom-page-sizes',
  'shared-everything-threads',
  'custom-descriptors',
];

/**
 * What the engine supports, nothing imported, everything exported, every loop ends. NaNs are made canonical, since
 * their bits are not specified.
 */
const COMMON = [
  ...[
    '--ensure-termination',
    '--fuel',
    '2000',
    '--canonicalize-nans',
    'true',
    '--export-everything',
    'true',
    '--max-imports',
    '0',
  ],
  // With a maximum required, a memory cannot grow beyond that size either: its contents are hashed.
  ...[
    '--max-memory32-bytes',
    '1048576',
    '--max-memory64-bytes',
    '1048576',
    '--memory-max-size-required',
    'true',
    '--max-table-elements',
    '1000',
    '--generate-custom-sections',
    'false',
    '--bulk-memory-enabled',
    'true',
    '--reference-types-enabled',
    'true',
    '--simd-enabled',
    'true',
  ],
];

const LIMITS = ['--min-funcs', '2', '--max-tables', '4'];

/**
 * Different shapes take turns: anything, no traps (so that more of the code runs), many instructions in few functions.
 */
const SHAPES = [
  [],
  ['--disallow-traps', 'true', '--max-instructions', '400'],
  ['--max-instructions', '3000', '--max-funcs', '4', '--max-type-size', '200'],
  ['--min-memories', '1', '--disallow-traps', 'true', '--max-instructions', '1500'],
];

/** With garbage collection: left to itself, wasm-smith makes types and tables and no functions. */
const WITH_GC = [
  ...['--min-types', '12', '--max-types', '30', '--min-funcs', '6', '--max-funcs', '10'],
  ...['--max-globals', '6', '--max-data-segments', '2', '--max-element-segments', '2', '--max-tables', '2'],
  ...['--max-tags', '2'],
];

const GC_SHAPES = [
  ['--max-instructions', '200'],
  ['--disallow-traps', 'true', '--max-instructions', '300'],
  ['--disallow-traps', 'true', '--max-instructions', '1200'],
  ['--max-instructions', '1000', '--max-type-size', '60'],
];

/** Pseudo-random bytes, the same for the same seed; lengths vary, since longer input makes bigger modules. */
function seedBytes(seed: number, least: number): Uint8Array {
  const blocks: Buffer[] = [];
  const length = least + ((seed * 7919) % 6000);
  for (let size = 0, i = 0; size < length; size += 32, i++)
    blocks.push(createHash('sha256').update(`${seed}/${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

/** The module of a seed, with these proposals and up to so many memories, or undefined when wasm-smith makes none of it. */
export function smith(seed: number, on: readonly string[] = [], maxMemories = 1): Uint8Array | undefined {
  const proposals = OFF.flatMap((f) => [`--${f}-enabled`, String(on.includes(f))]);
  const gc = on.includes('gc');
  const shape = gc ? GC_SHAPES[seed % GC_SHAPES.length] : SHAPES[seed % SHAPES.length];
  try {
    return runWasmTools(
      ['smith', ...COMMON, ...(gc ? WITH_GC : LIMITS), ...proposals, ...shape, '--max-memories', String(maxMemories)],
      seedBytes(seed, gc ? 6000 : 200),
    );
  } catch (e) {
    if (/unexpected argument|invalid value/.test(String(e))) throw e;
    return undefined;
  }
}
