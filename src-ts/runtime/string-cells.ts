/**
 * What native code knows of strings, by index of the externref (abi/strings.ts): the JavaScript side, which notes what
 * it sees and decides of which strings the addon makes copies.
 */
import { ControlWord } from '../abi/calls.js';
import { MAX_UNITS, PART, StringCell, StringKind } from '../abi/strings.js';
import type { NativeBinding } from '../binding.js';

/** Words of a cell. */
const SHIFT = StringCell.SHIFT - 2;
const UNITS = StringCell.UNITS / 4;
const KIND = StringCell.KIND / 4;
const READS = StringCell.CONTENTS / 4;
/**
 * A copy costs as much as so many units and these; a read by JavaScript is worth so many. Copying when the reads were
 * worth it costs twice the best that one could do with a knowledge of the future.
 */
const COST_OF_COPY = 1536;
const WORTH_OF_READ = 1024;

export class StringCells {
  private words: Int32Array;

  /** @param first index of the first of the single characters */
  constructor(
    private readonly native: NativeBinding,
    private readonly i32: Int32Array,
    count: number,
    private readonly first: number,
  ) {
    this.words = new Int32Array(0);
    this.grow(count);
  }

  /** From now on there are cells for so many externrefs. Without memory for them native code knows nothing. */
  grow(count: number): void {
    const { native, i32, first } = this;
    const buffer = native.stringCells(count, first);
    const words = buffer === undefined ? new Int32Array(0) : new Int32Array(buffer);
    const made = buffer === undefined ? 0 : count;
    // Nothing comes between these: native code must not have cells that are not kept up to date here.
    this.words = words;
    i32[ControlWord.STRING_CELLS] = i32[ControlWord.NEW_STRING_CELLS];
    i32[ControlWord.STRING_CELLS + 1] = i32[ControlWord.NEW_STRING_CELLS + 1];
    i32[ControlWord.STRING_CELL_COUNT] = made;
    i32[ControlWord.SINGLE_CHARACTERS] = first;
  }

  /** The index is used for another value. */
  forget(index: number): void {
    const at = index << SHIFT;
    this.words[at + UNITS] = 0;
    this.words[at + KIND] = StringKind.UNKNOWN;
  }

  /** The index is used for a string. */
  describe(index: number, value: string): void {
    const { words } = this;
    const at = index << SHIFT;
    words[at + UNITS] = 0;
    words[at + KIND] = value.length + StringKind.STRING;
    words[at + READS] = 0;
  }

  /** Whether native code has made a string at an index that was offered to it. */
  isMade(index: number): boolean {
    return this.words[(index << SHIFT) + KIND] !== StringKind.UNKNOWN;
  }

  /** Of such a string: the indices of its two parts; or, where it `isPart` of one, the index of that and where it begins. */
  firstOf(index: number): number {
    return this.words[(index << SHIFT) + READS] & ~PART;
  }
  secondOf(index: number): number {
    return this.words[(index << SHIFT) + READS + 1];
  }
  isPart(index: number): boolean {
    return this.words[(index << SHIFT) + READS] < 0;
  }
  lengthOf(index: number): number {
    return this.words[(index << SHIFT) + KIND] - StringKind.STRING;
  }

  /** JavaScript has made it too. */
  wasMade(index: number): void {
    this.words[(index << SHIFT) + READS] = 0;
  }

  /** The value at an index is this. */
  note(index: number, value: unknown): void {
    if (this.words[(index << SHIFT) + KIND] !== StringKind.UNKNOWN) return;
    if (typeof value === 'string') this.describe(index, value);
    else this.words[(index << SHIFT) + KIND] = StringKind.OTHER;
  }

  /** JavaScript reads characters of the value at an index, which was noted: perhaps the last time. */
  read(index: number, value: unknown): void {
    const { words } = this;
    const at = index << SHIFT;
    if (typeof value !== 'string' || value.length === 0 || value.length > MAX_UNITS || words[at + UNITS] !== 0) return;
    if (++words[at + READS] * WORTH_OF_READ < value.length + COST_OF_COPY) return;
    words[at + READS] = 0;
    this.native.stringContents(index, value);
  }
}
