/** Blocks, loops, branches, tables and conditions. */
import { c, I32, module, range, root, sum, type Shapes } from './code.js';

export const CONTROL: Shapes = {
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
  /** Loops that load what the iteration before has stored. */
  loopsThatCarry(n) {
    const code = c();
    code.times(n, (i) => {
      code.loop().get(0).get(0).op(0x28, 2, 4).const(i).add().op(0x36, 2, 8);
      code.bump(0, 4).bump(1, -1).get(1).brIf(0).end();
    });
    return module({ locals: 1, code: code.get(0) });
  },
  /** Loops that become loops over vectors, as long as those may add something to the function; copies of words. */
  loopsInVectors(n) {
    const code = c();
    code.times(n, (i) => {
      code.const(500).set(1).loop().get(0).get(0).op(0x28, 2, 0).const(i).add().op(0x36, 2).u(4000);
      code.bump(0, 4).bump(1, -1).get(1).brIf(0).end();
      code.get(0).get(1).op(0x29, 2).u(i).op(0x37, 2).u(i);
    });
    return module({ locals: 1, code: code.get(0) });
  },
  /** Loops that wait for sums of several things. */
  loopsOfSums(n) {
    const code = c();
    code.times(n, (i) => {
      code.loop().get(2).const(7).op(0x6c).get(1).op(0x73).get(1).const(i).op(0x73).const(5).op(0x6c).op(0x73).set(2);
      code.bump(1, -1).get(1).brIf(0).end();
    });
    return module({ locals: 2, code: code.get(2) });
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
};
