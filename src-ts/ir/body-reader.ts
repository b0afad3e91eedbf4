/** The wasm side of the builder: the bytes that it reads and the operand stack, which holds values. */
import type { Helper } from '../abi/vmctx.js';
import { readBits, readHigh, readS32, skipLeb } from '../wasm/leb.js';
import { nonNull, refTo, valueClass } from '../wasm/ref-types.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import type { ValType } from '../wasm/types.js';
import { SsaEmitter } from './emitter.js';
import { Op } from './ops.js';

/** First bytes of `(ref null ...)` and `(ref …)`. */
const REF_NULL = 0x63;
const REF = 0x64;

/** An i64 that is copied as two words (access.ts), and those. */
class Words {
  value = -1;
  low = -1;
  high = -1;
}

export class BodyReader extends SsaEmitter {
  m!: WasmModule;
  bytes!: Uint8Array;
  /** Next byte to read. */
  p = 0;
  /** High half of what `u64` or `s64` read last. */
  high = 0;
  /** Memory and offset of the access that is being translated (access.ts); `high` is the offset's upper half. */
  memory = 0;
  offset = 0;
  /** Logarithm of the alignment that the producer promises. */
  alignment = 0;
  /** The last such i64. */
  readonly words = new Words();
  /** Operand stack. */
  stack = new Int32Array(256);
  sp = 0;

  // --- reading ---

  /** Its bits, where it is 2^31 or more. */
  u32(): number {
    const { bytes, p } = this;
    if (bytes[p] < 0x80) {
      this.p = p + 1;
      return bytes[p];
    }
    this.p = skipLeb(bytes, p);
    return readBits(bytes, p);
  }

  /** The low half of a number of 64 bits; the high one in `high`. */
  u64(): number {
    const { bytes, p } = this;
    this.p = skipLeb(bytes, p);
    this.high = readHigh(bytes, p, false);
    return readBits(bytes, p);
  }

  s32(): number {
    const { bytes, p } = this;
    this.p = skipLeb(bytes, p);
    return readS32(bytes, p);
  }

  /** The low half of a signed number of 64 bits; the high one in `high`. */
  s64(): number {
    const { bytes, p } = this;
    this.p = skipLeb(bytes, p);
    this.high = readHigh(bytes, p, true);
    return readS32(bytes, p);
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

  /** Calls a helper of the addon with two to five arguments. */
  callHelper(helper: Helper, type: number, x: number, y: number, z = -1, u = -1, v = -1): number {
    const { pool } = this.f;
    const at = pool.push(0);
    for (const argument of [x, y, z, u, v]) if (argument >= 0) pool.push(argument);
    pool.a[at] = pool.n - at - 1;
    return this.emit(Op.HELPER, type, -1, -1, -1, at, helper);
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
