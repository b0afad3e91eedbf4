/** Reads numbers and texts of DWARF sections, little endian. */

/** A place in a section. Reading beyond the end throws RangeError: debug information is not trusted. */
export class Cursor {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    public end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get more(): boolean {
    return this.at < this.end;
  }

  skip(n: number): void {
    this.take(n);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  i8(): number {
    return this.view.getInt8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }
  u24(): number {
    return this.u16() + 65536 * this.u8();
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  /** Exact up to 2^53. */
  u64(): number {
    const low = this.u32();
    return low + 2 ** 32 * this.u32();
  }
  /** An unsigned number of 1, 2, 3, 4 or 8 bytes. */
  unsigned(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3:
        return this.u24();
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        throw new RangeError(`DWARF: a number of ${size} bytes`);
    }
  }

  uleb(): number {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
    }
  }

  sleb(): number {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return (byte & 0x40) === 0 ? result : result - 128 * scale;
    }
  }

  /** Text up to a zero byte. */
  text(): string {
    const from = this.at;
    const to = this.bytes.indexOf(0, from);
    if (to < 0 || to >= this.end) throw new RangeError('DWARF: a text without an end');
    this.at = to + 1;
    return decoder.decode(this.bytes.subarray(from, to));
  }

  /** `unit_length`: whether offsets behind it have 64 bits, and where the unit ends. */
  initialLength(): { wide: boolean; end: number } {
    const length = this.u32();
    const wide = length === 0xffffffff;
    const bytes = wide ? this.u64() : length;
    const end = this.at + bytes;
    if (end > this.end) throw new RangeError('DWARF: a unit is longer than its section');
    return { wide, end };
  }

  private take(n: number): number {
    const { at } = this;
    if (n < 0 || at + n > this.end) throw new RangeError('DWARF: the section ends too early');
    this.at = at + n;
    return at;
  }
}

const decoder = new TextDecoder();
