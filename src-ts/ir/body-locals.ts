/**
 * The locals of the bodies under construction: their initial values, and, in functions with so many block parameters
 * that builder.ts keeps locals in the frame, loads and stores in their place.
 */
import { ValType } from '../wasm/types.js';
import { CallFlow } from './call-flow.js';
import { Op } from './ops.js';
import { knownOfType } from './references.js';

export abstract class BodyLocals extends CallFlow {
  /** Locals in memory: where each is, and the block in which `locals.value` has its value. */
  private localAt = new Int32Array(0);
  private knownIn = new Int32Array(0);

  /** Locals that a body declares, its parameters not counted; the body begins at byte `p`. */
  protected countLocals(p: number): number {
    const back = this.p;
    this.p = p;
    let n = 0;
    for (let groups = this.u32(); groups > 0; groups--) {
      n += this.u32();
      this.valType();
    }
    this.p = back;
    return n;
  }

  /** A local's type as `localType` has it. */
  private typeOfLocal(t: ValType): number {
    return this.classOf(t) | knownOfType(this.m, t);
  }

  protected declareLocals(params: number[]): void {
    const n = params.length + this.countLocals(this.p);
    this.locals.reset(n);
    this.loopScan.reset(n, this.localsInMemory ? 0 : this.maxArgs);
    if (this.localType.length < n) this.localType = new Uint16Array(n * 2);
    const values = this.locals.value;
    const types = this.localType;
    for (let i = 0; i < params.length; i++) {
      types[i] = this.typeOfLocal(params[i]);
      values[i] = this.emit(Op.ARG, this.classOf(params[i]), -1, -1, -1, i, 0);
    }
    let at = params.length;
    for (let groups = this.u32(); groups > 0; groups--) {
      const count = this.u32();
      const type = this.typeOfLocal(this.valType());
      if (count === 0) continue;
      values.fill(this.zero(type & 0xff), at, at + count);
      for (const last = at + count; at < last; at++) types[at] = type;
    }
    this.endLocal = at;
    this.f.localBytes = 0;
    if (this.localsInMemory) this.placeLocals(n);
  }

  // --- locals in memory ---

  /** Gives the locals places in memory and stores what they are at first there. */
  private placeLocals(n: number): void {
    const { f, locals, localType } = this;
    if (this.localAt.length < n) {
      this.localAt = new Int32Array(n);
      this.knownIn = new Int32Array(n);
    }
    this.knownIn.fill(-1, 0, n);
    for (let wide = 1; wide >= 0; wide--) {
      for (let l = 0; l < n; l++) {
        if (((localType[l] & 0xff) === ValType.V128 ? 1 : 0) !== wide) continue;
        this.localAt[l] = f.localBytes;
        f.localBytes += wide !== 0 ? 16 : 8;
      }
    }
    for (let l = 0; l < n; l++) this.localToMemory(l, locals.value[l]);
  }

  /** The value of a local that is in memory. */
  override localFromMemory(l: number): number {
    const { value } = this.locals;
    if (this.knownIn[l] !== this.cur) {
      this.knownIn[l] = this.cur;
      value[l] = this.emit(Op.LOCAL_GET, this.localType[l] & 0xff, -1, -1, -1, this.localAt[l], 0);
    }
    return value[l];
  }

  override localToMemory(l: number, x: number): void {
    this.emit(Op.LOCAL_SET, 0, x, -1, -1, this.localAt[l], 0);
    this.knownIn[l] = this.cur;
    this.locals.value[l] = x;
  }

  /** Locals of an inlined body: arguments from the stack, the rest zero. */
  protected takeLocals(params: number[]): void {
    const { locals, firstLocal, endLocal } = this;
    locals.grow(endLocal);
    this.loopScan.reset(endLocal - firstLocal, this.maxArgs);
    if (this.localType.length < endLocal) {
      const types = new Uint16Array(endLocal * 2);
      types.set(this.localType);
      this.localType = types;
    }
    this.sp -= params.length;
    let at = firstLocal;
    for (let i = 0; i < params.length; i++, at++) {
      this.localType[at] = this.typeOfLocal(params[i]);
      locals.set(at, this.stack[this.sp + i]);
    }
    for (let groups = this.u32(); groups > 0; groups--) {
      const count = this.u32();
      const type = this.typeOfLocal(this.valType());
      for (let k = 0; k < count; k++, at++) {
        this.localType[at] = type;
        locals.set(at, this.zero(type & 0xff));
      }
    }
  }
}
