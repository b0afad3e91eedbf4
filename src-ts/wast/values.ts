/** Values of scripts: to JavaScript, to bytes in memory, compared, and shown. */
import { ValType } from '../wasm/types.js';
import type { Lane, ScriptValue } from './commands.js';

/** The bytes of a number or vector, out of a memory. */
export class Bits {
  constructor(
    readonly type: ValType,
    readonly bytes: DataView,
  ) {}
}

/** The object that stands for `ref.extern n` or `ref.host n`. */
class HostValue {
  constructor(readonly n: string) {}
}

/** Host values of a script, the same for the same number. */
export class HostValues {
  private readonly values = new Map<string, HostValue>();

  of(n: string): HostValue {
    let value = this.values.get(n);
    if (value === undefined) this.values.set(n, (value = new HostValue(n)));
    return value;
  }
}

/** A reference that JavaScript may not see. */
export const HIDDEN = new HostValue('hidden');

/** An argument as JavaScript passes it. */
export function toJs(value: ScriptValue, hosts: HostValues): unknown {
  if ('kind' in value) return value.kind === 'null' ? null : hosts.of(value.value ?? '');
  if (!('lanes' in value)) throw new TypeError('`either` is no argument');
  return number(value.type, value.lanes);
}

function number(type: string, lanes: readonly Lane[]): number | bigint {
  const at = new DataView(new ArrayBuffer(16));
  writeLanes(at, lanes);
  switch (type) {
    case 'i32':
      return at.getInt32(0, true);
    case 'i64':
      return at.getBigInt64(0, true);
    case 'f32':
      return at.getFloat32(0, true);
    case 'f64':
      return at.getFloat64(0, true);
    default:
      throw new TypeError('a vector cannot be passed by JavaScript');
  }
}

/** Writes a value's bits; those of any NaN are those of the canonical one. */
export function writeLanes(at: DataView, lanes: readonly Lane[]): void {
  let byte = 0;
  for (const { width, bits, nan } of lanes) {
    const value = nan === null ? bits : width === 32 ? 0x7fc00000n : 0x7ff8000000000000n;
    for (let k = 0; k < width; k += 8) at.setUint8(byte++, Number((value >> BigInt(k)) & 0xffn));
  }
}

export const readLanes = (at: DataView, type: ValType): Bits => new Bits(type, at);

/** Whether a result is what the script wants. */
export function matches(got: unknown, want: ScriptValue, hosts: HostValues): boolean {
  if ('values' in want) return want.values.some((one) => matches(got, one, hosts));
  if ('lanes' in want) return got instanceof Bits ? matchesLanes(got.bytes, want.lanes) : matchesNumber(got, want);
  const { kind, value } = want;
  if (kind === 'null') return got === null;
  if (value !== null) return got === hosts.of(value);
  if (kind === 'func') return typeof got === 'function';
  if (kind === 'i31') return typeof got === 'number';
  return got !== null && got !== undefined;
}

/** A number that came by JavaScript. */
function matchesNumber(got: unknown, { type, lanes }: { type: string; lanes: Lane[] }): boolean {
  const at = new DataView(new ArrayBuffer(8));
  if (type === 'i64') {
    if (typeof got !== 'bigint') return false;
    at.setBigInt64(0, got, true);
  } else {
    if (typeof got !== 'number') return false;
    if (type === 'i32') at.setInt32(0, got, true);
    else if (type === 'f32') at.setFloat32(0, got, true);
    else at.setFloat64(0, got, true);
  }
  return matchesLanes(at, lanes);
}

function matchesLanes(at: DataView, lanes: readonly Lane[]): boolean {
  let byte = 0;
  return lanes.every(({ width, bits, nan }) => {
    const got = readBits(at, byte, width);
    byte += width / 8;
    if (nan === null) return got === bits;
    const sign = 1n << BigInt(width - 1);
    const canonical = width === 32 ? 0x7fc00000n : 0x7ff8000000000000n;
    // Canonical: no other bit of the payload. Arithmetic: at least the highest.
    return nan === 'canonical' ? (got & ~sign) === canonical : (got & canonical) === canonical;
  });
}

function readBits(at: DataView, byte: number, width: number): bigint {
  let bits = 0n;
  for (let k = width - 8; k >= 0; k -= 8) bits = (bits << 8n) | BigInt(at.getUint8(byte + k / 8));
  return bits;
}

/** A result, or what it should be, in the script's notation. */
export function show(value: unknown): string {
  if (value instanceof Bits) return showBits(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return '(ref.func)';
  if (value === null) return '(ref.null)';
  if (value instanceof HostValue) return `(ref.host ${value.n})`;
  return typeof value === 'object' && 'type' in value ? showWanted(value as ScriptValue) : '(ref)';
}

function showWanted(value: ScriptValue): string {
  if ('lanes' in value)
    return value.lanes.length === 1
      ? showLane(value.type, value.lanes[0])
      : `(v128 ${value.lanes.map(showHex).join(' ')})`;
  if ('values' in value) return `(either ${value.values.map(showWanted).join(' ')})`;
  return `(ref.${value.kind}${value.value === null ? '' : ` ${value.value}`})`;
}

const showHex = ({ width, bits, nan }: Lane): string =>
  nan === null ? `0x${bits.toString(16).padStart(width / 4, '0')}` : `nan:${nan}`;

/** `(f32.const 1.5 0x3fc00000)`: the number, and the bits of a float. */
function showLane(type: string, lane: Lane): string {
  if (lane.nan !== null) return `(${type}.const nan:${lane.nan})`;
  if (type.startsWith('i')) return `(${type}.const ${BigInt.asIntN(lane.width, lane.bits)})`;
  return `(${type}.const ${String(number(type, [lane]))} ${showHex(lane)})`;
}

const NAMES: Readonly<Record<number, readonly [type: string, width: number]>> = {
  [ValType.I32]: ['i32', 32],
  [ValType.I64]: ['i64', 64],
  [ValType.F32]: ['f32', 32],
  [ValType.F64]: ['f64', 64],
};

function showBits({ type, bytes }: Bits): string {
  const named = NAMES[type];
  if (named !== undefined)
    return showLane(named[0], { width: named[1], bits: readBits(bytes, 0, named[1]), nan: null });
  return `(v128 ${[0, 4, 8, 12].map((at) => showHex({ width: 32, bits: readBits(bytes, at, 32), nan: null })).join(' ')})`;
}
