/** Numbers of object files and DWARF, little endian, one behind the other. */
export class ByteWriter {
  private bytes = Buffer.alloc(4096);
  n = 0;

  private room(n: number): number {
    const at = this.n;
    if (at + n > this.bytes.length) {
      const bigger = Buffer.alloc(Math.max(2 * this.bytes.length, at + n));
      this.bytes.copy(bigger);
      this.bytes = bigger;
    }
    this.n += n;
    return at;
  }

  u8(...values: number[]): this {
    for (const x of values) {
      const at = this.room(1);
      this.bytes[at] = x;
    }
    return this;
  }
  u16(x: number): this {
    const at = this.room(2);
    this.bytes.writeUInt16LE(x, at);
    return this;
  }
  u32(x: number): this {
    const at = this.room(4);
    this.bytes.writeUInt32LE(x, at);
    return this;
  }
  /** Of a number up to 2^53. */
  u64(x: number): this {
    const at = this.room(8);
    this.bytes.writeBigUInt64LE(BigInt(x), at);
    return this;
  }
  uleb(x: number): this {
    for (; x > 0x7f; x = Math.floor(x / 128)) this.u8((x % 128) | 0x80);
    return this.u8(x);
  }
  sleb(x: number): this {
    for (;;) {
      const byte = x & 0x7f;
      x >>= 7;
      if ((x === 0 && byte < 0x40) || (x === -1 && byte >= 0x40)) return this.u8(byte);
      this.u8(byte | 0x80);
    }
  }
  /** With the zero that ends it. */
  text(s: string): this {
    return this.append(Buffer.from(`${s.replaceAll('\0', '')}\0`));
  }
  append(bytes: Uint8Array): this {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }
  align(to: number, fill = 0): this {
    while (this.n % to !== 0) this.u8(fill);
    return this;
  }
  /** Overwrites four bytes. */
  patch32(at: number, x: number): void {
    this.bytes.writeUInt32LE(x, at);
  }
  take(): Buffer {
    return this.bytes.subarray(0, this.n);
  }
}
