/** The immediates of operators with a fixed signature: alignments, lanes, and indices of memories, tables and segments. */
import type { BodyState } from './body-state.js';
import { OP_N, OP_POP, OP_POPS, OP_PUSH } from './op-tables.js';
import { Imm, WasmOp } from './opcodes.js';
import { Feature, featureOfOpcode } from './proposals.js';
import { isSubtype } from './ref-types.js';
import { ValType } from './types.js';

/** Which memory or table of an operator has 64-bit addresses: bits of `BodyState.wide`. */
const enum Wide {
  /** The only one, or the destination. */
  FIRST = 1,
  SECOND = 2,
}

/** Reads and checks the immediates of an operator with a fixed signature; sets `v.wide`. */
export function immediates(v: BodyState, op: number, imm: Imm): void {
  const { m, r } = v;
  switch (imm) {
    case Imm.MEMARG:
    case Imm.MEMARG_LANE: {
      if (memarg(v) > OP_N[op]) v.fail('alignment must not be larger than natural');
      if (imm === Imm.MEMARG_LANE && r.u8() >= 16 >> OP_N[op]) v.fail('invalid lane index');
      break;
    }
    case Imm.ATOMIC:
      if (memarg(v) !== OP_N[op]) v.fail('atomic alignment must be natural');
      break;
    case Imm.FENCE:
      if (r.u8() !== 0) r.fail('zero byte expected', r.pos - 1);
      break;
    case Imm.I32:
      r.s32();
      break;
    case Imm.I64:
      r.s64();
      break;
    case Imm.F32:
      r.skip(4);
      break;
    case Imm.F64:
      r.skip(8);
      break;
    case Imm.MEMORY:
      memoryIndex(v, Wide.FIRST);
      break;
    case Imm.MEMORY_INIT:
      v.readData();
      memoryIndex(v, Wide.FIRST);
      break;
    case Imm.DATA:
      v.readData();
      break;
    case Imm.MEMORY_COPY:
      memoryIndex(v, Wide.FIRST);
      memoryIndex(v, Wide.SECOND);
      break;
    case Imm.TABLE_INIT: {
      const elem = v.readIndex(m.elems.length, 'elem segment');
      if (!isSubtype(m, m.elems.type(elem), touchedTable(v, Wide.FIRST)))
        v.fail('type mismatch: table and element segment');
      break;
    }
    case Imm.ELEM:
      v.readIndex(m.elems.length, 'elem segment');
      break;
    case Imm.TABLE_COPY: {
      const to = touchedTable(v, Wide.FIRST);
      if (!isSubtype(m, touchedTable(v, Wide.SECOND), to)) v.fail('type mismatch: tables of different types');
      break;
    }
    case Imm.LANE:
      if (r.u8() >= OP_N[op]) v.fail('invalid lane index');
      break;
    case Imm.V128:
      r.skip(16);
      break;
    case Imm.SHUFFLE:
      for (let i = 0; i < 16; i++) if (r.u8() >= 32) v.fail('invalid lane index');
      break;
    default:
      v.r.refuse(`illegal opcode 0x${op.toString(16)}`, featureOfOpcode(op), v.at);
  }
}

/**
 * Alignment, memory and offset of an access; returns the alignment. Bit 6 of it says that a memory index follows.
 */
function memarg(v: BodyState): number {
  const { m, r } = v;
  v.needMemory();
  let align = r.u32();
  let memory = 0;
  if (align >= 0x40) {
    if (align >= 0x80) v.fail('malformed memop flags');
    r.need(m, Feature.MULTI_MEMORY, 'malformed memop flags', v.at);
    align -= 0x40;
    memory = r.u32();
    if (memory >= m.memories.length) v.fail(`unknown memory ${memory}`);
  }
  if (m.memories[memory].address64 === true) {
    v.wide = Wide.FIRST;
    r.u64();
  } else if ((m.features & Feature.MEMORY64) === 0) r.u32();
  else if (r.u64() >= 0 && r.hi !== 0) v.fail('offset out of range');
  return align;
}

/** A memory index; one other than 0 takes several memories. */
function memoryIndex(v: BodyState, which: Wide): void {
  const { m, r } = v;
  const at = r.pos;
  // Without them it is a zero byte.
  const index = (m.features & Feature.MULTI_MEMORY) !== 0 ? r.u32() : r.u8();
  if (index !== 0) r.need(m, Feature.MULTI_MEMORY, 'zero byte expected', at);
  if (index >= m.memories.length) v.fail(`unknown memory ${index}`);
  if (m.memories[index].address64 === true) v.wide |= which;
}

function touchedTable(v: BodyState, which: Wide): ValType {
  const { type, address64 } = v.readTouchedTable();
  if (address64 === true) v.wide |= which;
  return type;
}

/** Pops the operands and pushes the result of an operator one of whose memories or tables has 64-bit addresses. */
export function wideOperands(v: BodyState, op: number): void {
  const first = (v.wide & Wide.FIRST) !== 0 ? ValType.I64 : ValType.I32;
  const second = (v.wide & Wide.SECOND) !== 0 ? ValType.I64 : ValType.I32;
  v.wide = 0;
  switch (op) {
    case WasmOp.MEMORY_SIZE:
      v.push(first);
      return;
    case WasmOp.MEMORY_GROW:
      v.pop(first);
      v.push(first);
      return;
    case WasmOp.MEMORY_COPY:
    case WasmOp.TABLE_COPY:
      // The length is of the smaller type.
      v.pop(first === ValType.I64 ? second : first);
      v.pop(second);
      v.pop(first);
      return;
    case WasmOp.MEMORY_FILL:
      v.pop(first);
      v.pop(ValType.I32);
      v.pop(first);
      return;
    case WasmOp.MEMORY_INIT:
    case WasmOp.TABLE_INIT:
      v.pop(ValType.I32);
      v.pop(ValType.I32);
      v.pop(first);
      return;
    default:
      // A load or store: the address is the deepest operand.
      for (let i = OP_POPS[op] - 1; i > 0; i--) v.pop(OP_POP[4 * op + i]);
      v.pop(first);
      if (OP_PUSH[op] !== 0) v.push(OP_PUSH[op]);
  }
}
