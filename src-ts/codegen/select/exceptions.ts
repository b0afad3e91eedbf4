/** Selection of what throws and of what reads exceptions. */
import { Helper } from '../../abi/vmctx.js';
import { AddrKind, Form } from '../mach.js';
import { helperCall, plainLoad, storePlain } from './calls.js';
import type { MachineSelection } from './machine-selection.js';
import { Common } from './operations.js';

/** The outgoing area is a multiple of this many bytes. */
const AREA_ALIGNMENT = 16;

/** THROW: the contents into the outgoing area, where the helper finds them. */
export function lowerThrow(s: MachineSelection, v: number): void {
  const { f, m } = s;
  const tag = f.imm2[v];
  s.reserveOutgoing((m.contentsBytes[tag] + AREA_ALIGNMENT - 1) & -AREA_ALIGNMENT);
  let at = f.imm[v] + 1;
  for (let k = m.contentsAt[tag]; k < m.contentsAt[tag + 1]; k++, at++) {
    s.setPlace(AddrKind.OUTGOING, m.contents[k]);
    storePlain(s, f.pool.a[at], 8);
  }
  helperCall(s, v, Helper.THROW, s.number(tag));
  endByThrow(s, v);
}

export function lowerThrowReference(s: MachineSelection, v: number): void {
  helperCall(s, v, Helper.THROW_REF, s.f.a[v]);
  endByThrow(s, v);
}

/** The helper call just selected does not return; it throws to a landing pad if its block has a successor. */
function endByThrow(s: MachineSelection, v: number): void {
  const { block, succAt } = s.f;
  if (succAt[block[v] + 1] > succAt[block[v]]) s.cond(1);
  s.begin(Common.NO_RETURN, Form.NONE);
}

export function lowerExceptionField(s: MachineSelection, v: number): void {
  const { f } = s;
  s.setField(f.a[v], f.imm[v]);
  plainLoad(s, v);
}

export function lowerTag(s: MachineSelection, v: number): void {
  s.setVmctx(s.m.tags[s.f.imm[v]]);
  plainLoad(s, v);
}
