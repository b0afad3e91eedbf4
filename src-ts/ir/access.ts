/**
 * Loads and stores as values: which memory, where in it, what is known of it; and the operators on whole memories. The
 * address of an access is an i32 only if its sum with the offset stays within what the guard behind a memory covers;
 * all others are i64 and compared with the size of the memory.
 */
import { ValType, addressType } from '../wasm/types.js';
import type { ControlFlow } from './control-flow.js';
import { binary, select, unary } from './fold.js';
import { Op } from './ops.js';
import { isStore, RESULT_TYPE } from './opinfo.js';
import { WasmOp } from '../wasm/opcodes.js';

/** Offsets from here on are added to the address by instructions of their own, but for 32-bit addresses of memory 0. */
const MAX_OFFSET = 0x7fff0000;
/** Alignment of a word, as a logarithm. */
const WORD_ALIGNMENT = 2;
/** Bit of the alignment that says that a memory index follows. */
const HAS_MEMORY = 0x40;

/** An access whose opcode was read: its immediates and operands follow. `lane`: it has that immediate too. */
export function lowerAccess(b: ControlFlow, op: number, takesLane: boolean): void {
  readPlace(b);
  const { memory } = b;
  const lane = takesLane ? b.bytes[b.p++] : 0;
  const value = takesLane || isStore(op) ? b.pop() : -1;
  const address = addressOf(b, b.pop());
  const { offset } = b;
  const place = lane | (memory << 4);
  if (op === Op.I64_STORE && value === b.words.value && isOfWords(b, address)) {
    storeWords(b, address);
    return;
  }
  if (isStore(op)) {
    b.emit(op, 0, address, value, baseOf(b, memory), offset, place);
    b.facts.afterStore(b, op, memory, address, offset, value);
    return;
  }
  // What a lane load gives depends on the vector too: it is not remembered.
  let result = takesLane ? -1 : b.facts.load(b, op, memory, address, offset);
  if (result < 0 && op === Op.I64_LOAD && isCopied(b) && isOfWords(b, address)) result = loadWords(b, address);
  if (result < 0) {
    result = b.emit(op, RESULT_TYPE[op], address, value, baseOf(b, memory), offset, place);
    if (!takesLane) b.facts.afterLoad(b, op, memory, address, offset, result);
  }
  b.push(result);
}

// What a producer copies by 64-bit accesses of 32-bit alignment are two words: a pointer and a length, say. They were
// mostly written as such, and a load of both has to wait until those stores have reached the cache (some 20 cycles). So
// words are copied as words.

/** The load whose immediates were read is followed by a store of its value, both aligned like a word. */
function isCopied(b: ControlFlow): boolean {
  return (
    b.enabled['word-copies'] &&
    b.alignment === WORD_ALIGNMENT &&
    b.bytes[b.p] === WasmOp.I64_STORE &&
    b.bytes[b.p + 1] === WORD_ALIGNMENT
  );
}

/** Two words at this address are accessed as easily as one. */
function isOfWords(b: ControlFlow, address: number): boolean {
  return (
    b.memory === 0 && b.alignment === WORD_ALIGNMENT && b.type[address] === ValType.I32 && b.offset >>> 0 < MAX_OFFSET
  );
}

/** The i64 that two words are. Its halves are what will be stored: nothing is made of it. */
function loadWords(b: ControlFlow, address: number): number {
  const { words, offset } = b;
  // In this order a trap tells the first byte that is out of bounds.
  words.low = loadWord(b, address, offset);
  words.high = loadWord(b, address, offset + 4);
  const high = binary(b, Op.I64_SHL, unary(b, Op.I64_EXTEND_I32_U, words.high), b.i64(32, 0));
  words.value = binary(b, Op.I64_OR, unary(b, Op.I64_EXTEND_I32_U, words.low), high);
  return words.value;
}

function loadWord(b: ControlFlow, address: number, offset: number): number {
  let word = b.facts.load(b, Op.I32_LOAD, 0, address, offset);
  if (word < 0) {
    word = b.emit(Op.I32_LOAD, ValType.I32, address, -1, -1, offset, 0);
    b.facts.afterLoad(b, Op.I32_LOAD, 0, address, offset, word);
  }
  return word;
}

/** The upper word first: where it is in bounds the lower one is, so either both are stored or none. */
function storeWords(b: ControlFlow, address: number): void {
  const { words, offset } = b;
  words.value = -1;
  storeWord(b, address, offset + 4, words.high);
  storeWord(b, address, offset, words.low);
}

