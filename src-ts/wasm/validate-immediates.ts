/** The immediates of operators with a fixed signature: alignments, lanes, and indices of memories, tables and segments. */
import type { BodyState } from './body-state.js';
import { OP_N } from './op-tables.js';
import { Imm } from './opcodes.js';
import { Feature, featureOfOpcode } from './proposals.js';
import { isSubtype } from './ref-types.js';

/** Reads and checks the immediates of an operator with a fixed signature. */
export function immediates(v: BodyState, op: number, imm: Imm): void {
  const { m, r } = v;
  switch (imm) {
    case Imm.MEMARG:
    case Imm.MEMARG_LANE: {
      v.needMemory();
      const align = r.u32();
      // Bit 6 says that a memory index follows.
      if (align > OP_N[op])
        r.refuse(
          'alignment must not be larger than natural',
          align >= 0x40 && align - 0x40 <= OP_N[op] ? Feature.MULTI_MEMORY : 0,
          v.at,
        );
      r.u32();
      if (imm === Imm.MEMARG_LANE && r.u8() >= 16 >> OP_N[op]) v.fail('invalid lane index');
      break;
    }
    case Imm.ATOMIC:
      v.needMemory();
      if (r.u32() !== OP_N[op]) v.fail('atomic alignment must be natural');
      r.u32();
      break;
    case Imm.FENCE:
      r.zeroByte();
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
      r.zeroByte();
      v.needMemory();
      break;
    case Imm.MEMORY_INIT:
      v.readData();
      r.zeroByte();
      v.needMemory();
      break;
    case Imm.DATA:
      v.readData();
      break;
    case Imm.MEMORY_COPY:
      r.zeroByte();
      r.zeroByte();
      v.needMemory();
      break;
    case Imm.TABLE_INIT: {
      const elem = v.readIndex(m.elems.length, 'elem segment');
      if (!isSubtype(m, m.elems.type(elem), v.readTouchedTable())) v.fail('type mismatch: table and element segment');
      break;
    }
    case Imm.ELEM:
      v.readIndex(m.elems.length, 'elem segment');
      break;
    case Imm.TABLE_COPY: {
      const to = v.readTouchedTable();
      if (!isSubtype(m, v.readTouchedTable(), to)) v.fail('type mismatch: tables of different types');
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
