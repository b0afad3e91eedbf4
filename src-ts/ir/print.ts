/**
 * Text form of a function, for dumps and file tests; `parse.ts` reads it back. One value a line, blocks with their
 * parameters:
 *
 *     func 7 type 2               (and `locals 16`: bytes of locals in memory)
 *     block 0 @91:
 *       v0 = arg index=0 : i32
 *       v1 = i32.const 10
 *       v2 = i32.lt_s v0, v1
 *       br_if v2 -> 1(v0), 2()
 *     block 1 loop (v3: i32) @97:
 *
 * Float constants are printed as bits. Positions of single values are left out (a parsed value has its block's).
 */
import { Hint } from '../wasm/branch-hints.js';
import type { Func } from './func.js';
import { laneOf, memoryOf, Op } from './ops.js';
import { ARITY, Effect, EFFECTS, isAccess, isTerminator, RESULT_TYPE } from './opinfo.js';
import { immediateNames, irName, TYPE_NAMES } from './text.js';

export function printFunc(f: Func): string {
  return listFunc(f)
    .map((line) => `${line.text}\n`)
    .join('');
}

/** A line of the text form, and the place in the module that it comes from (as `Func.pos`); -1: none. */
export interface IrLine {
  text: string;
  pos: number;
}

/** The same line by line. */
export function listFunc(f: Func): IrLine[] {
  const title = `func ${f.index} type ${f.typeIndex}${f.localBytes > 0 ? ` locals ${f.localBytes}` : ''}`;
  const lines: IrLine[] = [{ text: title, pos: NO_POS }];
  for (let b = 0; b < f.nb; b++) {
    const params = [];
    for (let i = f.paramAt[b]; i < f.paramAt[b + 1]; i++)
      params.push(`v${f.params[i]}: ${TYPE_NAMES.get(f.type[f.params[i]])}`);
    const text = `block ${b}${f.isLoopHeader[b] ? ' loop' : ''}${params.length > 0 ? ` (${params.join(', ')})` : ''} @${f.blockPos[b]}:`;
    lines.push({ text, pos: f.blockPos[b] });
    for (let i = f.blockStart[b]; i < f.blockStart[b + 1]; i++) {
      const v = f.order[i];
      if (f.op[v] !== Op.PARAM) lines.push({ text: `  ${printValue(f, b, v)}`, pos: f.pos[v] });
    }
  }
  return lines;
}

const NO_POS = -1;

/** One operation of block b, without indentation. */
export function printValue(f: Func, b: number, v: number): string {
  const op = f.op[v];
  let text = irName(op);
  if (f.type[v] !== 0) text = `v${v} = ${text}`;
  const operands = [f.a[v], f.b[v], f.c[v]].slice(0, ARITY[op]).map((x) => `v${x}`);
  if (operands.length > 0) text += ` ${operands.join(', ')}`;
  const pool = (at: number, n: number): number[] => [...f.pool.a.subarray(at, at + n)];
  switch (op) {
    case Op.I32_CONST:
      return `${text} ${f.imm[v]}`;
    case Op.I64_CONST:
      return `${text} ${BigInt.asIntN(64, (BigInt(f.imm2[v]) << 32n) | BigInt(f.imm[v] >>> 0))}`;
    case Op.F32_CONST:
      return `${text} ${hex(f.imm[v])}`;
    case Op.F64_CONST:
      return `${text} ${hex(f.imm2[v], f.imm[v])}`;
    case Op.V128_CONST:
      return `${text} ${hex(...pool(f.imm[v], 4).reverse())}`;
    case Op.BR_IF:
      if (f.imm[v] !== Hint.NONE) text += f.imm[v] === Hint.LIKELY ? ' likely' : ' unlikely';
      break;
    case Op.BR_TABLE:
      text += ` [${pool(f.imm[v], f.imm2[v]).join(' ')}]`;
      break;
    case Op.RETURN:
      return `${text} (${pool(f.imm[v], f.imm2[v])
        .map((x) => `v${x}`)
        .join(', ')})`;
    case Op.THROW:
      text += ` tag=${f.imm2[v]} (${pool(f.imm[v] + 1, f.pool.a[f.imm[v]])
        .map((x) => `v${x}`)
        .join(', ')})`;
      break;
    case Op.CALL:
    case Op.TAIL_CALL:
      text += ` func=${f.imm2[v]} (${pool(f.imm[v] + 1, f.pool.a[f.imm[v]])
        .map((x) => `v${x}`)
        .join(', ')})`;
      break;
    case Op.CALL_INDIRECT:
    case Op.TAIL_CALL_INDIRECT:
      text += ` type=${f.imm2[v]} table=${f.b[v]} (${pool(f.imm[v] + 1, f.pool.a[f.imm[v]])
        .map((x) => `v${x}`)
        .join(', ')})`;
      break;
    case Op.HELPER:
      text += ` number=${f.imm2[v]} (${pool(f.imm[v] + 1, f.pool.a[f.imm[v]])
        .map((x) => `v${x}`)
        .join(', ')})`;
      break;
    case Op.CALL_REF:
    case Op.TAIL_CALL_REF:
      text += ` type=${f.imm2[v]} (${pool(f.imm[v] + 1, f.pool.a[f.imm[v]])
        .map((x) => `v${x}`)
        .join(', ')})`;
      break;
    default:
      immediateNames(op).forEach((name, k) => {
        const value = name === 'lane' && k > 0 ? laneOf(f.imm2[v]) : k > 0 ? f.imm2[v] : f.imm[v];
        text += ` ${name}=${name === 'offset' ? value >>> 0 : value}`;
      });
      if (isAccess(op) && memoryOf(f.imm2[v]) > 0) text += ` memory=${memoryOf(f.imm2[v])}`;
      if ((EFFECTS[op] & Effect.ACCESS) !== 0 && f.c[v] >= 0) text += ` base v${f.c[v]}`;
  }
  if (f.type[v] !== 0 && RESULT_TYPE[op] === 0) text += ` : ${TYPE_NAMES.get(f.type[v])}`;
  if (isTerminator(op) && f.succAt[b] < f.succAt[b + 1])
    text += ` -> ${[...f.succEdge.subarray(f.succAt[b], f.succAt[b + 1])].map((e) => printEdge(f, e)).join(', ')}`;
  return text;
}

function printEdge(f: Func, e: number): string {
  return `${f.edgeTo[e]}(${[...f.args.subarray(f.argAt[e], f.argAt[e + 1])].map((x) => `v${x}`).join(', ')})`;
}

/** 32-bit words, most significant first. */
const hex = (...words: number[]): string => `0x${words.map((w) => (w >>> 0).toString(16).padStart(8, '0')).join('')}`;
