/**
 * Selection of atomic accesses. Their addresses must be multiples of their sizes, which is checked where it is not known.
 * An operation whose old value has no use is one locked instruction; add, sub, xchg and cmpxchg are one anyway.
 */
import { Helper } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Reg } from '../abi.js';
import { Size } from '../asm/insts.js';
import { MOp } from '../machops.js';
import { helperCall } from '../../codegen/select/calls.js';
import { memoryWith } from './memory.js';
import type { Selector } from './selector.js';

/** Operators come in groups of the same seven accesses: their bytes, their `Size`. */
const GROUP = 7;
const BYTES = Uint8Array.of(4, 8, 1, 2, 1, 2, 4);
const SIZE = Uint8Array.of(Size.D, Size.Q, Size.B, Size.W, Size.B, Size.W, Size.D);
const LOADS = Uint8Array.of(MOp.LOAD32, MOp.LOAD64, MOp.LOAD8U, MOp.LOAD16U, MOp.LOAD8U, MOp.LOAD16U, MOp.LOAD32);

const enum Group {
  LOAD = 0,
  STORE = 1,
  ADD = 2,
  SUB = 3,
  AND = 4,
  OR = 5,
  XOR = 6,
  XCHG = 7,
  CMPXCHG = 8,
}

export function lowerAtomic(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  switch (o) {
    case Op.ATOMIC_FENCE:
      s.begin(MOp.FENCE, Form.NONE);
      return;
    case Op.MEMORY_ATOMIC_NOTIFY:
      helperCall(s, v, Helper.ATOMIC_NOTIFY, f.a[v], f.b[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
    case Op.MEMORY_ATOMIC_WAIT32:
      helperCall(s, v, Helper.ATOMIC_WAIT32, f.a[v], f.b[v], f.c[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
    case Op.MEMORY_ATOMIC_WAIT64:
      helperCall(s, v, Helper.ATOMIC_WAIT64, f.a[v], f.b[v], f.c[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
  }
  const kind = (o - Op.I32_ATOMIC_LOAD) % GROUP;
  const group = (((o - Op.I32_ATOMIC_LOAD - kind) / GROUP) | 0) as Group;
  s.setMemory(v, f.imm[v], BYTES[kind], true);
  switch (group) {
    case Group.LOAD:
      s.begin(LOADS[kind], Form.M);
      s.address();
      s.def(v);
      break;
    case Group.STORE:
    case Group.XCHG:
      exchange(s, v, MOp.XCHG, value(s, f.b[v], kind), kind);
      break;
    case Group.CMPXCHG:
      compareExchange(s, v, kind);
      break;
    default:
      modify(s, v, group, kind);
  }
}

/** The operand x as far as an access of this kind reads it. */
const value = (s: Selector, x: number, kind: number): number => s.lowPart(x, 8 * BYTES[kind]);

/**
 * XCHG, XADD of the SSA or machine value x: v = what was there, which comes to the register of x, extended with zeros.
 */
function exchange(s: Selector, v: number, op: MOp, x: number, kind: number): void {
  const bytes = BYTES[kind];
  const def = s.need[v] === 0 || bytes < 4 ? s.newValue(Cls.GPR) : v;
  s.begin(op + SIZE[kind], Form.MR);
  if (x < s.f.nv) s.use(x);
  else s.useTemp(x);
  s.address();
  s.tie();
  s.def(def);
  if (s.need[v] === 0 || bytes >= 4) return;
  s.begin(bytes === 1 ? MOp.MOVZX8 : MOp.MOVZX16, Form.R);
  s.useTemp(def);
  s.def(v);
}

function modify(s: Selector, v: number, group: Group, kind: number): void {
  const { f } = s;
  const y = value(s, f.b[v], kind);
  const bytes = BYTES[kind];
  if (s.need[v] === 0) {
    const op = MOp.LOCKED_ADD + 4 * (group - Group.ADD) + SIZE[kind];
    memoryWith(s, op, y, bytes);
    return;
  }
  if (group === Group.ADD) exchange(s, v, MOp.XADD, y, kind);
  else if (group === Group.SUB) {
    const negative = s.newValue(Cls.GPR);
    s.begin(bytes === 8 ? MOp.NEG64 : MOp.NEG32, Form.R);
    s.use(y);
    s.tie();
    s.def(negative);
    exchange(s, v, MOp.XADD, negative, kind);
  } else {
    s.begin(MOp.FETCH_AND + 4 * (group - Group.AND) + SIZE[kind], Form.MR);
    s.use(y);
    s.address();
    s.temps(1, 0);
    s.def(v, Reg.RAX);
  }
}

function compareExchange(s: Selector, v: number, kind: number): void {
  const { f } = s;
  const bytes = BYTES[kind];
  // Where it was as expected, the register stays as it is: above the bits that are compared too.
  const whole = bytes === 8 || (bytes === 4 && f.type[v] === ValType.I32);
  const def = whole ? v : s.newValue(Cls.GPR);
  s.begin(MOp.CMPXCHG + SIZE[kind], Form.MR);
  s.useIn(whole ? f.b[v] : value(s, f.b[v], kind), Reg.RAX);
  s.use(value(s, f.c[v], kind));
  s.address();
  s.def(def, Reg.RAX);
  if (whole || s.need[v] === 0) return;
  s.begin(bytes === 1 ? MOp.MOVZX8 : bytes === 2 ? MOp.MOVZX16 : MOp.MOV32, Form.R);
  s.useTemp(def);
  s.def(v);
}
