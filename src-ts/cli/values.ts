/** Values of `run --invoke`: arguments from text, results to text. */
import { shortestFloat32 } from '../util/numbers.js';
import { type FuncType, ValType } from '../wasm/types.js';
import { funcType, valueType } from './describe.js';
import { UsageError } from './exit.js';

/** Converts the arguments of a call; throws UsageError that names the signature. */
export function parseArguments(name: string, type: FuncType, texts: string[]): unknown[] {
  if (texts.length !== type.params.length)
    throw new UsageError(
      `${name} has type ${funcType(type)}: it takes ${type.params.length} argument${type.params.length === 1 ? '' : 's'}, not ${texts.length}`,
    );
  return texts.map((text, i) => {
    const value = parse(type.params[i], text);
    if (value === undefined)
      throw new UsageError(`argument ${i + 1} of ${name}: '${text}' is no ${valueType(type.params[i])}`);
    return value;
  });
}

function parse(type: ValType, text: string): unknown {
  switch (type) {
    case ValType.I32: {
      const n = parseInteger(text);
      return n !== undefined && n >= -(2n ** 31n) && n < 2n ** 32n ? Number(BigInt.asIntN(32, n)) : undefined;
    }
    case ValType.I64: {
      const n = parseInteger(text);
      return n !== undefined && n >= -(2n ** 63n) && n < 2n ** 64n ? BigInt.asIntN(64, n) : undefined;
    }
    case ValType.F32:
    case ValType.F64:
      return parseFloatText(text);
    default:
      return text === 'null' ? null : undefined;
  }
}

/** Decimal or 0x…, with a sign. */
function parseInteger(text: string): bigint | undefined {
  const m = /^([+-]?)(\d+|0x[0-9a-f]+)$/i.exec(text);
  return m ? (m[1] === '-' ? -BigInt(m[2]) : BigInt(m[2])) : undefined;
}

function parseFloatText(text: string): number | undefined {
  const m = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (m) return m[2].toLowerCase() === 'nan' ? Number.NaN : m[1] === '-' ? -Infinity : Infinity;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return parseHexFloat(text);
}

/** `0x1.8p3`, rounded to the nearest f64: the digits as one integer, scaled by a power of two. */
function parseHexFloat(text: string): number | undefined {
  const m = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(text);
  if (!m || (m[2] === '' && m[3] === '')) return undefined;
  const digits = BigInt(`0x${m[2]}${m[3]}`);
  const exponent = Number(m[4] ?? 0) - 4 * m[3].length;
  const magnitude = scale(digits, exponent);
  return m[1] === '-' ? -magnitude : magnitude;
}

/** `digits` × 2^exponent, rounded once (to even). */
function scale(digits: bigint, exponent: number): number {
  if (digits === 0n) return 0;
  const top = digits.toString(2).length - 1 + exponent;
  if (top > 1023) return Infinity;
  // The place of the last bit that the result has: 52 below the first, or that of the smallest subnormal number.
  const last = Math.max(top - 52, -1074);
  const shift = last - exponent;
  if (shift <= 0) return Number(digits) * 2 ** exponent;
  if (top < -1075) return 0;
  const unit = 1n << BigInt(shift);
  const [whole, rest] = [digits / unit, digits % unit];
  const up = 2n * rest > unit || (2n * rest === unit && (whole & 1n) === 1n);
  // In two steps: 2^-1074 is a number, 2^-1074 × 2^52 may not be reached by one factor.
  return Number(whole + (up ? 1n : 0n)) * 2 ** last;
}

/** The results of a call, one text each. */
export function formatResults(type: FuncType, result: unknown): string[] {
  const values = type.results.length === 0 ? [] : type.results.length === 1 ? [result] : (result as unknown[]);
  return values.map((v, i) => format(type.results[i], v));
}

function format(type: ValType, v: unknown): string {
  switch (type) {
    case ValType.F32:
      return formatFloat(v as number, String(shortestFloat32(v as number)));
    case ValType.F64:
      return formatFloat(v as number, String(v));
    case ValType.FUNCREF:
      return v === null ? 'null' : `function ${(v as Function).name}`;
    case ValType.EXTERNREF:
      return v === null ? 'null' : 'externref';
    default:
      return String(v);
  }
}

const formatFloat = (v: number, text: string): string =>
  Object.is(v, -0) ? '-0' : Number.isNaN(v) ? 'nan' : Number.isFinite(v) ? text : v < 0 ? '-inf' : 'inf';
