/**
 * Checks every invariant of `Func` (func.ts) and of `Op` (ops.ts). Throws an Error with function, block and text of the
 * first violation's operation. After every pass in tests and with WAMR_VERIFY=1. O(values + edges + arguments).
 * Independent of the builder: dominators and edges are computed anew.
 */
import { OP_IMM, OP_N } from '../wasm/op-tables.js';
import { typeName } from '../wasm/type-names.js';
import { Imm } from '../wasm/opcodes.js';
import { isRef, isSubtype, valueClass } from '../wasm/ref-types.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { type FuncType, ValType } from '../wasm/types.js';
import { computeDominators } from './dominators.js';
import type { Func } from './func.js';
import { FIRST_SIMD, laneOf, memoryOf, Op } from './ops.js';
import {
  ARITY,
  Effect,
  EFFECTS,
  isAccess,
  isCall,
  isConst,
  isStore,
  isTerminator,
  RESULT_TYPE,
  hasTable,
  hasType,
  isTailCall,
} from './opinfo.js';
import { OPERAND_A, OPERAND_B, OPERAND_C } from './operand-types.js';
import { printValue } from './print.js';

const typeText = (type: number): string => (type === 0 ? 'none' : typeName(type));

/** Verifies `f`; with the module also the types of calls, globals, tables and results. */
export function verifyFunc(f: Func, m?: WasmModule): void {
  new Verifier(f, m).run();
}

class Verifier {
  /** Position in execution order; -1: not in any block. */
  private readonly at: Int32Array;
  private domIn: Int32Array;
  private domOut: Int32Array;

  constructor(
    private readonly f: Func,
    private readonly m: WasmModule | undefined,
  ) {
    this.at = new Int32Array(f.nv).fill(-1);
    this.domIn = new Int32Array(f.nb);
    this.domOut = new Int32Array(f.nb);
  }

  private fail(message: string, b = -1, v = -1): never {
    const where = `${b >= 0 ? ` block ${b}:` : ''}${v >= 0 ? ` '${printValue(this.f, b, v)}':` : ''}`;
    throw new Error(`IR of function ${this.f.index}:${where} ${message}`);
  }

  run(): void {
    const { f } = this;
    if (f.nb < 1) this.fail('no blocks');
    this.checkEdges();
    this.checkDominators();
    this.checkLoops();
    this.checkOrder();
    for (let b = 0; b < f.nb; b++)
      for (let i = f.blockStart[b]; i < f.blockStart[b + 1]; i++) this.checkValue(b, f.order[i]);
    for (let e = 0; e < f.ne; e++) this.checkArguments(e);
  }

