/**
 * What `register` reads of a module before any engine has it: its sections, imports and exports (binary format of the
 * specification, section 5.5). Types are skipped, not checked. Throws a RangeError for what is no module.
 */

import { readU32, skipLeb } from '../wasm/leb.js';
import { EXTERN_KIND_NAMES, type ExternKindName } from '../wasm/types.js';

/** A name that a module imports or exports, described as `WebAssembly.Module.imports` does. */
export interface Link {
  module: string;
  name: string;
  kind: ExternKindName;
}

export interface Links {
  imports: Link[];
  exports: Omit<Link, 'module'>[];
}

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** Reference types that name their heap type: `(ref null ht)`, `(ref ht)`. */
const TYPED_REFERENCES = [0x63, 0x64];

const enum Id {
  IMPORT = 2,
  EXPORT = 7,
  CODE = 10,
}

class Bytes {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    if (this.atEnd) throw new RangeError('a module that ends too early');
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 of 32 bits; of longer ones, or signed ones, the low 32 bits. */
  u32(): number {
    const { at } = this;
    this.at = skipLeb(this.bytes, at);
    if (this.at > this.bytes.length) throw new RangeError('a module that ends too early');
    return readU32(this.bytes, at);
  }

  take(size: number): Uint8Array {
    if (this.at + size > this.bytes.length) throw new RangeError('a module that ends too early');
    return this.bytes.subarray(this.at, (this.at += size));
  }

  name(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.u32()));
  }

  skipValueType(): void {
    if (TYPED_REFERENCES.includes(this.byte())) this.u32();
  }

  skipLimits(): void {
    const flags = this.byte();
    this.u32();
    if (flags & 1) this.u32();
    if (flags & 8) this.u32();
  }

  skipExternType(kind: Link['kind']): void {
    if (kind === 'table' || kind === 'global') this.skipValueType();
    if (kind === 'table' || kind === 'memory') this.skipLimits();
    else if (kind === 'function') this.u32();
    else {
      this.byte();
      if (kind === 'tag') this.u32();
    }
  }

  kind(): Link['kind'] {
    const kind = EXTERN_KIND_NAMES[this.byte()];
    if (kind === undefined) throw new RangeError('an import or export of an unknown kind');
    return kind;
  }
}

/** The sections of a module, in order. */
export function* sectionsOf(wasm: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  const reader = new Bytes(wasm);
  for (const byte of HEADER) if (reader.byte() !== byte) throw new RangeError('no module of version 1');
  while (!reader.atEnd) {
    const id = reader.byte();
    yield { id, content: reader.take(reader.u32()) };
  }
}

/** What a module imports and exports. */
export function readLinks(wasm: Uint8Array): Links {
  const links: Links = { imports: [], exports: [] };
  for (const { id, content } of sectionsOf(wasm)) {
    const reader = new Bytes(content);
    if (id === Id.IMPORT) links.imports = readImports(reader);
    else if (id === Id.EXPORT)
      for (let count = reader.u32(); count > 0; count--) {
        const name = reader.name();
        links.exports.push({ name, kind: reader.kind() });
        reader.u32();
      }
  }
  return links;
}

function readImports(reader: Bytes): Link[] {
  const imports: Link[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const [module, name] = [reader.name(), reader.name()];
    const kind = reader.kind();
    reader.skipExternType(kind);
    imports.push({ module, name, kind });
  }
  return imports;
}

/** The bodies of the functions that a module defines, from their locals to the last `end`. */
export function* bodiesOf(wasm: Uint8Array): Generator<Uint8Array> {
  for (const { id, content } of sectionsOf(wasm)) {
    if (id !== Id.CODE) continue;
    const reader = new Bytes(content);
    for (let count = reader.u32(); count > 0; count--) yield reader.take(reader.u32());
  }
}

/** Modules beyond this size are taken for stateful unseen. */
const STATELESS_BYTES = 4096;
/** Types, imports, functions, exports, code and custom sections: what a trampoline consists of. */
const STATELESS_SECTIONS = [0, 1, 2, 3, 7, 10];

/** Whether a module has no memory, table, global or start function, so that two instances cannot be told apart. */
export function isStateless(wasm: Uint8Array): boolean {
  if (wasm.length > STATELESS_BYTES) return false;
  try {
    for (const { id, content } of sectionsOf(wasm)) {
      if (!STATELESS_SECTIONS.includes(id)) return false;
      if (id === Id.IMPORT && !importsFunctionsOnly(new Bytes(content))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function importsFunctionsOnly(reader: Bytes): boolean {
  for (let count = reader.u32(); count > 0; count--) {
    reader.take(reader.u32());
    reader.take(reader.u32());
    if (reader.kind() !== 'function') return false;
    reader.u32();
  }
  return true;
}
