/** WebAssembly's binary format, as far as translated passes need it: numbers, sections, a module of functions. */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;

/** Opcodes that the translator writes (specification, section 5.4). */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  i32_load: 0x28,
  f64_load: 0x2b,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_u: 0x2f,
  i32_store: 0x36,
  f64_store: 0x39,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_const: 0x41,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  f64_le: 0x65,
  f64_ge: 0x66,
  i32_clz: 0x67,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_rem_s: 0x6f,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  f64_abs: 0x99,
  f64_neg: 0x9a,
  f64_ceil: 0x9b,
  f64_floor: 0x9c,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  f64_min: 0xa4,
  f64_max: 0xa5,
  i64_const: 0x42,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_gt_s: 0x55,
  i64_le_s: 0x57,
  i64_ge_s: 0x59,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_rem_s: 0x81,
  i64_shl: 0x86,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  f64_convert_i32_s: 0xb7,
  f64_convert_i32_u: 0xb8,
  f64_convert_i64_s: 0xb9,
  f64_convert_i64_u: 0xba,
};
/** Behind the prefix 0xfc. */
const MISC = { i64_trunc_sat_f64_s: 6, memory_copy: 10, memory_fill: 11 };
export const EMPTY_BLOCK = 0x40;
/** Addresses are never negative numbers. What needs more is done by the passes as JavaScript. */
const MOST_PAGES = 32767;
const SPARE_PAGES = 4;

/** Appends a number in unsigned or signed LEB128. */
export function unsigned(to, x) {
  do {
    const byte = x & 0x7f;
    x >>>= 7;
    to.push(x === 0 ? byte : byte | 0x80);
  } while (x !== 0);
}
export function signed(to, x) {
  for (;;) {
    const byte = x & 0x7f;
    x >>= 7;
    if ((x === 0 && (byte & 0x40) === 0) || (x === -1 && (byte & 0x40) !== 0)) return void to.push(byte);
    to.push(byte | 0x80);
  }
}

/** A function body that is being written. */
export class Code {
  bytes = [];
  /** Types of the locals behind the parameters. */
  locals = [];
  constructor(params) {
    this.params = params;
  }
  local(type) {
    return this.params + this.locals.push(type) - 1;
  }
  op(name, ...immediates) {
    this.bytes.push(OP[name]);
    for (const x of immediates) unsigned(this.bytes, x);
  }
  misc(name, ...immediates) {
    this.bytes.push(0xfc);
    unsigned(this.bytes, MISC[name]);
    for (const x of immediates) this.bytes.push(x);
  }
  block(name, type = EMPTY_BLOCK) {
    this.bytes.push(OP[name], type);
  }
  i32(x) {
    this.bytes.push(OP.i32_const);
    signed(this.bytes, x);
  }
  i64(x) {
    this.bytes.push(OP.i64_const);
    signed(this.bytes, x);
  }
  f64(x) {
    this.bytes.push(OP.f64_const, ...new Uint8Array(Float64Array.of(x).buffer));
  }
  /** A load or store; `align` is the logarithm of the access's bytes. */
  access(name, align, offset) {
    this.op(name, align, offset);
  }
  body() {
    const head = [];
    unsigned(head, this.locals.length);
    for (const type of this.locals) head.push(1, type);
    const size = [];
    unsigned(size, head.length + this.bytes.length + 1);
    return [...size, ...head, ...this.bytes, OP.end];
  }
}

function section(id, contents) {
  const out = [id];
  unsigned(out, contents.length);
  for (const byte of contents) out.push(byte);
  return out;
}

function vector(items) {
  const out = [];
  unsigned(out, items.length);
  for (const item of items) for (const byte of item) out.push(byte);
  return out;
}

const name = (text) => [text.length, ...Buffer.from(text)];

/**
 * A module of functions `{ params, results, code, exported }` (types, `Code`, name or undefined) over one memory, which
 * it exports as `memory` and which begins with `data`. `imports`: functions of one float, which have the first numbers.
 * `notes`: custom sections, texts by name.
 */
export function encodeModule(imports, functions, data, notes) {
  const types = new Map();
  const typeOf = [...imports.map(() => ({ params: [F64], results: [F64] })), ...functions].map(
    ({ params, results }) => {
      const key = `${params}/${results}`;
      if (!types.has(key)) types.set(key, [types.size, [0x60, params.length, ...params, results.length, ...results]]);
      return types.get(key)[0];
    },
  );
  const exports = functions.flatMap(({ exported }, k) => {
    if (exported === undefined) return [];
    const out = [...name(exported), 0];
    unsigned(out, imports.length + k);
    return [out];
  });
  exports.push([...name('memory'), 2, 0]);
  const limits = [1];
  unsigned(limits, (data.length >> 16) + SPARE_PAGES);
  unsigned(limits, MOST_PAGES);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([...types.values()].map(([, bytes]) => bytes))),
    ...section(2, vector(imports.map((field, k) => [...name('math'), ...name(field), 0, typeOf[k]]))),
    ...section(3, vector(typeOf.slice(imports.length).map((t) => (t < 128 ? [t] : [(t & 127) | 128, t >> 7])))),
    ...section(5, vector([limits])),
    ...section(7, vector(exports)),
    ...section(10, vector(functions.map(({ code }) => code.body()))),
    ...section(11, vector([[0, OP.i32_const, 0, OP.end, ...vector([...data].map((byte) => [byte]))]])),
    ...Object.entries(notes).flatMap(([title, text]) => section(0, [...name(title), ...Buffer.from(text)])),
  ]);
}
