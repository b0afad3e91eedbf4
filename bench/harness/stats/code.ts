/** Machine code by function, of our artefacts and of Wasmtime's, in one form. */
import { Section, bytesSource, readArtefact, readFunctionNames } from '../../../src-ts/aot/format.js';

export interface CodeFunction {
  /** wasm function index. */
  index: number;
  name: string;
  /** Offset in `CodeImage.text`, bytes (constants and jump tables included). */
  start: number;
  bytes: number;
}

export interface CodeImage {
  text: Uint8Array;
  functions: CodeFunction[];
  /**
   * Switch targets that our instances hold in their vmctx: offset of the first there, and all of them as offsets in
   * `text`.
   */
  dispatch: { at: number; targets: Uint32Array } | null;
  /** Bytes of the compiled file. */
  fileBytes: number;
}

/** Functions of our artefact; stubs are left out. */
export function readOwn(file: Uint8Array): CodeImage {
  const artefact = readArtefact(bytesSource(file), null);
  const rows = artefact.read(Section.FUNCS);
  const dv = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const names = readFunctionNames(artefact.read(Section.NAMES));
  const functions: CodeFunction[] = [];
  for (let at = 0, index = artefact.meta.importedFuncs; at < rows.length; at += 16, index++)
    functions.push({
      index,
      name: names.get(index) ?? `[${index}]`,
      start: dv.getUint32(at, true),
      bytes: dv.getUint32(at + 4, true),
    });
  const targets = new Uint32Array(artefact.read(Section.DISPATCH).slice().buffer);
  return {
    text: artefact.read(Section.CODE),
    functions,
    dispatch: targets.length > 0 ? { at: artefact.meta.vm.dispatch, targets } : null,
    fileBytes: file.length,
  };
}

/**
 * Functions of a `.cwasm`: an ELF file whose symbols are `wasm[0]::function[17]`, with `::name` after it when the
 * module has names. Trampolines are left out.
 */
export function readWasmtime(file: Uint8Array): CodeImage {
  const dv = new DataView(file.buffer, file.byteOffset, file.length);
  const u64 = (at: number): number => Number(dv.getBigUint64(at, true));
  const sections = u64(40);
  const entry = dv.getUint16(58, true);
  const count = dv.getUint16(60, true);
  const header = (i: number): { name: number; offset: number; size: number } => ({
    name: dv.getUint32(sections + i * entry, true),
    offset: u64(sections + i * entry + 24),
    size: u64(sections + i * entry + 32),
  });
  const string = (at: number): string => {
    let end = at;
    while (file[end] !== 0) end++;
    return Buffer.from(file.buffer, file.byteOffset + at, end - at).toString('latin1');
  };
  const names = header(dv.getUint16(62, true));
  const find = (wanted: string): { offset: number; size: number } => {
    for (let i = 0; i < count; i++) if (string(names.offset + header(i).name) === wanted) return header(i);
    throw new Error(`the .cwasm has no ${wanted}: Wasmtime's format changed`);
  };
  const text = find('.text');
  const symbols = find('.symtab');
  const strings = find('.strtab');
  const functions: CodeFunction[] = [];
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += 24) {
    const symbol = /^wasm\[0\]::function\[(\d+)\](?:::(.*))?$/.exec(string(strings.offset + dv.getUint32(at, true)));
    if (symbol)
      functions.push({
        index: Number(symbol[1]),
        name: symbol[2] ?? `[${symbol[1]}]`,
        start: u64(at + 8),
        bytes: u64(at + 16),
      });
  }
  functions.sort((x, y) => x.index - y.index);
  return {
    text: file.subarray(text.offset, text.offset + text.size),
    functions,
    dispatch: null,
    fileBytes: file.length,
  };
}
