/** A module with every access at many offsets, and the checks of its edges. JavaScript: workers import it as it is. */

const access = (op, size) => {
  const store = op.includes('store');
  return { name: op.replace('.', '_'), op, size, store, zero: op.startsWith('i64') ? 0x55n : 0x55 };
};

export const ACCESSES = [
  access('i32.load', 4),
  access('i64.load', 8),
  access('f32.load', 4),
  access('f64.load', 8),
  access('i32.load8_s', 1),
  access('i32.load8_u', 1),
  access('i32.load16_s', 2),
  access('i32.load16_u', 2),
  access('i64.load8_s', 1),
  access('i64.load8_u', 1),
  access('i64.load16_s', 2),
  access('i64.load16_u', 2),
  access('i64.load32_s', 4),
  access('i64.load32_u', 4),
  access('i32.store', 4),
  access('i64.store', 8),
  access('f32.store', 4),
  access('f64.store', 8),
  access('i32.store8', 1),
  access('i32.store16', 2),
  access('i64.store8', 1),
  access('i64.store16', 2),
  access('i64.store32', 4),
];
export const BULK = ['fill', 'copy', 'copyFrom', 'init'];
/** Around the boundary of folding (2^31), where sums pass 2^32, and the largest. */
const OFFSETS = [0, 1, 7, 8, 65535, 65536, 0x7ffffff0, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];

const type = (a) => a.op.slice(0, 3);

/**
 * One function for each access, offset and way to make the index. `_wrap`: a wrapped i64 whose upper half is not zero;
 * `_sum`: an addition that wraps; `_shift`: a scaled index that loses bits.
 */
export function boundsModule() {
  const functions = ACCESSES.flatMap((a) => {
    const body = (index, offset) =>
      a.store ? `(${a.op} offset=${offset} ${index} (local.get $v))` : `(${a.op} offset=${offset} ${index})`;
    const head = (suffix, param) =>
      `(func (export "${a.name}_${suffix}") (param $p ${param})${a.store ? ` (param $v ${type(a)})` : ` (result ${type(a)})`}`;
    return [
      ...OFFSETS.map((o) => `${head(String(o), 'i32')} ${body('(local.get $p)', o)})`),
      `${head('wrap', 'i64')} ${body('(i32.wrap_i64 (local.get $p))', 4)})`,
      `${head('dirty', 'i64')} ${body('(i32.wrap_i64 (i64.or (i64.mul (local.get $p) (i64.const 1)) (i64.shl (i64.const -1) (i64.const 32))))', 0)})`,
      `${head('sign', 'i32')} ${body('(i32.wrap_i64 (i64.extend_i32_s (local.get $p)))', 0)})`,
      `${head('sum', 'i32')} ${body('(i32.add (local.get $p) (i32.const 24))', 8)})`,
      `${head('shift', 'i32')} ${body('(i32.shl (local.get $p) (i32.const 3))', 16)})`,
      `${head('mask', 'i32')} ${body('(i32.shl (i32.and (local.get $p) (i32.const 0xffffff)) (i32.const 2))', 0)})`,
    ];
  });
  return `(module (memory (export "m") 1 65536) (data $d "abcdefgh")
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copyFrom") (param i32 i32 i32) (memory.copy (local.get 1) (local.get 0) (local.get 2)))
    (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
    ${functions.join('\n')})`;
}

/**
 * Tries every function at and around the last valid index for a memory of `bytes` bytes. `details`: traps are ours, and
 * tell the size of memory, the place in the wasm file, and the first byte out of bounds, whether the access faulted or
 * was found out by a comparison.
 */
export function checkBounds(exports, bytes, details) {
  const failures = [];
  let checks = 0;
  /** Wasm offset of each function's access, which never changes. */
  const places = new Map();
  const attempt = (name, args, valid, address) => {
    checks++;
    const what = `${name}(${args.map(String).join(', ')})`;
    try {
      exports[name](...args);
      if (!valid) failures.push(`${what}: no trap`);
    } catch (e) {
      if (valid) failures.push(`${what}: ${e.message}`);
      else if (e.message !== 'memory access out of bounds') failures.push(`${what}: ${e.message}`);
      else if (details) {
        const { offset } = e.frames[0];
        if (!places.has(name)) places.set(name, offset);
        if (e.memoryBytes !== bytes || !(offset > 0) || offset !== places.get(name))
          failures.push(`${what}: ${e.memoryBytes} bytes, offset ${offset}`);
        const reached = address === undefined ? undefined : Math.max(address, bytes);
        if (e.address !== reached) failures.push(`${what}: address ${e.address} instead of ${reached}`);
      }
    }
  };
  for (const a of ACCESSES) {
    const value = a.store ? [a.zero] : [];
    const run = (suffix, index, address) =>
      attempt(`${a.name}_${suffix}`, [index, ...value], address + a.size <= bytes, address);
    const last = bytes - a.size;
    for (const offset of OFFSETS) {
      for (const index of [
        0,
        last - offset,
        last - offset + 1,
        bytes - offset,
        bytes - offset + 1,
        0x7fffffff,
        0x80000000,
        0xfffffff8,
        0xffffffff,
      ]) {
        if (index >= 0 && index <= 0xffffffff) run(String(offset), index | 0, index + offset);
      }
    }
    for (const high of [0n, 1n << 32n, -1n << 32n, 0x7fffffffn << 32n]) {
      for (const address of [4, last, last + 1, bytes]) {
        run('wrap', high | BigInt(address - 4), address);
        run('dirty', high | BigInt(address), address);
      }
    }
    for (const address of [0, last, last + 1, 0xffffffff, 0x80000000]) run('sign', address | 0, address);
    // p + 24 at 32 bits, then + 8.
    for (const p of [0, last - 32, last - 31, 0xffffffff, -24 >>> 0, -25 >>> 0, 0x7fffffff])
      run('sum', p | 0, ((p + 24) >>> 0) + 8);
    for (const p of [
      0,
      (last - 16) >>> 3,
      ((last - 16) >>> 3) + 1,
      0x20000000,
      0x20000000 + ((last - 16) >>> 3),
      0xffffffff,
      0x1fffffff,
    ])
      run('shift', p | 0, ((p << 3) >>> 0) + 16);
    for (const p of [0, last >>> 2, (last >>> 2) + 1, 0x1000000, 0xffffff, -1]) run('mask', p | 0, (p & 0xffffff) * 4);
  }
  for (const name of BULK) {
    const other = name === 'init' ? 0 : 1;
    for (const n of [0, 1, 8]) {
      for (const at of [bytes - n, bytes - n + 1, bytes + 1, 0xffffffff, 0x80000000])
        attempt(name, [at | 0, other, n], at + n <= bytes, at);
    }
    attempt(name, [0, other, -1], false, 0);
    attempt(name, [16, other, bytes], false, 0);
  }
  // Beyond the segment: no address of memory is to blame.
  attempt('init', [0, 4, 5], false, undefined);
  return { checks, failures };
}
