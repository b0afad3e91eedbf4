/**
 * A minimal reader of wasm sections, independent of the compiler under test: imports, and exports with the types of
 * functions. It reads what the specification suite and wasm-smith produce, later proposals included, as far as types
 * go; nothing is validated.
 */

export interface Signature {
  params: string[];
  results: string[];
}

export type ExternName = 'func' | 'table' | 'memory' | 'global' | 'tag';

export interface ExportInfo {
  name: string;
  kind: ExternName;
  /** Of functions with a plain function type. */
  type?: Signature;
  /** Of all functions. */
  signature?: Signature;
}

export interface ModuleInfo {
  imports: { module: string; name: string; kind: ExternName }[];
  exports: ExportInfo[];
}

const KINDS: ExternName[] = ['func', 'table', 'memory', 'global', 'tag'];
const NUMERIC: Record<number, string> = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128' };
const REFERENCE: Record<number, string> = { 0x70: 'funcref', 0x6f: 'externref', 0x69: 'exnref', 0x74: 'nullexnref' };
const utf8 = new TextDecoder();

class Cursor {
  at = 8;
  constructor(readonly bytes: Uint8Array) {}

  byte(): number {
    return this.bytes[this.at++];
  }

  /** Unsigned LEB128; exact up to 2^53. */
  u32(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const b = this.byte();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
      scale *= 128;
    }
  }

  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  name(): string {
    const length = this.u32();
    this.at += length;
    return utf8.decode(this.bytes.subarray(this.at - length, this.at));
  }

  valType(): string {
    const b = this.byte();
    if (b in NUMERIC) return NUMERIC[b];
    if (b === 0x63 || b === 0x64) {
      this.skipLeb();
      return b === 0x63 ? 'refnull' : 'ref';
    }
    return REFERENCE[b] ?? 'ref';
  }

  limits(): void {
    const flags = this.u32();
    this.u32();
    if (flags & 1) this.u32();
    if (flags & 8) this.u32();
  }
}

/** A field of a struct or array type: a packed or value type, then mutability. */
function skipField(c: Cursor): void {
  if (c.bytes[c.at] === 0x78 || c.bytes[c.at] === 0x77) c.at++;
  else c.valType();
  c.at++;
}

/** A type definition with what the GC proposal may put before it; undefined when it is no function type. */
function readTypeDef(c: Cursor): (Signature & { plain: boolean }) | undefined {
  let form = c.byte();
  let plain = true;
  if (form === 0x50 || form === 0x4f) {
    plain = form === 0x4f;
    for (let n = c.u32(); n > 0; n--) {
      c.u32();
      plain = false;
    }
    form = c.byte();
  }
  while (form === 0x4c || form === 0x4d) {
    c.u32();
    form = c.byte();
  }
  if (form === 0x60) {
    const list = (): string[] => Array.from({ length: c.u32() }, () => c.valType());
    return { params: list(), results: list(), plain };
  }
  if (form === 0x5f) for (let n = c.u32(); n > 0; n--) skipField(c);
  else if (form === 0x5e) skipField(c);
  else throw new Error(`type form 0x${form.toString(16)}`);
  return undefined;
}

/** Reads imports and exports. Throws on bytes it cannot follow. */
export function readModuleInfo(bytes: Uint8Array): ModuleInfo {
  const c = new Cursor(bytes);
  const types: ((Signature & { plain: boolean }) | undefined)[] = [];
  const funcTypes: number[] = [];
  const info: ModuleInfo = { imports: [], exports: [] };
  while (c.at < bytes.length) {
    const id = c.byte();
    const size = c.u32();
    const end = c.at + size;
    if (id === 1) {
      for (let n = c.u32(); n > 0; n--) {
        if (bytes[c.at] === 0x4e) {
          c.at++;
          const size = c.u32();
          for (let k = 0; k < size; k++) {
            const type = readTypeDef(c);
            types.push(type && { ...type, plain: type.plain && size === 1 });
          }
        } else types.push(readTypeDef(c));
      }
    } else if (id === 2) {
      for (let n = c.u32(); n > 0; n--) {
        const module = c.name();
        const name = c.name();
        const kind = c.byte();
        info.imports.push({ module, name, kind: KINDS[kind] });
        if (kind === 0) funcTypes.push(c.u32());
        else if (kind === 1) {
          c.valType();
          c.limits();
        } else if (kind === 2) c.limits();
        else {
          // A global is a value type and a byte, a tag a byte and an index: both are skipped the same way.
          c.valType();
          c.skipLeb();
        }
      }
    } else if (id === 3) {
      for (let n = c.u32(); n > 0; n--) funcTypes.push(c.u32());
    } else if (id === 7) {
      for (let n = c.u32(); n > 0; n--) {
        const name = c.name();
        const kind = c.byte();
        const index = c.u32();
        const signature = kind === 0 ? types[funcTypes[index]] : undefined;
        info.exports.push({ name, kind: KINDS[kind], type: signature?.plain ? signature : undefined, signature });
      }
    }
    c.at = end;
  }
  return info;
}
