/** The wasm side of the builder: the bytes that it reads and the operand stack, which holds values. */
import { nonNull, refTo, valueClass } from '../wasm/ref-types.js';
import type { ValType, WasmModule } from '../wasm/types.js';
import { SsaEmitter } from './emitter.js';

/** First bytes of `(ref null …)` and `(ref …)`. */
const REF_NULL = 0x63;
const REF = 0x64;

export class BodyReader extends SsaEmitter {
  m!: WasmModule;
  bytes!: Uint8Array;
  /** Next byte to read. */
  p = 0;
  /** High half of what `u64` read last. */
  high = 0;
  /** Memory and offset of the access that is being translated (access.ts); `high` is the offset's upper half. */
  memory = 0;
  offset = 0;
  /** Operand stack. */
  stack = new Int32Array(256);
  sp = 0;

  // --- reading ---

  u32(): number {
    const bytes = this.bytes;
    let byte = bytes[this.p++];
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let shift = 7;
    do {
      byte = bytes[this.p++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    return value >>> 0;
  }

  /** The low half of a number of 64 bits, as a u32; the high one in `high`. */
  u64(): number {
    const bytes = this.bytes;
    let low = 0;
    let high = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = bytes[this.p++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      shift += 7;
    } while (byte & 0x80);
    this.high = high;
    return low >>> 0;
  }

  s32(): number {
    const bytes = this.bytes;
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = bytes[this.p++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }

  /** A heap type, as the type of references to it. */
  heapType(): ValType {
    const byte = this.bytes[this.p];
    const code = this.s32();
    return code < 0 ? byte : refTo(this.m.typeCanon[code], true);
  }

  /** A value type. */
  valType(): ValType {
    const byte = this.bytes[this.p++];
    if (byte !== REF_NULL && byte !== REF) return byte;
    const type = this.heapType();
    return byte === REF ? nonNull(type) : type;
  }

  /** The type that values of a wasm type have in the IR. */
  classOf(type: number): ValType {
    return valueClass(this.m, type);
  }

  /** Four bytes of a constant. */
  word(): number {
    const { bytes, p } = this;
    this.p = p + 4;
    return bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16) | (bytes[p + 3] << 24);
  }

  // --- operand stack ---

  push(v: number): void {
    if (this.sp === this.stack.length) this.stack = doubled(this.stack);
    this.stack[this.sp++] = v;
  }

  pop(): number {
    return this.stack[--this.sp];
  }
}

/** A copy of twice the length. */
export function doubled(a: Int32Array): Int32Array<ArrayBuffer> {
  const b = new Int32Array(a.length * 2);
  b.set(a);
  return b;
}
