/** Locals and block parameters: values that live through many blocks, or change in many. */
import { c, I32, LOCALS, module, range, root, sum, type Shapes } from './code.js';

export const LIVES: Shapes = {
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
  branchesWithManyValues(n) {
    const k = root(n);
    const code = c().block();
    code.times(k, (i) => {
      code.times(k, (j) => code.bump(1 + j, i));
      code.get(0).brIf(0);
    });
    return module({ locals: k, code: sum(code.end(), k) });
  },
};
