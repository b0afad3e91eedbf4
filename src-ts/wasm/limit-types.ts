/** Types with limits: of tables and memories (core specification, section 5.3.10 and on; custom page sizes). */
import { Feature, featureOfLimits } from './proposals.js';
import type { Reader } from './reader.js';
import { readRefType } from './ref-types.js';
import type { WasmModule } from './decoded-module.js';
import type { Limits, MemoryType, TableType } from './types.js';

/** The first byte of limits. */
const enum LimitsFlag {
  MAX = 1,
  SHARED = 2,
  ADDRESS64 = 4,
  PAGE_SIZE = 8,
  ANY = 15,
}

export function readTableType(r: Reader, m: WasmModule): TableType {
  const type = readRefType(r, m);
  const at = r.pos;
  return { type, ...readLimits(r, readFlags(r, m, LimitsFlag.MAX | LimitsFlag.ADDRESS64, 'table'), at) };
}

export function readMemoryType(r: Reader, m: WasmModule): MemoryType {
  const at = r.pos;
  const flags = readFlags(r, m, LimitsFlag.ANY, 'memory');
  const limits = readLimits(r, flags, at);
  let pageShift = 16;
  if ((flags & LimitsFlag.PAGE_SIZE) !== 0) {
    const sizeAt = r.pos;
    pageShift = r.u32();
    if (pageShift >= 64) r.fail('malformed custom page size', sizeAt);
    if (pageShift !== 0 && pageShift !== 16) r.fail('invalid custom page size: it must be 1 or 65536', sizeAt);
  }
  const address64 = limits.address64 === true;
  const bound = 2 ** ((address64 ? 64 : 32) - pageShift);
  if (limits.min > bound || (limits.max !== null && limits.max > bound))
    r.fail(
      `memory size must be at most ${address64 ? `2^${64 - pageShift}` : bound} pages${address64 ? '' : ' (4GiB)'}`,
      at,
    );
  const type: MemoryType = limits;
  if ((flags & LimitsFlag.SHARED) !== 0) type.shared = true;
  if (pageShift !== 16) type.pageShift = pageShift;
  return type;
}

/** The first byte of limits, which may have the flags `known`. */
function readFlags(r: Reader, m: WasmModule, known: number, what: string): number {
  const at = r.pos;
  const flags = r.u8();
  const reason = `malformed limits flags: 0x${flags.toString(16)} of a ${what}`;
  if ((flags & ~known) !== 0) r.refuse(reason, featureOfLimits(flags & ~known), at);
  if ((flags & LimitsFlag.ADDRESS64) !== 0) r.need(m, Feature.MEMORY64, reason, at);
  if ((flags & LimitsFlag.PAGE_SIZE) !== 0) r.need(m, Feature.CUSTOM_PAGE_SIZES, reason, at);
  if ((flags & LimitsFlag.SHARED) !== 0) r.need(m, Feature.THREADS, reason, at);
  if ((flags & (LimitsFlag.SHARED | LimitsFlag.MAX)) === LimitsFlag.SHARED)
    r.fail('shared memory must have maximum', at);
  return flags;
}

function readLimits(r: Reader, flags: number, at: number): Limits {
  const address64 = (flags & LimitsFlag.ADDRESS64) !== 0;
  const min = address64 ? r.u64Number() : r.u32();
  const max = (flags & LimitsFlag.MAX) === 0 ? null : address64 ? r.u64Number() : r.u32();
  if (max !== null && min > max) r.fail('size minimum must not be greater than maximum', at);
  return address64 ? { min, max, address64 } : { min, max };
}
