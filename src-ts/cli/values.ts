/** Values of `run --invoke`: arguments from text, results to text. */
import { type FuncType, ValType } from '../wasm/types.js';
import { funcType, valueType } from './describe.js';
import { UsageError } from './exit.js';

/** Converts the arguments of a call; throws UsageError that names the signature. */
export function parseArguments(name: string, type: FuncType, texts: string[]): unknown[] {
  if (texts.length !== type.params.length)
    throw new UsageError(
      `${name} has type ${funcType(type)}: it takes ${type.params.length} arguments, not ${texts.length}`,
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
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The results of a call, one text each. */
export function formatResults(type: FuncType, result: unknown): string[] {
  const values = type.results.length === 0 ? [] : type.results.length === 1 ? [result] : (result as unknown[]);
  return values.map((v, i) => format(type.results[i], v));
}

function format(type: ValType, v: unknown): string {
  switch (type) {
    case ValType.F32:
      return formatFloat(v as number, shortestFloat32(v as number));
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

/** The shortest decimal that is this f32 (JavaScript's own text is that of the f64). */
function shortestFloat32(v: number): string {
  for (let digits = 1; digits < 9; digits++)
    if (Math.fround(Number(v.toPrecision(digits))) === v) return String(Number(v.toPrecision(digits)));
  return String(v);
}
