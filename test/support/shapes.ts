/**
 * Modules of extreme shapes, each a function of its size n, about as many bytes as n times a small constant: for tests
 * that time and memory of the compiler grow with the input and not with its square. Valid, but not meant to be run.
 */
import { leb } from './wasm-build.js';

const I32 = 0x7f;
const EMPTY = 0x40;

/** Writes code; operators by name. */
class Code {
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

interface Shape {
  params?: number;
  results?: number;
  /** Locals beyond the parameters. */
  locals?: number;
  code: Code;
  /** Bodies of further functions of the same type. */
  more?: Code[];
}

/** A module with a memory and one exported function, i32 all over. */
function module({ params = 1, results = 1, locals = 0, code, more = [] }: Shape): Uint8Array {
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

const c = (): Code => new Code();
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** The sum of locals 1 .. k, on the stack. */
const sum = (code: Code, k: number): Code => code.const(0).times(k, (i) => code.get(i + 1).add());
/** About the square root, at least 1. */
const root = (n: number): number => Math.max(1, Math.floor(Math.sqrt(n)));
const LOCALS = 49_000;

/** By name: the module of size n. */
export const SHAPES: Record<string, (n: number) => Uint8Array> = {
  /** Many locals, set one by one, all alive over many blocks of each kind. */
  longLivesOverIfs(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .const(i)
        .add()
        .set(i + 1),
    );
    code.times(n, () => code.get(0).if().bump(0).end());
    return module({ locals: k, code: sum(code, k) });
  },
  longLivesOverLoops(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .const(i)
        .add()
        .set(i + 1),
    );
    code.times(n, () => code.loop().bump(0).get(0).brIf(0).end());
    return module({ locals: k, code: sum(code, k) });
  },
  longLivesOverCalls(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .call(0)
        .set(i + 1),
    );
    code.times(n, () => code.get(0).if().get(0).call(0).set(0).end());
    return module({ locals: k, code: sum(code, k) });
  },
  longLivesOverTables(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .const(i)
        .add()
        .set(i + 1),
    );
    code.times(n, () => code.block().block().block().get(0).table([0, 1, 2, 0]).end().bump(0).end().end());
    return module({ locals: k, code: sum(code, k) });
  },
  /** All locals change in one loop with many blocks. */
  localsInOneLoop(n) {
    const code = c().loop();
    const k = Math.min(n, LOCALS);
    code.times(n, (i) =>
      code
        .get(0)
        .if()
        .bump(1 + (i % k), i)
        .end(),
    );
    code.bump(0, -1).get(0).brIf(0).end();
    return module({ locals: k, code: sum(code, k) });
  },
  localsInNestedLoops(n) {
    const k = root(n);
    const code = c();
    code.times(k, () => code.loop());
    code.times(k, (i) => {
      code.times(k, (j) => code.bump(1 + j, i));
      code.get(0).brIf(0).end();
    });
    return module({ locals: k, code: sum(code, k) });
  },
  localsInSequentialLoops(n) {
    const k = root(n);
    const code = c();
    code.times(k, (i) => {
      code.loop();
      code.times(k, (j) => code.bump(1 + j, i));
      code.get(0).brIf(0).end();
    });
    return module({ locals: k, code: sum(code, k) });
  },
  /** Every arm of a switch sets every local. */
  switchPhis(n) {
    const k = root(n);
    const code = c();
    code.block();
    code.times(k, () => code.block());
    code.get(0).table(range(k));
    code.times(k, (i) => {
      code.end();
      code.times(k, (j) =>
        code
          .get(0)
          .const(i * k + j)
          .add()
          .set(1 + j),
      );
      code.br(k - 1 - i);
    });
    code.end();
    return module({ locals: k, code: sum(code, k) });
  },
  /** An interpreter: a loop around a switch, whose arms go back to the loop. */
  interpreter(n) {
    const k = Math.min(n, 60_000);
    const code = c().loop();
    code.times(k, () => code.block());
    code.get(0).op(0x2d, 0, 0).table(range(k));
    code.times(k, (i) => {
      code.end();
      code.bump(1 + (i % 40), i).bump(0);
      code.br(k - 1 - i);
    });
    code.end();
    return module({ locals: 40, results: 0, code });
  },
  /** The same with a switch at the end of each arm. */
  threadedInterpreter(n) {
    const k = root(n);
    const code = c().loop();
    code.times(k, () => code.block());
    code.get(0).op(0x2d, 0, 0).table(range(k));
    code.times(k, (i) => {
      code.end();
      code.bump(1 + (i % 40), i).bump(0);
      code
        .get(0)
        .op(0x2d, 0, 0)
        .table([...range(k - 1 - i), k - 1 - i]);
    });
    code.end();
    return module({ locals: 40, results: 0, code });
  },
  tableWithManyEntries(n) {
    const code = c();
    const k = 1000;
    code.times(k, () => code.block());
    code.get(0).table(Array.from({ length: Math.min(n, 65_000) }, (_, i) => i % k));
    code.times(k, (i) => code.end().bump(0, i));
    return module({ code: code.get(0) });
  },
  /** Many tables over the same targets. */
  manyTables(n) {
    const k = root(n);
    const code = c();
    code.times(k, () => code.block());
    code.times(k, (i) =>
      code
        .block()
        .get(0)
        .const(i)
        .op(0x46)
        .brIf(0)
        .bump(1 + (i % 50))
        .get(0)
        .table(range(k))
        .end(),
    );
    code.times(k, (i) => code.end().bump(1 + (i % 50), i));
    return module({ locals: 50, code: sum(code, 50) });
  },
  nestedTables(n) {
    const code = c();
    code.times(n, () => code.block());
    code.times(n, (i) =>
      code
        .get(0)
        .table([0, Math.min(1, n - 1 - i)])
        .end(),
    );
    return module({ code: code.get(0) });
  },
  /** Deep nests. */
  nestedLoopsWithLocals(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(n, () => code.loop());
    code.times(n, (i) =>
      code
        .bump(1 + (i % k))
        .get(0)
        .brIf(0)
        .end(),
    );
    return module({ locals: k, code: sum(code, k) });
  },
  nestedLoopsLeftByOne(n) {
    const code = c().block();
    code.times(n, (i) =>
      code
        .loop()
        .get(0)
        .brIf(i + 1),
    );
    code.times(n, () => code.get(0).brIf(0).end());
    return module({ code: code.end().get(0) });
  },
  nestedLoopsContinued(n) {
    const code = c();
    code.times(n, () => code.loop());
    code.times(n, (i) => code.get(0).brIf(n - 1 - i));
    code.times(n, () => code.end());
    return module({ code: code.get(0) });
  },
  nestedLoopsWithTables(n) {
    const code = c();
    code.times(n, () => code.loop());
    code
      .block()
      .get(0)
      .table(range(Math.min(n, 65_000)));
    code.end();
    code.times(n, () => code.get(0).brIf(0).end());
    return module({ code: code.get(0) });
  },
  nestedIfsWithLocals(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(n, (i) =>
      code
        .get(0)
        .if()
        .bump(1 + (i % k), i),
    );
    code.times(n, () => code.end());
    return module({ locals: k, code: sum(code, k) });
  },
  nestedIfElse(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .get(0)
        .const(i)
        .op(0x46)
        .if()
        .bump(1 + (i % 20))
        .else(),
    );
    code.bump(0).times(n, () => code.end());
    return module({ locals: 20, code: sum(code, 20) });
  },
  nestedBlocksWithResults(n) {
    const code = c();
    code.times(n, () => code.block(I32));
    code.get(0);
    code.times(n, (i) =>
      code
        .get(0)
        .brIf(n - 1 - i)
        .end()
        .const(1)
        .add(),
    );
    return module({ code });
  },
  /** Loops one after another. */
  smallLoops(n) {
    const code = c();
    code.times(n, () => code.loop().bump(0, -1).get(0).brIf(0).end());
    return module({ code: code.get(0) });
  },
  smallLoopsWithLocals(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .loop()
        .bump(1 + (i % 100))
        .bump(0, -1)
        .get(0)
        .brIf(0)
        .end(),
    );
    return module({ locals: 100, code: sum(code, 100) });
  },
  loopsWithManyExits(n) {
    const code = c().block().loop();
    code.times(n, (i) => code.get(0).const(i).op(0x46).brIf(1).bump(0));
    return module({ code: code.br(0).end().end().get(0) });
  },
  loopsWithManyLatches(n) {
    const code = c().loop();
    code.times(n, (i) =>
      code
        .get(0)
        .const(i)
        .op(0x46)
        .brIf(0)
        .bump(1 + (i % 60)),
    );
    return module({ locals: 60, code: sum(code.end(), 60) });
  },
  /** Chains of parameters. */
  phiChain(n) {
    const code = c();
    code.times(n, (i) => code.get(0).if(I32).get(1).else().const(i).end().set(1));
    return module({ locals: 1, code: code.get(1) });
  },
  rotatingPhis(n) {
    const k = 200;
    const code = c();
    code.times(n, (i) =>
      code
        .get(0)
        .if()
        .get(1 + (i % k))
        .set(1 + ((i + 7) % k))
        .end(),
    );
    return module({ locals: k, code: sum(code, k) });
  },
  swapsInLoops(n) {
    const code = c();
    code.times(n, (i) => {
      const a = 1 + (i % 60);
      const b = 1 + ((i * 7 + 1) % 60);
      code.loop().get(a).get(b).set(a).set(b).get(0).brIf(0).end();
    });
    return module({ locals: 60, code: sum(code, 60) });
  },
  phisInMemory(n) {
    const k = root(n);
    const code = c().loop();
    code.times(k, (i) => {
      code.get(0).if();
      code.times(k, (j) =>
        code
          .get(1 + ((i + j) % k))
          .const(j)
          .add()
          .set(1 + j),
      );
      code.end();
    });
    code.get(0).brIf(0).end();
    return module({ locals: k, code: sum(code, k) });
  },
  /** Straight-line code. */
  wideExpression(n) {
    const code = c();
    code.times(n, (i) => code.get(0).const(i).op(0x6c));
    return module({ code: code.times(n - 1, () => code.add()) });
  },
  longChain(n) {
    const code = c().get(0);
    return module({ code: code.times(n, (i) => code.const(i * 3 + 1).op([0x6a, 0x73, 0x6c, 0x74][i & 3])) });
  },
  manyStoredValues(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .const(i * 4)
        .get(0)
        .const(i)
        .add()
        .op(0x36, 2, 0),
    );
    return module({ code: code.get(0) });
  },
  loadsThenStores(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .op(0x28, 2)
        .u(i * 4)
        .set(i + 1),
    );
    code.times(k, (i) =>
      code
        .get(0)
        .get(i + 1)
        .op(0x36, 2)
        .u(i * 4),
    );
    return module({ locals: k, code: code.get(0) });
  },
  reversedUses(n) {
    const code = c();
    const k = Math.min(n, LOCALS);
    code.times(k, (i) =>
      code
        .get(0)
        .const(i)
        .add()
        .set(i + 1),
    );
    code.const(0).times(k, (i) => code.get(k - i).add());
    return module({ locals: k, code });
  },
  selectChain(n) {
    const code = c().get(0);
    return module({ code: code.times(n, (i) => code.const(i).get(0).const(i).op(0x48, 0x1b)) });
  },
  divisions(n) {
    const code = c().get(0);
    return module({ code: code.times(n, (i) => code.const(i + 2).op(0x6d + (i & 3))) });
  },
  shiftsByValue(n) {
    const code = c().get(0);
    return module({ code: code.times(n, (i) => code.get(i & 1).op(0x74 + (i % 3))), locals: 1 });
  },
  /** Calls. */
  callsWithManyArguments(n) {
    const code = c();
    code.times(Math.ceil(n / 100), (i) => {
      code
        .times(100, (j) => code.get((i + j) % 100))
        .call(0)
        .op(0x1a);
    });
    return module({ params: 100, code: code.get(0) });
  },
  callsWithManyResults(n) {
    const code = c();
    code.times(Math.ceil(n / 100), () => {
      code
        .get(0)
        .call(0)
        .times(100, (j) => code.set(1 + j));
    });
    return module({ results: 100, locals: 100, code: code.times(100, (i) => code.get(1 + i)) });
  },
  callTree(n) {
    const code = c();
    code.times(n, () => code.get(0).call(0));
    return module({ code: code.times(n - 1, () => code.add()) });
  },
  indirectCalls(n) {
    const code = c().get(0);
    return module({ code: code.times(n, () => code.get(0).op(0x11, 0, 0)) });
  },
  callsInIfs(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .get(1 + (i % 30))
        .if()
        .get(0)
        .call(0)
        .set(1 + (i % 30))
        .end(),
    );
    return module({ locals: 30, code: sum(code, 30) });
  },
  tinyFunctions(n) {
    return module({ code: c().get(0), more: Array.from({ length: n }, () => c().get(0)) });
  },
  smallFunctions(n) {
    const body = (i: number): Code =>
      c()
        .get(0)
        .if(I32)
        .get(0)
        .call(i >> 1)
        .else()
        .const(i)
        .end();
    return module({ code: c().get(0), more: Array.from({ length: Math.ceil(n / 4) }, (_, i) => body(i)) });
  },
  /** Conditions. */
  conditionChain(n) {
    const code = c().block();
    code.times(n, (i) =>
      code
        .get(0)
        .const(i)
        .op(0x46)
        .get(0)
        .const(i + 5)
        .op(0x48)
        .op(0x72)
        .brIf(0),
    );
    return module({ code: code.end().get(0) });
  },
  knownConditions(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .get(i & 1)
        .if()
        .bump(1)
        .end(),
    );
    return module({ locals: 1, code: code.get(1) });
  },
  checksOfManyValues(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .block()
        .get(1 + (i % 50))
        .const(100)
        .op(0x49)
        .brIf(0)
        .op(0x00)
        .end(),
    );
    return module({ locals: 50, code: sum(code, 50) });
  },
  ifsInLoops(n) {
    const code = c();
    code.times(root(n), () => {
      code.loop();
      code.times(root(n), (j) =>
        code
          .get(0)
          .const(j)
          .op(0x46)
          .if()
          .bump(1 + (j % 30))
          .end(),
      );
      code.get(0).brIf(0).end();
    });
    return module({ locals: 30, code: sum(code, 30) });
  },
  /** Unreachable code and returns. */
  returns(n) {
    const code = c();
    code.times(n, (i) => code.get(0).const(i).op(0x46).if().const(i).op(0x0f).end());
    return module({ code: code.get(0) });
  },
  traps(n) {
    const code = c();
    code.times(n, (i) => code.get(0).const(i).op(0x46).if().op(0x00).end());
    return module({ code: code.get(0) });
  },
  unreachableTables(n) {
    const code = c().block().br(0);
    code.times(n, () => code.block().const(0).table([0, 1, 0]).end());
    return module({ code: code.end().get(0) });
  },
  manyBranchesOneLabel(n) {
    const code = c().block(I32);
    code.times(n, (i) => code.const(i).get(0).const(i).op(0x46).brIf(0).op(0x1a));
    return module({ code: code.get(0).end() });
  },
  branchesWithManyValues(n) {
    const k = root(n);
    const code = c().block();
    code.times(k, (i) => {
      code.times(k, (j) => code.bump(1 + j, i));
      code.get(0).brIf(0);
    });
    return module({ locals: k, code: sum(code.end(), k) });
  },
  memoryAccesses(n) {
    const code = c();
    code.times(n, (i) =>
      code
        .get(0)
        .get(0)
        .op(0x28, 2)
        .u(i & 1023)
        .const(1)
        .add()
        .op(0x36, 2)
        .u(i & 1023),
    );
    return module({ code: code.get(0) });
  },
  memoryGrowth(n) {
    const code = c();
    code.times(n, () => code.get(0).op(0x40, 0).set(0));
    return module({ code: code.get(0) });
  },
};

/** The smallest module of a shape that has about so many bytes, found by halving; or the largest that there is. */
export function moduleOfBytes(shape: (n: number) => Uint8Array, bytes: number): Uint8Array {
  let low = 1;
  let high = 64;
  for (let size = shape(high).length, before = 0; size < bytes && size > before; size = shape(high).length) {
    before = size;
    high *= 2;
  }
  for (let k = 0; k < 8; k++) {
    const middle = (low + high) >> 1;
    if (shape(middle).length < bytes) low = middle;
    else high = middle;
  }
  return shape(high);
}
