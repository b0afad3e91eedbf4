/** Writes the code of the modules of extreme shapes (../shapes.ts). */
import { leb } from '../wasm-build.js';

export const I32 = 0x7f;
const EMPTY = 0x40;

/** Writes code; operators by name. */
export class Code {
  readonly bytes: number[] = [];

  op(...bytes: number[]): this {
    for (const b of bytes) this.bytes.push(b);
    return this;
  }
  u(x: number): this {
    for (; x > 127; x = Math.floor(x / 128)) this.bytes.push((x & 127) | 128);
    this.bytes.push(x);
    return this;
  }
  get(local: number): this {
    return this.op(0x20).u(local);
  }
  set(local: number): this {
    return this.op(0x21).u(local);
  }
  const(x: number): this {
    this.op(0x41);
    for (;;) {
      const low = x & 127;
      x >>= 7;
      if ((x === 0 && !(low & 64)) || (x === -1 && low & 64)) return this.op(low);
      this.op(low | 128);
    }
  }
  block(type = EMPTY): this {
    return this.op(0x02, type);
  }
  loop(type = EMPTY): this {
    return this.op(0x03, type);
  }
  if(type = EMPTY): this {
    return this.op(0x04, type);
  }
  else(): this {
    return this.op(0x05);
  }
  end(): this {
    return this.op(0x0b);
  }
  br(depth: number): this {
    return this.op(0x0c).u(depth);
  }
  brIf(depth: number): this {
    return this.op(0x0d).u(depth);
  }
  /** br_table of these depths, the last the default. */
  table(depths: number[]): this {
    this.op(0x0e).u(depths.length - 1);
    for (const d of depths) this.u(d);
    return this;
  }
  call(f: number): this {
    return this.op(0x10).u(f);
  }
  add(): this {
    return this.op(0x6a);
  }
  /** local := local + x. */
  bump(local: number, x = 1): this {
    return this.get(local).const(x).add().set(local);
  }
  times(n: number, write: (i: number) => void): this {
    for (let i = 0; i < n; i++) write(i);
    return this;
  }
}

interface Parts {
  params?: number;
  results?: number;
  /** Locals beyond the parameters. */
  locals?: number;
  code: Code;
  /** Bodies of further functions of the same type. */
  more?: Code[];
}

/** A module with a memory and one exported function, i32 all over. */
export function module({ params = 1, results = 1, locals = 0, code, more = [] }: Parts): Uint8Array {
  const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const push = (bytes: readonly number[]): void => {
    for (const b of bytes) out.push(b);
  };
  const section = (id: number, bytes: readonly number[]): void => {
    out.push(id, ...leb(bytes.length));
    push(bytes);
  };
  const types: number[] = [1, 0x60, ...leb(params)];
  for (let i = 0; i < params; i++) types.push(I32);
  types.push(...leb(results));
  for (let i = 0; i < results; i++) types.push(I32);
  section(1, types);
  const count = 1 + more.length;
  const funcs: number[] = [...leb(count)];
  for (let i = 0; i < count; i++) funcs.push(0);
  section(3, funcs);
  section(4, [1, 0x70, 0, 1]);
  section(5, [1, 0, 1]);
  section(7, [1, 1, 0x66, 0, 0]);
  const bodies: number[] = [...leb(count)];
  [code, ...more].forEach((c, i) => {
    const n = i === 0 ? locals : 0;
    const head = n > 0 ? [1, ...leb(n), I32] : [0];
    bodies.push(...leb(head.length + c.bytes.length + 1), ...head);
    for (const b of c.bytes) bodies.push(b);
    bodies.push(0x0b);
  });
  section(10, bodies);
  return Uint8Array.from(out);
}

export const c = (): Code => new Code();
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** The sum of locals 1 .. k, on the stack. */
export const sum = (code: Code, k: number): Code => code.const(0).times(k, (i) => code.get(i + 1).add());
/** About the square root, at least 1. */
export const root = (n: number): number => Math.max(1, Math.floor(Math.sqrt(n)));
/** A little less than the most locals that engines allow. */
export const LOCALS = 49_000;

/** By name: the module of size n. */
export type Shapes = Record<string, (n: number) => Uint8Array>;