function storeWord(b: ControlFlow, address: number, offset: number, word: number): void {
  b.emit(Op.I32_STORE, 0, address, word, -1, offset, 0);
  b.facts.afterStore(b, Op.I32_STORE, 0, address, offset, word);
}

/** Reads the immediates of an access into `alignment`, `memory`, `offset` and `high`. */
export function readPlace(b: ControlFlow): void {
  const flags = b.u32();
  b.alignment = flags & ~HAS_MEMORY;
  b.memory = (flags & HAS_MEMORY) !== 0 ? b.u32() : 0;
  const address64 = b.m.memories[b.memory].address64 === true;
  b.high = 0;
  b.offset = (address64 ? b.u64() : b.u32()) | 0;
}

/** The address operand of the access that was read last; if it takes the offset in, that is 0 from here on. */
export function addressOf(b: ControlFlow, address: number): number {
  const { offset, high, memory } = b;
  const usual = memory === 0 && b.type[address] === ValType.I32;
  if (high === 0 && (usual || offset >>> 0 < MAX_OFFSET)) return address;
  b.offset = 0;
  return sumOf(b, address, offset, high);
}

/**
 * address + offset as i64; where the sum passes 2^64, -8: out of every memory's bounds, and a multiple of the size of any
 * atomic access.
 */
function sumOf(b: ControlFlow, address: number, low: number, high: number): number {
  const offset = b.i64(low, high);
  if (b.type[address] === ValType.I32) return binary(b, Op.I64_ADD, unary(b, Op.I64_EXTEND_I32_U, address), offset);
  const sum = binary(b, Op.I64_ADD, address, offset);
  return select(b, b.i64(-8, -1), sum, binary(b, Op.I64_LT_U, sum, offset));
}

/** The base of a memory, -1 of memory 0, whose base is pinned. */
function baseOf(b: ControlFlow, memory: number): number {
  if (memory === 0) return -1;
  let base = b.facts.baseOf(memory);
  if (base < 0) {
    base = b.emit(Op.MEMORY_BASE, ValType.I64, -1, -1, -1, memory, 0);
    b.facts.setBase(memory, base);
  }
  return base;
}

/** Before a loop that neither calls nor grows anything: bases of the memories that it accesses (a mask). */
export function loadBases(b: ControlFlow, memories: number): void {
  for (let k = 1; memories >> k !== 0; k++) if (((memories >> k) & 1) !== 0) baseOf(b, k);
}

export function lowerMemorySize(b: ControlFlow, memory: number): void {
  const pages = b.emit(Op.MEMORY_SIZE, ValType.I32, -1, -1, -1, memory, 0);
  b.push(b.m.memories[memory].address64 === true ? unary(b, Op.I64_EXTEND_I32_U, pages) : pages);
}

export function lowerMemoryGrow(b: ControlFlow, memory: number): void {
  const { address64 } = b.m.memories[memory];
  const delta = b.pop();
  const old = b.emit(Op.MEMORY_GROW, ValType.I32, address64 === true ? saturated(b, delta) : delta, -1, -1, memory, 0);
  b.facts.clearBases();
  b.push(address64 === true ? orMinusOne(b, old) : old);
}

/** An i64 number of pages or elements, or index of a table, as u32: none reaches 2^32 - 1. */
export function saturated(b: ControlFlow, x: number): number {
  const fits = binary(b, Op.I64_LT_U, x, b.i64(-1, 0));
  return select(b, unary(b, Op.I32_WRAP_I64, x), b.i32(-1), fits);
}

/** The i32 result of an operator that grows something as i64: -1 or a number below 2^32 - 1. */
export function orMinusOne(b: ControlFlow, old: number): number {
  const wide = unary(b, Op.I64_EXTEND_I32_U, old);
  return select(b, b.i64(-1, -1), wide, binary(b, Op.I32_EQ, old, b.i32(-1)));
}

/** memory.fill, copy, init: `first` and `second` are their immediates. */
export function lowerBulk(b: ControlFlow, op: number, first: number, second: number): void {
  const n = b.pop();
  const y = b.pop();
  b.facts.clearMemory();
  b.emit(op, 0, b.pop(), y, n, first, second);
}

/** An index or length of a table operator: i32 as the operations want it. */
export function tableOperand(b: ControlFlow, table: number): number {
  const x = b.pop();
  return addressType(b.m.tables[table]) === ValType.I64 ? saturated(b, x) : x;
}
