/**
 * Element segments in flat arrays: a module may have ten million of them, or as many items in one. The decoder fills
 * them, the artefact carries `rows` and `items` as they are, instances read them.
 */
import { IntVec } from '../util/vec.js';
import type { ConstExpr, ValType } from './types.js';

export const enum ElemMode {
  ACTIVE = 0,
  PASSIVE = 1,
  DECLARATIVE = 2,
}

/** Words of a row. */
const enum Row {
  /** Mode, and the flags below. */
  KIND = 0,
  TABLE = 1,
  /** Of an active segment: the constant, or with OFFSET_EXPR the number of the expression. */
  OFFSET = 2,
  /** Number of the first item; the last one is before the next segment's first. */
  FIRST = 3,
  TYPE = 4,
  WORDS = 5,
}

const OFFSET_EXPR = 1 << 16;
const ITEM_EXPRS = 1 << 17;
/** Item that is null. Others below zero are expressions: EXPR_ITEM - number. */
export const NULL_ITEM = -1;
const EXPR_ITEM = -2;

export class ElementSegments {
  /** Segments that are complete. */
  length = 0;

  constructor(
    /** Row.WORDS a segment. */
    readonly rows: Int32Array,
    /** Items of all segments: function indices, -1 for null, or -2 - k for expression k. */
    readonly items: IntVec,
    /** Expressions of offsets and items that are no plain constants; equal `global.get`s are one. */
    readonly exprs: ConstExpr[],
  ) {
    this.length = rows.length / Row.WORDS;
  }

  /** Room for `n` segments, to be filled by `begin`, items, `end`. */
  static ofSize(n: number): ElementSegments {
    const made = new ElementSegments(new Int32Array(n * Row.WORDS), new IntVec(), []);
    made.length = 0;
    return made;
  }

  begin(mode: ElemMode, type: ValType, table: number): void {
    const row = this.length * Row.WORDS;
    this.rows[row + Row.KIND] = mode;
    this.rows[row + Row.TYPE] = type;
    this.rows[row + Row.TABLE] = table;
    this.rows[row + Row.FIRST] = this.items.n;
  }

  setType(type: ValType): void {
    this.rows[this.length * Row.WORDS + Row.TYPE] = type;
  }

  setOffset(constant: number): void {
    this.rows[this.length * Row.WORDS + Row.OFFSET] = constant;
  }

  setOffsetExpr(e: ConstExpr): void {
    const row = this.length * Row.WORDS;
    this.rows[row + Row.KIND] |= OFFSET_EXPR;
    this.rows[row + Row.OFFSET] = this.numberOf(e);
  }

  /** A function, or -1 for null. */
  addItem(func: number): void {
    this.items.push(func);
  }

  addItemExpr(e: ConstExpr): void {
    this.rows[this.length * Row.WORDS + Row.KIND] |= ITEM_EXPRS;
    this.items.push(EXPR_ITEM - this.numberOf(e));
  }

  /** Completes the segment that `begin` began. */
  end(): void {
    this.length++;
  }

  private readonly globals: number[] = [];

  private numberOf(e: ConstExpr): number {
    const isGlobal = e.length === 1 && e[0][0] === 0x23;
    if (isGlobal && this.globals[e[0][1] as number] !== undefined) return this.globals[e[0][1] as number];
    const number = this.exprs.push(e) - 1;
    if (isGlobal) this.globals[e[0][1] as number] = number;
    return number;
  }

  mode(s: number): ElemMode {
    return this.rows[s * Row.WORDS + Row.KIND] & 0xff;
  }

  type(s: number): ValType {
    return this.rows[s * Row.WORDS + Row.TYPE];
  }

  table(s: number): number {
    return this.rows[s * Row.WORDS + Row.TABLE];
  }

  /** Where an active segment goes, if that is a constant; else -1. */
  constantOffset(s: number): number {
    const row = s * Row.WORDS;
    return (this.rows[row + Row.KIND] & OFFSET_EXPR) !== 0 ? -1 : this.rows[row + Row.OFFSET] >>> 0;
  }

  /** The expression of an active segment's offset. */
  offset(s: number): ConstExpr {
    const x = this.rows[s * Row.WORDS + Row.OFFSET];
    return (this.rows[s * Row.WORDS + Row.KIND] & OFFSET_EXPR) !== 0 ? this.exprs[x] : [[0x41, x]];
  }

  /** Whether all items are functions or null. */
  isPlain(s: number): boolean {
    return (this.rows[s * Row.WORDS + Row.KIND] & ITEM_EXPRS) === 0;
  }

  count(s: number): number {
    return this.endOf(s) - this.rows[s * Row.WORDS + Row.FIRST];
  }

  private endOf(s: number): number {
    return s + 1 < this.length ? this.rows[(s + 1) * Row.WORDS + Row.FIRST] : this.items.n;
  }

  /** A view of the items: function indices, -1 for null, or below that what `itemExpr` takes. */
  itemsOf(s: number): Int32Array {
    return this.items.a.subarray(this.rows[s * Row.WORDS + Row.FIRST], this.endOf(s));
  }

  /** The expression of an item below -1. */
  itemExpr(item: number): ConstExpr {
    return this.exprs[EXPR_ITEM - item];
  }
}
