/**
 * The nodes that packs become (packs.ts): vector operations without a place yet. An operand of a node has a lower number.
 */
import type { Func } from '../../ir/func.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';

export const enum Kind {
  /** x = a scalar that no iteration changes. */
  SPLAT,
  /** op = the vector load; x = root, y = constant of the lowest address, z = offset. */
  LOAD,
  /** op of the nodes x, y, z. */
  OPERATION,
  /** op of node x by y, a scalar. */
  SHIFT,
  /** Node x with its lanes in the opposite order. */
  REVERSE,
  /** Lanes of node x before: the last one of the iteration before, then all but the last. y = the parameter. */
  EARLIER,
  /** Variables: root x, and for each copy a constant, in `Packs.places` from y on. */
  LINEAR,
}

/** Whether a narrower lane extended with zeros, or with its sign, is the scalar; or-ed. */
export const enum Exact {
  NO = 0,
  UNSIGNED = 1,
  SIGNED = 2,
  BOTH = 3,
}

export class Nodes {
  protected f!: Func;
  n = 0;
  readonly kind = new IntVec(64);
  readonly op = new IntVec(64);
  readonly x = new IntVec(64);
  readonly y = new IntVec(64);
  readonly z = new IntVec(64);
  /** log2 of a lane's bytes. */
  readonly width = new IntVec(64);
  readonly exact = new IntVec(64);
  /** Each lane is all ones or all zeros. */
  protected readonly isMask = new IntVec(64);

  protected clear(): void {
    this.n = 0;
    for (const list of [this.kind, this.op, this.x, this.y, this.z, this.width, this.exact, this.isMask]) list.n = 0;
  }

  protected node(kind: Kind, op: number, x: number, y: number, z: number, width: number, exact: number): number {
    this.kind.push(kind);
    this.op.push(op);
    this.x.push(x);
    this.y.push(y);
    this.z.push(z);
    this.width.push(width);
    this.exact.push(width >= 2 ? Exact.BOTH : exact);
    this.isMask.push(0);
    return this.n++;
  }

  operation(op: number, x: number, y: number, z: number, width: number, exact: Exact): number {
    return this.node(Kind.OPERATION, op, x, y, z, width, exact);
  }

  splat(x: number, width: number): number {
    for (let v = 0; v < this.n; v++)
      if (this.kind.a[v] === Kind.SPLAT && this.x.a[v] === x && this.width.a[v] === width) return v;
    let exact: number = Exact.NO;
    if (this.f.op[x] === Op.I32_CONST && width < 2) {
      const k = this.f.imm[x];
      const top = 1 << (8 << width);
      if (k >= 0 && k < top) exact |= Exact.UNSIGNED;
      if (k >= -top / 2 && k < top / 2) exact |= Exact.SIGNED;
    }
    return this.node(Kind.SPLAT, 0, x, this.f.type[x], -1, width, exact);
  }

  /** A number in all lanes: a SPLAT of no scalar. */
  protected number(value: number, width: number): number {
    for (let v = 0; v < this.n; v++)
      if (this.kind.a[v] === Kind.SPLAT && this.x.a[v] === -1 && this.z.a[v] === value && this.width.a[v] === width)
        return v;
    const v = this.node(Kind.SPLAT, 0, -1, 0, value, width, Exact.BOTH);
    return v;
  }
}
