/**
 * Values of the specification's scripts, as wast2json and `wasm-tools json-from-wast` write them: to JavaScript, to
 * bits in memory, and compared with either.
 */

export interface SpecValue {
  type: string;
  /**
   * Integers and float bits in decimal, "nan:canonical", "nan:arithmetic", references by number or "null"; lanes of a
   * v128.
   */
  value?: string | string[];
  lane_type?: string;
  /** Of type "either". */
  values?: SpecValue[];
}

/** A value or module the runner has no means to express. */
export class Unsupported extends Error {}

const scratch = new DataView(new ArrayBuffer(8));
const u32 = (v: string): number => Number(BigInt.asUintN(32, BigInt(v)));
const u64 = (v: string): bigint => BigInt.asUintN(64, BigInt(v));
const f32Bits = (v: string): number => (v.startsWith('nan') ? 0x7fc00000 : u32(v));
const f64Bits = (v: string): bigint => (v.startsWith('nan') ? 0x7ff8000000000000n : u64(v));

const hostObjects = new Map<string, object>();
/** The object that stands for `ref.extern n`. */
function hostObject(n: string): object {
  let o = hostObjects.get(n);
  if (!o) hostObjects.set(n, (o = { extern: n }));
  return o;
}

/** An argument as JavaScript passes it. */
export function toJs(a: SpecValue): unknown {
  const v = a.value as string;
  switch (a.type) {
    case 'i32':
      return Number(v) | 0;
    case 'i64':
      return BigInt.asIntN(64, BigInt(v));
    case 'f32':
      scratch.setUint32(0, f32Bits(v));
      return scratch.getFloat32(0);
    case 'f64':
      scratch.setBigUint64(0, f64Bits(v));
      return scratch.getFloat64(0);
    case 'refnull':
    case 'funcref':
      return null;
    case 'externref':
    case 'hostref':
      return v === undefined || v === 'null' ? null : hostObject(v);
    default:
      if (a.type !== 'v128' && (v === undefined || v === 'null')) return null;
      throw new Unsupported(`argument of type ${a.type}`);
  }
}

/** Whether a value that JavaScript received is the expected one. NaN payloads can't be seen here. */
export function matchesJs(v: any, e: SpecValue): boolean {
  const want = e.value as string;
  switch (e.type) {
    case 'either':
      return e.values!.some((x) => matchesJs(v, x));
    case 'i32':
      return typeof v === 'number' && v >>> 0 === u32(want);
    case 'i64':
      return typeof v === 'bigint' && BigInt.asUintN(64, v) === u64(want);
    case 'f32':
      if (want.startsWith('nan:')) return Number.isNaN(v);
      scratch.setFloat32(0, v);
      return scratch.getUint32(0) === u32(want);
    case 'f64':
      if (want.startsWith('nan:')) return Number.isNaN(v);
      scratch.setFloat64(0, v);
      return scratch.getBigUint64(0) === u64(want);
    case 'v128':
      throw new Unsupported('v128 in JavaScript');
  }
  if (e.type === 'refnull' || /^null\w*ref$/.test(e.type) || want === 'null') return v === null;
  if (e.type === 'externref') return want === undefined ? v !== null : v === hostObject(want);
  if (e.type === 'funcref') return typeof v === 'function';
  return v !== null;
}

const LANE_BYTES: Record<string, number> = { i8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 };

/** Writes an argument's bits at `at`. */
export function writeBits(mem: DataView, at: number, a: SpecValue): void {
  if (a.type === 'v128') {
    const width = LANE_BYTES[a.lane_type!];
    (a.value as string[]).forEach((value, i) => writeLane(mem, at + i * width, a.lane_type!, value));
  } else if (a.type in LANE_BYTES) writeLane(mem, at, a.type, a.value as string);
  else throw new Unsupported(`argument of type ${a.type}`);
}

function writeLane(mem: DataView, at: number, type: string, v: string): void {
  switch (type) {
    case 'i8':
      mem.setUint8(at, Number(BigInt.asUintN(8, BigInt(v))));
      break;
    case 'i16':
      mem.setUint16(at, Number(BigInt.asUintN(16, BigInt(v))), true);
      break;
    case 'i32':
      mem.setUint32(at, u32(v), true);
      break;
    case 'i64':
      mem.setBigUint64(at, u64(v), true);
      break;
    case 'f32':
      mem.setUint32(at, f32Bits(v), true);
      break;
    case 'f64':
      mem.setBigUint64(at, f64Bits(v), true);
      break;
  }
}

/** Whether the bits at `at` are the expected ones, NaN classes included. */
export function matchesBits(mem: DataView, at: number, e: SpecValue): boolean {
  if (e.type === 'either') return e.values!.some((x) => matchesBits(mem, at, x));
  if (e.type === 'v128') {
    const width = LANE_BYTES[e.lane_type!];
    return (e.value as string[]).every((value, i) => matchesLane(mem, at + i * width, e.lane_type!, value));
  }
  if (e.type in LANE_BYTES) return matchesLane(mem, at, e.type, e.value as string);
  // Of references there is whether they are null (wrapper.ts).
  if (e.value === 'null' || /^(ref)?null/.test(e.type)) return mem.getUint32(at, true) === 1;
  throw new Unsupported(`result of type ${e.type}`);
}

function matchesLane(mem: DataView, at: number, type: string, v: string): boolean {
  switch (type) {
    case 'i8':
      return mem.getUint8(at) === Number(BigInt.asUintN(8, BigInt(v)));
    case 'i16':
      return mem.getUint16(at, true) === Number(BigInt.asUintN(16, BigInt(v)));
    case 'i32':
      return mem.getUint32(at, true) === u32(v);
    case 'i64':
      return mem.getBigUint64(at, true) === u64(v);
    case 'f32': {
      const bits = mem.getUint32(at, true);
      if (v === 'nan:canonical') return (bits & 0x7fffffff) === 0x7fc00000;
      if (v === 'nan:arithmetic') return (bits & 0x7fc00000) === 0x7fc00000;
      return bits === u32(v);
    }
    default: {
      const bits = mem.getBigUint64(at, true);
      if (v === 'nan:canonical') return (bits & 0x7fffffffffffffffn) === 0x7ff8000000000000n;
      if (v === 'nan:arithmetic') return (bits & 0x7ff8000000000000n) === 0x7ff8000000000000n;
      return bits === u64(v);
    }
  }
}
