/** What translated code calls beyond itself: memory, fills, the smaller and the greater of two integers. */
import { Code, F64, I32, I64 } from './encode.mjs';

/** Address of the end of what is taken. */
export const TOP = 4;
/** The first address that is given away. */
export const FIRST = 16;
const PAGE_SHIFT = 16;

/** `make(bytes)`: zeroed memory that is never given back; arrays grow by halves, so that what they leave is bounded. */
function make() {
  const c = new Code(1);
  const at = c.local(I32);
  const end = c.local(I32);
  c.i32(TOP);
  c.access('i32_load', 2, 0);
  c.op('local_tee', at);
  c.op('local_get', 0);
  c.i32(7);
  c.op('i32_add');
  c.i32(-8);
  c.op('i32_and');
  c.op('i32_add');
  c.op('local_set', end);
  // Beyond the last page: more, at once a sixteenth of what there is.
  c.op('local_get', end);
  c.op('memory_size', 0);
  c.i32(PAGE_SHIFT);
  c.op('i32_shl');
  c.op('i32_gt_u');
  c.block('if');
  c.op('local_get', end);
  c.op('memory_size', 0);
  c.i32(PAGE_SHIFT);
  c.op('i32_shl');
  c.op('i32_sub');
  c.i32(PAGE_SHIFT);
  c.op('i32_shr_u');
  c.i32(1);
  c.op('i32_add');
  c.op('memory_size', 0);
  c.i32(4);
  c.op('i32_shr_u');
  c.op('i32_add');
  c.op('memory_grow', 0);
  c.i32(-1);
  c.op('i32_eq');
  c.block('if');
  c.op('unreachable');
  c.op('end');
  c.op('end');
  c.i32(TOP);
  c.op('local_get', end);
  c.access('i32_store', 2, 0);
  c.op('local_get', at);
  return { params: [I32], results: [I32], code: c };
}

/** `makeArray(length, shift)`: its elements have 1 << shift bytes each. */
function makeArray() {
  const c = new Code(2);
  c.op('local_get', 0);
  c.i32(1 << 27);
  c.op('i32_gt_u');
  c.block('if');
  c.op('unreachable');
  c.op('end');
  c.op('local_get', 0);
  c.op('local_get', 1);
  c.op('i32_shl');
  c.i32(8);
  c.op('i32_add');
  c.op('call', NUMBER.make);
  c.op('local_tee', 1);
  c.op('local_get', 0);
  c.access('i32_store', 2, 0);
  c.op('local_get', 1);
  c.i32(8);
  c.op('i32_add');
  return { params: [I32, I32], results: [I32], code: c };
}

/** `fill(array, value, from, to)`. */
function fill(type, shift) {
  const c = new Code(4);
  for (const local of [2, 3]) {
    c.op('local_get', 0);
    c.op('local_get', local);
    c.i32(shift);
    c.op('i32_shl');
    c.op('i32_add');
    c.op('local_set', local);
  }
  c.block('block');
  c.block('loop');
  c.op('local_get', 2);
  c.op('local_get', 3);
  c.op('i32_ge_u');
  c.op('br_if', 1);
  c.op('local_get', 2);
  c.op('local_get', 1);
  if (type === F64) c.access('f64_store', 3, 0);
  else c.access('i32_store', 2, 0);
  c.op('local_get', 2);
  c.i32(1 << shift);
  c.op('i32_add');
  c.op('local_set', 2);
  c.op('br', 0);
  c.op('end');
  c.op('end');
  return { params: [I32, type, I32, I32], results: [], code: c };
}

/** The same for bytes; and for integers whose bytes are all the same. */
function fillBytes() {
  const c = new Code(4);
  c.op('local_get', 0);
  c.op('local_get', 2);
  c.op('i32_add');
  c.op('local_get', 1);
  c.op('local_get', 3);
  c.op('local_get', 2);
  c.op('i32_sub');
  c.misc('memory_fill', 0);
  return { params: [I32, I32, I32, I32], results: [], code: c };
}

function extreme(comparison) {
  const c = new Code(2);
  c.op('local_get', 0);
  c.op('local_get', 1);
  c.op('local_get', 0);
  c.op('local_get', 1);
  c.op(comparison);
  c.op('select');
  return { params: [I32, I32], results: [I32], code: c };
}

/** `(x ^ sign) - sign`, where sign is 0 or -1. */
function absolute() {
  const c = new Code(1);
  const sign = c.local(I32);
  c.op('local_get', 0);
  c.op('local_get', 0);
  c.i32(31);
  c.op('i32_shr_s');
  c.op('local_tee', sign);
  c.op('i32_xor');
  c.op('local_get', sign);
  c.op('i32_sub');
  return { params: [I32], results: [I32], code: c };
}

/** Traps where the result has more than 32 bits. */
function exactly(operation) {
  const c = new Code(2);
  const result = c.local(I64);
  for (const local of [0, 1]) {
    c.op('local_get', local);
    c.op('i64_extend_i32_s');
  }
  c.op(operation);
  c.op('local_tee', result);
  c.op('i32_wrap_i64');
  c.op('i64_extend_i32_s');
  c.op('local_get', result);
  c.op('i64_ne');
  c.block('if');
  c.op('unreachable');
  c.op('end');
  c.op('local_get', result);
  c.op('i32_wrap_i64');
  return { params: [I32, I32], results: [I32], code: c };
}

/** Of what is never negative: traps where the result has more than 31 bits. */
function unsignedExactly(parameters, ...operation) {
  const c = new Code(parameters);
  for (let k = 0; k < parameters; k++) c.op('local_get', k);
  c.op(...operation);
  c.op('local_tee', 0);
  c.i32(0);
  c.op('i32_lt_s');
  c.block('if');
  c.op('unreachable');
  c.op('end');
  c.op('local_get', 0);
  return { params: Array(parameters).fill(I32), results: [I32], code: c };
}

/** `2 ** x` for 0 ≤ x < 64. */
function powerOfTwo() {
  const c = new Code(1);
  c.i64(1);
  c.op('local_get', 0);
  c.op('i64_extend_i32_u');
  c.op('i64_shl');
  c.op('f64_convert_i64_u');
  return { params: [I32], results: [F64], code: c };
}

/** `x % y` of integers below 2^63. */
function remainder() {
  const c = new Code(2);
  for (const local of [0, 1]) {
    c.op('local_get', local);
    c.misc('i64_trunc_sat_f64_s');
  }
  c.op('i64_rem_s');
  c.op('f64_convert_i64_s');
  return { params: [F64, F64], results: [F64], code: c };
}

/** Functions of `Math` that the module imports; they have the first numbers. */
export const IMPORTS = ['exp', 'log'];
const HELPERS = {
  make,
  makeArray,
  fillI32: () => fill(I32, 2),
  fillF64: () => fill(F64, 3),
  fillBytes,
  min: () => extreme('i32_lt_s'),
  max: () => extreme('i32_gt_s'),
  abs: absolute,
  powerOfTwo,
  remainder,
  addExactly: () => exactly('i64_add'),
  subtractExactly: () => exactly('i64_sub'),
  multiplyExactly: () => exactly('i64_mul'),
  shiftExactly: () => unsignedExactly(2, 'i32_shr_u'),
  absExactly: () => unsignedExactly(1, 'call', NUMBER.abs),
};

/** Numbers of the imports and of the helpers, which are the first functions of the module. */
export const NUMBER = Object.fromEntries([...IMPORTS, ...Object.keys(HELPERS)].map((name, k) => [name, k]));
export const HELPER_NAMES = Object.keys(HELPERS);

export const helpers = () => Object.values(HELPERS).map((make) => make());
