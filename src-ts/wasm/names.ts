/** Reader of the name section (core specification, appendix on custom sections). */
import { CompileError } from '../errors.js';
import { Reader } from './reader.js';
import type { WasmModule } from './decoded-module.js';

export interface Names {
  module: string | null;
  /** By function index; not every function has a name. */
  functions: Map<number, string>;
}

const enum Subsection {
  MODULE = 0,
  FUNCTIONS = 1,
}

/**
 * Names of the module and its functions. Never fails: names are for people, so what follows a fault in the section is
 * left out. The first name that a function is given counts, and function indices out of range are dropped.
 */
export function readNames(m: WasmModule): Names {
  const names: Names = { module: null, functions: new Map() };
  if (m.namesStart < 0) return names;
  const r = new Reader(m.bytes, m.namesStart, m.namesEnd);
  try {
    while (r.pos < m.namesEnd) {
      const id = r.u8();
      const size = r.u32();
      const start = r.skip(size);
      const next = r.pos;
      r.pos = start;
      r.end = next;
      if (id === Subsection.MODULE) names.module ??= r.name();
      else if (id === Subsection.FUNCTIONS) readFunctionNames(r, m.funcTypes.length, names.functions);
      r.pos = next;
      r.end = m.namesEnd;
    }
  } catch (e) {
    if (!(e instanceof CompileError)) throw e;
  }
  return names;
}

function readFunctionNames(r: Reader, nFuncs: number, to: Map<number, string>): void {
  for (let n = r.u32(); n > 0; n--) {
    const index = r.u32();
    const name = r.name();
    if (index < nFuncs && !to.has(index)) to.set(index, name);
  }
}
