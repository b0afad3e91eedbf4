/** Straight-line code, calls and memory accesses. */
import { c, type Code, I32, LOCALS, module, sum, type Shapes } from './code.js';

export const VALUES: Shapes = {
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