  private checkEdges(): void {
    const { f } = this;
    const { nb, ne } = f;
    const outs = new Int32Array(nb);
    const ins = new Int32Array(nb);
    for (let e = 0; e < ne; e++) {
      const from = f.edgeFrom[e];
      const to = f.edgeTo[e];
      if (!(from >= 0 && from < nb && to >= 1 && to < nb)) this.fail(`edge ${e} from ${from} to ${to}`);
      if (to <= from && f.isLoopHeader[to] === 0)
        this.fail(`edge ${e} goes back to a block that is no loop header`, from);
      outs[from]++;
      ins[to]++;
    }
    const seen = new Uint8Array(ne);
    const list = (name: string, at: Int32Array, edges: Int32Array, of: Int32Array, count: Int32Array): void => {
      seen.fill(0);
      if (at[0] !== 0) this.fail(`${name}At[0] is ${at[0]}`);
      for (let b = 0; b < nb; b++) {
        if (at[b + 1] - at[b] !== count[b])
          this.fail(`${name} list has ${at[b + 1] - at[b]} edges instead of ${count[b]}`, b);
        for (let k = at[b]; k < at[b + 1]; k++) {
          const e = edges[k];
          if (!(e >= 0 && e < ne) || of[e] !== b || seen[e] !== 0) this.fail(`${name} list has edge ${e}`, b);
          seen[e] = 1;
        }
      }
    };
    list('pred', f.predAt, f.predEdge, f.edgeTo, ins);
    list('succ', f.succAt, f.succEdge, f.edgeFrom, outs);
    const sourceOf = new Int32Array(nb).fill(-1);
    for (let b = 0; b < nb; b++) {
      for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
        const to = f.edgeTo[f.succEdge[k]];
        if (sourceOf[to] === b) this.fail(`two edges to block ${to}`, b);
        sourceOf[to] = b;
      }
      if (b > 0) {
        let forward = 0;
        for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++) if (f.edgeFrom[f.predEdge[k]] < b) forward++;
        if (forward === 0) this.fail('no forward predecessor: unreachable or out of order', b);
      }
      if (b === 0 && f.paramAt[1] !== f.paramAt[0]) this.fail('the entry has parameters', 0);
    }
  }

  /** Compares the dominator tree with one made from the edges alone, and numbers it for `dominates`. */
  private checkDominators(): void {
    const { f } = this;
    const { idom, depth } = computeDominators(f);
    for (let b = 1; b < f.nb; b++) {
      if (f.idom[b] !== idom[b]) this.fail(`idom is ${f.idom[b]} instead of ${idom[b]}`, b);
      if (f.domDepth[b] !== depth[b]) this.fail(`domDepth is ${f.domDepth[b]} instead of ${depth[b]}`, b);
    }
    // Intervals of the dominator tree: sizes bottom up, then places top down.
    const size = new Int32Array(f.nb).fill(1);
    for (let b = f.nb - 1; b > 0; b--) size[idom[b]] += size[b];
    const next = new Int32Array(f.nb);
    for (let b = 0; b < f.nb; b++) {
      if (b > 0) {
        this.domIn[b] = next[idom[b]];
        next[idom[b]] += size[b];
      }
      next[b] = this.domIn[b] + 1;
      this.domOut[b] = this.domIn[b] + size[b];
    }
  }

  private dominates(a: number, b: number): boolean {
    return this.domIn[a] <= this.domIn[b] && this.domIn[b] < this.domOut[a];
  }

  /**
   * A header dominates everything numbered from it to its last latch. Dominating a block means that the block's
   * immediate dominator is at or after the header, innermost headers first.
   */
  private checkLoops(): void {
    const { f } = this;
    const headers: number[] = [];
    const lasts: number[] = [];
    for (let b = 0; b < f.nb; b++) {
      while (lasts.length > 0 && lasts[lasts.length - 1] < b) {
        lasts.pop();
        headers.pop();
      }
      const h = headers[headers.length - 1];
      if (headers.length > 0 && f.idom[b] < h)
        this.fail(`lies in the loop of block ${h}, which does not dominate it`, b);
      if (f.isLoopHeader[b] === 0) continue;
      let last = -1;
      for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++) last = Math.max(last, f.edgeFrom[f.predEdge[k]]);
      if (last < b) this.fail('loop header without a back edge', b);
      headers.push(b);
      lasts.push(last);
    }
  }

  private checkOrder(): void {
    const { f, at } = this;
    if (f.blockStart[0] !== 0) this.fail('blockStart[0] is not 0');
    for (let b = 0; b < f.nb; b++) {
      const from = f.blockStart[b];
      const to = f.blockStart[b + 1];
      if (to <= from) this.fail('empty block', b);
      let stage = 0;
      for (let i = from; i < to; i++) {
        const v = f.order[i];
        if (!(v >= 0 && v < f.nv)) this.fail(`order[${i}] is ${v}`, b);
        if (at[v] >= 0) this.fail('listed twice', b, v);
        at[v] = i;
        if (f.block[v] !== b) this.fail(`block is ${f.block[v]}`, b, v);
        const op = f.op[v];
        if (op === Op.NOP) this.fail('NOP in a block', b, v);
        // Stages: 0 parameters or arguments, 1 constants, 2 everything else.
        const own = op === Op.PARAM || op === Op.ARG ? 0 : isConst(op) ? 1 : 2;
        if (own < stage) this.fail('parameters, arguments and constants come first', b, v);
        stage = own;
        if ((op === Op.ARG || isConst(op)) && b !== 0) this.fail('arguments and constants belong to block 0', b, v);
        if (isTerminator(op) !== (i === to - 1))
          this.fail(i === to - 1 ? 'no terminator' : 'terminator inside a block', b, v);
        if (op === Op.PARAM) {
          const j = i - from;
          if (f.paramAt[b] + j >= f.paramAt[b + 1] || f.params[f.paramAt[b] + j] !== v || f.imm[v] !== j)
            this.fail('parameter list and values differ', b, v);
        }
        if (op === Op.RESULT) {
          let call = i - 1;
          while (call > from && f.op[f.order[call]] === Op.RESULT) call--;
          if (f.order[call] !== f.a[v] || !isCall(f.op[f.a[v]])) this.fail('result does not follow its call', b, v);
        }
      }
      const nParams = f.paramAt[b + 1] - f.paramAt[b];
      if (nParams < 0 || nParams >= to - from) this.fail(`${nParams} parameters listed`, b);
      for (let j = 0; j < nParams; j++)
        if (f.order[from + j] !== f.params[f.paramAt[b] + j]) this.fail('parameter list and values differ', b);
    }
    if (f.blockStart[f.nb] > f.nv) this.fail('more values in blocks than values');
  }

  /** Definition of `x` must dominate position `i` of block `b`. */
  private checkUse(b: number, i: number, x: number, v: number, type: number): void {
    const { f, at } = this;
    if (!(x >= 0 && x < f.nv)) this.fail(`operand v${x} is no value`, b, v);
    if (at[x] < 0) this.fail(`operand v${x} is in no block`, b, v);
    const d = f.block[x];
    if (d === b ? at[x] >= i : !this.dominates(d, b))
      this.fail(`operand v${x} (block ${d}) does not dominate its use`, b, v);
    if (f.type[x] === 0) this.fail(`operand v${x} has no result`, b, v);
    this.checkReturned(b, x, v);
    if (
      type !== 0 &&
      f.type[x] !== type &&
      !(
        type === ValType.I32 &&
        isRef(f.type[x]) &&
        (f.op[v] === Op.I32_EQZ || f.op[v] === Op.I32_NE || f.op[v] === Op.BR_IF || f.op[v] === Op.SELECT)
      )
    )
      this.fail(`operand v${x} has type ${typeText(f.type[x])} instead of ${typeText(type)}`, b, v);
  }

  /** Number and types of the operands in a, b, c, and the type of the result where it is always the same. */
  private checkShape(b: number, v: number): void {
    const { f } = this;
    const op = f.op[v];
    const i = this.at[v];
    const arity = ARITY[op];
    const operands = [f.a[v], f.b[v], f.c[v]];
    if (hasTable(op)) operands[1] = -1; // a table index
    const types = [OPERAND_A[op], OPERAND_B[op], OPERAND_C[op]];
    if (isAccess(op)) {
      this.checkAccess(b, i, v);
      types[0] = 0; // i32 or i64
      if ((EFFECTS[op] & Effect.ACCESS) !== 0) operands[2] = -1; // the base of a memory
    }
    for (let k = 0; k < 3; k++) {
      if (k < arity) this.checkUse(b, i, operands[k], v, types[k]);
      else if (operands[k] !== -1) this.fail(`operand ${'abc'[k]} is ${operands[k]} instead of -1`, b, v);
    }
    const fixed = RESULT_TYPE[op];
    if (fixed !== 0 && f.type[v] !== fixed)
      this.fail(`type is ${typeText(f.type[v])} instead of ${typeText(fixed)}`, b, v);
    if ((isTerminator(op) || isStore(op) || op === Op.LOCAL_SET || op === Op.GLOBAL_SET) && f.type[v] !== 0)
      this.fail('has a type but no result', b, v);
  }

  private checkValue(b: number, v: number): void {
    const { f, m } = this;
    const op = f.op[v];
    const i = this.at[v];
    this.checkShape(b, v);
    const succs = f.succAt[b + 1] - f.succAt[b];
    const want = (type: number, what: string): void => {
      if (f.type[v] !== type) this.fail(`type of ${what} is ${typeText(f.type[v])} instead of ${typeText(type)}`, b, v);
    };
    switch (op) {
      case Op.SELECT:
        if (f.type[f.a[v]] !== f.type[v] || f.type[f.b[v]] !== f.type[v]) this.fail('arms differ in type', b, v);
        break;
      case Op.BR:
        if (succs !== 1) this.fail(`BR with ${succs} successors`, b, v);
        break;
      case Op.BR_IF:
        if (succs !== 2) this.fail(`BR_IF with ${succs} successors`, b, v);
        break;
      case Op.BR_TABLE: {
        const used = new Uint8Array(succs);
        for (let k = 0; k < f.imm2[v]; k++) {
          const ordinal = f.pool.a[f.imm[v] + k];
          if (!(ordinal >= 0 && ordinal < succs)) this.fail(`BR_TABLE entry ${k} is ${ordinal} of ${succs}`, b, v);
          used[ordinal] = 1;
        }
        if (used.includes(0)) this.fail('BR_TABLE leaves a successor out', b, v);
        break;
      }
      case Op.RETURN: {
        if (succs !== 0) this.fail('RETURN with successors', b, v);
        const results = m ? m.types[f.typeIndex].results : null;
        if (results !== null && results.length !== f.imm2[v])
          this.fail(`returns ${f.imm2[v]} values instead of ${results.length}`, b, v);
        for (let k = 0; k < f.imm2[v]; k++)
          this.checkUse(b, i, f.pool.a[f.imm[v] + k], v, results === null ? 0 : valueClass(m!, results[k]));
        break;
      }
      case Op.TRAP:
        if (succs !== 0) this.fail('TRAP with successors', b, v);
        break;
      case Op.INVOKE: {
        if (succs !== 2) this.fail(`INVOKE with ${succs} successors`, b, v);
        const call = this.callBefore(b, i);
        if (!isCall(f.op[f.order[call]])) this.fail('INVOKE does not follow a call', b, v);
        this.checkLandingPad(b, v);
        break;
      }
      case Op.THROW: {
        if (succs > 1) this.fail(`THROW with ${succs} successors`, b, v);
        if (succs > 0) this.checkLandingPad(b, v);
        const params = m ? m.types[m.tags[f.imm2[v]]].params : null;
        const n = f.pool.a[f.imm[v]];
        if (params !== null && params.length !== n) this.fail(`${n} arguments instead of ${params.length}`, b, v);
        for (let k = 0; k < n; k++)
          this.checkUse(b, i, f.pool.a[f.imm[v] + 1 + k], v, params === null ? 0 : valueClass(m!, params[k]));
        break;
      }
      case Op.THROW_REF:
        if (succs > 1) this.fail(`THROW_REF with ${succs} successors`, b, v);
        if (succs > 0) this.checkLandingPad(b, v);
        break;
      case Op.LANDING:
        if (i !== f.blockStart[b]) this.fail('LANDING is not the first operation of its block', b, v);
        if (f.predAt[b + 1] - f.predAt[b] !== 1 || !this.throwsTo(f.edgeFrom[f.predEdge[f.predAt[b]]], b))
          this.fail('LANDING in a block that no exception leads to', b, v);
        break;
      case Op.NULL_CHECK:
        if (!isRef(f.type[f.a[v]]) && f.type[f.a[v]] !== ValType.I32) this.fail('checks what is no reference', b, v);
        break;
      case Op.RETYPE:
        for (const type of [f.type[v], f.type[f.a[v]]])
          if (!isRef(type) && type !== ValType.I32)
            this.fail(`between types other than references: ${typeText(type)}`, b, v);
        break;
      case Op.HELPER:
        for (let k = 0; k < f.pool.a[f.imm[v]]; k++) this.checkUse(b, i, f.pool.a[f.imm[v] + 1 + k], v, 0);
        break;
      case Op.CALL:
      case Op.CALL_INDIRECT:
      case Op.CALL_REF:
      case Op.TAIL_CALL:
      case Op.TAIL_CALL_INDIRECT:
      case Op.TAIL_CALL_REF: {
        const type: FuncType | null = m ? m.types[hasType(op) ? f.imm2[v] : m.funcTypes[f.imm2[v]]] : null;
        const n = f.pool.a[f.imm[v]];
        if (type !== null) {
          if (type.params.length !== n) this.fail(`${n} arguments instead of ${type.params.length}`, b, v);
          if (isTailCall(op)) this.checkTailCall(b, v, type);
          else want(type.results.length > 0 ? valueClass(m!, type.results[0]) : 0, 'call');
        }
        for (let k = 0; k < n; k++)
          this.checkUse(b, i, f.pool.a[f.imm[v] + 1 + k], v, type === null ? 0 : valueClass(m!, type.params[k]));
        break;
      }
      case Op.ARG:
        if (m) want(valueClass(m, m.types[f.typeIndex].params[f.imm[v]]), 'argument');
        break;
      case Op.RESULT:
        if (f.imm[v] < 1) this.fail(`result ${f.imm[v]}`, b, v);
        break;
      case Op.LOCAL_GET:
      case Op.LOCAL_SET: {
        const type = f.type[op === Op.LOCAL_GET ? v : f.a[v]];
        if (type === 0) this.fail('no type', b, v);
        if (!(f.imm[v] >= 0 && f.imm[v] + (type === ValType.V128 ? 16 : 8) <= f.localBytes))
          this.fail(`local at ${f.imm[v]} of ${f.localBytes} bytes`, b, v);
        break;
      }
      case Op.GLOBAL_GET:
        if (m) want(valueClass(m, m.globals[f.imm[v]].type), 'global');
        break;
      case Op.GLOBAL_SET:
        if (m && valueClass(m, m.globals[f.imm[v]].type) !== f.type[f.a[v]]) this.fail('type of the global', b, v);
        break;
      case Op.MEMORY_INIT:
        this.checkOperandType(b, v, f.a[v], f.imm2[v]);
        break;
      case Op.MEMORY_FILL:
        this.checkOperandType(b, v, f.a[v], f.imm[v]);
        this.checkOperandType(b, v, f.c[v], f.imm[v]);
        break;
      case Op.MEMORY_COPY:
        this.checkOperandType(b, v, f.a[v], f.imm[v]);
        this.checkOperandType(b, v, f.b[v], f.imm2[v]);
        this.checkOperandType(b, v, f.c[v], f.imm[v], f.imm2[v]);
        break;
      case Op.MEMORY_BASE:
        if (f.imm[v] < 1 || (m && f.imm[v] >= m.memories.length)) this.fail(`base of memory ${f.imm[v]}`, b, v);
        break;
      case Op.TABLE_GET:
        if (m) want(valueClass(m, m.tables[f.imm[v]].type), 'table');
        break;
      case Op.I8X16_SHUFFLE:
        if (f.op[f.c[v]] !== Op.V128_CONST) this.fail('lanes of a shuffle are no constant', b, v);
        break;
      case Op.PARAM:
      case Op.REF_NULL:
        if (f.type[v] === 0) this.fail('no type', b, v);
        break;
    }
    if (op >= FIRST_SIMD) this.checkLane(b, v);
    if (!isTerminator(op) && ARITY[op] === 0 && RESULT_TYPE[op] === 0 && !KNOWN_WITHOUT_OPERANDS.has(op))
      this.fail('unknown operation', b, v);
  }

  /** A tail call ends the function with results of the function's own types. */
  private checkTailCall(b: number, v: number, { results }: FuncType): void {
    const { f, m } = this;
    if (f.succAt[b + 1] !== f.succAt[b]) this.fail('tail call with successors', b, v);
    const own = m!.types[f.typeIndex].results;
    if (own.length !== results.length || own.some((t, k) => !isSubtype(m!, results[k], t)))
      this.fail('tail call of a function with other results', b, v);
  }

  /** Position of the call that the results before position `i` of block b belong to. */
  private callBefore(b: number, i: number): number {
    const { f } = this;
    let call = i - 1;
    while (call > f.blockStart[b] && f.op[f.order[call]] === Op.RESULT) call--;
    return call;
  }

  /** Block `from` goes on in block `to` when it throws. */
  private throwsTo(from: number, to: number): boolean {
    const { f } = this;
    const op = f.op[f.order[f.blockStart[from + 1] - 1]];
    const last = f.succAt[from + 1] - 1;
    return (op === Op.INVOKE || op === Op.THROW || op === Op.THROW_REF) && f.edgeTo[f.succEdge[last]] === to;
  }

  /** The last successor of block b is a landing pad: it begins with LANDING and has no parameters. */
  private checkLandingPad(b: number, v: number): void {
    const { f } = this;
    const pad = f.edgeTo[f.succEdge[f.succAt[b + 1] - 1]];
    if (f.paramAt[pad + 1] !== f.paramAt[pad] || f.op[f.order[f.blockStart[pad]]] !== Op.LANDING)
      this.fail(`throws to block ${pad}, which is no landing pad`, b, v);
  }

  /**
   * Where an exception leads to (or what that dominates), nothing is used that the call would have returned: its block
   * dominates the landing pad, the call's return does not.
   */
  private checkReturned(b: number, x: number, v: number): void {
    const { f } = this;
    const call = f.op[x] === Op.RESULT ? f.a[x] : x;
    const home = f.block[x];
    if (!isCall(f.op[call]) || f.op[f.order[f.blockStart[home + 1] - 1]] !== Op.INVOKE) return;
    if (this.at[call] !== this.callBefore(home, f.blockStart[home + 1] - 1)) return;
    if (b === home) return;
    const edge = f.succEdge[f.succAt[home]];
    const next = f.edgeTo[edge];
    let returned = this.dominates(next, b);
    for (let k = f.predAt[next]; k < f.predAt[next + 1]; k++)
      if (f.predEdge[k] !== edge && !this.dominates(next, f.edgeFrom[f.predEdge[k]])) returned = false;
    if (!returned) this.fail(`operand v${x} is a result of a call that may not have returned`, b, v);
  }

  /** x is an address or length of a memory, or a length for both. */
  private checkOperandType(b: number, v: number, x: number, memory: number, other = memory): void {
    const { f, m } = this;
    if (m === undefined) return;
    if (memory >= m.memories.length || other >= m.memories.length) this.fail('no such memory', b, v);
    const wide = m.memories[memory].address64 === true && m.memories[other].address64 === true;
    if (f.type[x] !== (wide ? ValType.I64 : ValType.I32))
      this.fail(`operand v${x} has type ${typeText(f.type[x])}`, b, v);
  }

  /** Memory, base and address of an access. */
  private checkAccess(b: number, i: number, v: number): void {
    const { f, m } = this;
    const memory = memoryOf(f.imm2[v]);
    const type = f.type[f.a[v]];
    if (type !== ValType.I32 && type !== ValType.I64) this.fail(`address of type ${typeText(type)}`, b, v);
    if (type === ValType.I64 && f.imm[v] < 0) this.fail(`offset ${f.imm[v] >>> 0} of an address of 64 bits`, b, v);
    if ((EFFECTS[f.op[v]] & Effect.ACCESS) === 0 || memory === 0) {
      if ((EFFECTS[f.op[v]] & Effect.ACCESS) !== 0 && f.c[v] !== -1) this.fail('memory 0 with a base', b, v);
    } else {
      this.checkUse(b, i, f.c[v], v, ValType.I64);
      const base = f.c[v];
      if (f.op[base] === Op.MEMORY_BASE && f.imm[base] !== memory) this.fail(`base of memory ${f.imm[base]}`, b, v);
    }
    if (m === undefined) return;
    if (memory >= m.memories.length) this.fail(`memory ${memory}`, b, v);
    if (m.memories[memory].address64 === true && type !== ValType.I64) this.fail('address of 32 bits', b, v);
  }

  private checkLane(b: number, v: number): void {
    const { f } = this;
    const wasm = f.op[v] - 0x100;
    const imm = OP_IMM[wasm];
    if (imm === Imm.LANE && !(f.imm[v] >= 0 && f.imm[v] < OP_N[wasm]))
      this.fail(`lane ${f.imm[v]} of ${OP_N[wasm]}`, b, v);
    if (imm === Imm.MEMARG_LANE && laneOf(f.imm2[v]) >= 16 >> OP_N[wasm])
      this.fail(`lane ${laneOf(f.imm2[v])} of ${16 >> OP_N[wasm]}`, b, v);
  }

  private checkArguments(e: number): void {
    const { f } = this;
    const to = f.edgeTo[e];
    const from = f.edgeFrom[e];
    const n = f.paramAt[to + 1] - f.paramAt[to];
    if (f.argAt[e + 1] - f.argAt[e] !== n)
      this.fail(`edge ${e} to block ${to} has ${f.argAt[e + 1] - f.argAt[e]} arguments for ${n} parameters`, from);
    const end = f.blockStart[from + 1] - 1;
    for (let j = 0; j < n; j++) this.checkUse(from, end, f.args[f.argAt[e] + j], f.order[end], 0);
    for (let j = 0; j < n; j++) {
      const x = f.args[f.argAt[e] + j];
      const p = f.params[f.paramAt[to] + j];
      if (f.type[x] !== f.type[p])
        this.fail(
          `edge ${e}: argument v${x} has type ${typeText(f.type[x])}, parameter v${p} has ${typeText(f.type[p])}`,
          from,
        );
    }
  }
}

/** Operations without value operands and without a fixed result type. */
const KNOWN_WITHOUT_OPERANDS = new Set<number>([
  Op.HELPER,
  Op.PARAM,
  Op.ARG,
  Op.CALL,
  Op.LOCAL_GET,
  Op.GLOBAL_GET,
  Op.DATA_DROP,
  Op.ELEM_DROP,
  Op.ATOMIC_FENCE,
  Op.COUNT,
  Op.REF_NULL,
]);
