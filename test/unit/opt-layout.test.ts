/**
 * Loop nest, frequencies and block order on small graphs, and the order's promises on everything that the corpora have.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFunc } from '../support/phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { type Cfg, CfgAnalysis } from '../../src-ts/opt/cfg.js';
import { BlockOrder } from '../../src-ts/opt/layout.js';
import { Switches } from '../../src-ts/util/switches.js';
import { analyseCfg, orderBlocks } from '../support/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { SHARED } from '../support/peers.js';

/**
 * A function from edges only: `0>1,2` means that block 0 branches to 1 or 2; a block without successors returns, with
 * `!` it traps.
 */
function graph(...blocks: string[]): Func {
  const parsed = blocks.map((b) => {
    const [from, to] = b.split('>');
    return { b: Number.parseInt(from, 10), trap: from.endsWith('!'), to: to ? to.split(',').map(Number) : [] };
  });
  const text = parsed.map(({ b, trap, to }) => {
    const isLoop = parsed.some((p) => p.to.includes(b) && p.b >= b);
    const edges = to.length > 0 ? ` -> ${to.map((t) => `${t}()`).join(', ')}` : '';
    const end =
      to.length === 0 ? (trap ? 'trap code=1' : 'return ()') : to.length === 1 ? `br${edges}` : `br_if v0${edges}`;
    return `block ${b}${isLoop ? ' loop' : ''} @${b}:\n${b === 0 ? '  v0 = arg index=0 : i32\n' : ''}  ${end}`;
  });
  return parseFunc(`func 0 type 0\n${text.join('\n')}\n`);
}

const layout = (f: Func): number[] => [...orderBlocks(f, analyseCfg(f))];

describe('analyseCfg', () => {
  it('finds nested loops and leaves exits out of them', () => {
    // 1 and 2 are headers; 4 lies between their blocks in number but leaves both.
    const f = graph('0>1', '1>2', '2>3,4', '3>2,5', '4', '5>1,6', '6');
    const cfg = analyseCfg(f);
    expect([...cfg.loopOf.subarray(0, 7)]).toEqual([-1, 1, 2, 2, -1, 1, -1]);
    expect([...cfg.loopDepth.subarray(0, 7)]).toEqual([0, 1, 2, 2, 0, 1, 0]);
    expect(cfg.loopParent[2]).toBe(1);
    expect(cfg.freq[3]).toBeGreaterThan(cfg.freq[5]);
    expect(cfg.freq[5]).toBeGreaterThan(cfg.freq[0]);
  });

  it('calls a block cold when every way on traps', () => {
    const f = graph('0>1,2', '1>3,4', '2', '3!', '4!');
    const cfg = analyseCfg(f);
    expect([...cfg.cold.subarray(0, 5)]).toEqual([0, 1, 0, 1, 1]);
    expect(cfg.freq[1]).toBeLessThan(0.01);
    expect(cfg.prob[f.succEdge[0]] + cfg.prob[f.succEdge[1]]).toBeCloseTo(1);
  });

  it('does not call an endless loop cold', () => {
    expect([...analyseCfg(graph('0>1', '1>1')).cold.subarray(0, 2)]).toEqual([0, 0]);
  });
});

describe('prediction', () => {
  /** Probability that `condition` holds, where both arms are alike. */
  const holds = (condition: string): number => {
    const f = parseFunc(`func 0 type 0
block 0 @0:
  v0 = arg index=0 : i32
  v1 = i32.const 0
  v2 = i32.const 7
  v3 = ${condition}
  br_if v3 -> 1(), 2()
block 1 @1:
  return ()
block 2 @2:
  return ()
`);
    return analyseCfg(f).prob[f.succEdge[0]];
  };

  it('takes it for unlikely that something equals a constant, and for likely that it does not', () => {
    expect(holds('i32.eq v0, v2')).toBeLessThan(0.4);
    expect(holds('i32.ne v0, v2')).toBeGreaterThan(0.6);
  });

  it('takes negative numbers for unlikely', () => expect(holds('i32.lt_s v0, v1')).toBeLessThan(0.3));

  it('goes round a loop ten times whatever its exits', () => {
    // Two ways out of the loop 1, and what comes after it is executed as often as what came before.
    const f = graph('0>1', '1>2,4', '2>3,5', '3>1', '4>5', '5');
    const cfg = analyseCfg(f);
    expect(cfg.freq[1]).toBeCloseTo(10);
    expect(cfg.freq[5]).toBeCloseTo(1);
  });

  it('leaves two loops at once as often as both were entered', () => {
    const cfg = analyseCfg(graph('0>1', '1>2', '2>3,4', '3>2,1', '4'));
    expect(cfg.freq[2]).toBeGreaterThan(50);
    expect(cfg.freq[4]).toBeCloseTo(1);
  });
});

describe('a profile', () => {
  const measured = (blocks: number[], edges: number[], ...g: string[]): Cfg & { f: Func } => {
    const f = graph(...g);
    f.weighted = true;
    f.blockWeight = Float64Array.from(blocks);
    f.edgeWeight = Float64Array.from(edges);
    return { ...analyseCfg(f), f };
  };

  it('replaces the estimate, and what was never executed is cold', () => {
    const cfg = measured([1000, 0, 1000, 1000], [0, 1000, 0, 1000], '0>1,2', '1>3', '2>3', '3');
    expect(cfg.freq[2]).toBeCloseTo(1, 2);
    expect(cfg.freq[1]).toBeLessThan(0.01);
    expect([...cfg.cold.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
    expect([...orderBlocks(cfg.f, cfg)]).toEqual([0, 2, 3, 1]);
  });

  it('divides what it does not know of a block by the estimate', () => {
    const cfg = measured([100, -1, -1, 100], [-1, -1, -1, -1], '0>1,2', '1>3', '2>3', '3');
    const [e0, e1] = [cfg.f.succEdge[0], cfg.f.succEdge[1]];
    expect(cfg.prob[e0] + cfg.prob[e1]).toBeCloseTo(1);
    expect(cfg.edgeFreq[e0] + cfg.edgeFreq[e1]).toBeCloseTo(1, 1);
  });
});

describe('orderBlocks by a profile', () => {
  // Two handlers of a loop, 2 and 4, follow nothing: 2 was executed ten times, 4 four thousand times.
  const f = graph('0>1', '1>2,3', '2>1', '3>4,5', '4>1', '5>1,6', '6');
  f.weighted = true;
  f.blockWeight = Float64Array.of(1, 10_000, 10, 9990, 3990, 6000, 1);
  f.edgeWeight = Float64Array.of(1, 10, 9990, 10, 3990, 6000, 3990, 5999, 1);

  it('has hot blocks before others', () => expect(layout(f)).toEqual([0, 1, 3, 5, 4, 2, 6]));

  it('has them in their order without hot-blocks', () => {
    const order = new BlockOrder(new Switches(['hot-blocks']).enabled).run(f, analyseCfg(f));
    expect([...order.subarray(0, f.nb)]).toEqual([0, 1, 3, 5, 2, 4, 6]);
  });
});

describe('orderBlocks', () => {
  it('keeps a straight line', () => expect(layout(graph('0>1', '1>2', '2'))).toEqual([0, 1, 2]));
  it('puts traps last', () => expect(layout(graph('0>1,2', '1!', '2>3,4', '3!', '4'))).toEqual([0, 2, 4, 1, 3]));
  it('keeps both arms before their join when they are equally likely', () => {
    const f = graph('0>1,2', '1>3', '2>3', '3');
    expect([...orderBlocks(f, new CfgAnalysis(new Switches(['prediction']).enabled).run(f))]).toEqual([0, 1, 2, 3]);
  });
  it('keeps the loop together and puts its exits after it', () => {
    expect(layout(graph('0>1', '1>2,3', '2', '3>4,5', '4', '5>1,6', '6'))).toEqual([0, 1, 3, 5, 6, 2, 4]);
  });
  it('starts with block 0 even if that only traps', () => expect(layout(graph('0>1', '1!'))).toEqual([0, 1]));
});

/** Whether the blocks that are in loop h, cold ones aside, are next to each other. */
function isContiguous(f: Func, cfg: Cfg, place: Int32Array, h: number): boolean {
  let low = f.nb;
  let high = -1;
  let count = 0;
  for (let b = 0; b < f.nb; b++) {
    let loop = cfg.loopOf[b];
    while (loop >= 0 && loop !== h) loop = cfg.loopParent[loop];
    if (loop !== h || cfg.cold[b]) continue;
    count++;
    low = Math.min(low, place[b]);
    high = Math.max(high, place[b]);
  }
  return high - low + 1 === count;
}

const folder = path.join(SHARED, 'fuzz');
describe.runIf(fs.existsSync(folder))('on the fuzz corpus', () => {
  it('orders are permutations with block 0 first, cold blocks last and loops in one piece', () => {
    const f = new Func();
    for (const file of fs.readdirSync(folder).filter((n) => /^(big|trap).*\.wasm$/.test(n))) {
      const m = decodeModule(fs.readFileSync(path.join(folder, file)));
      for (let i = m.importedFuncs; i < m.funcTypes.length; i++) {
        buildFunc(m, i, f);
        const cfg = analyseCfg(f);
        const order = orderBlocks(f, cfg);
        const where = `${file} function ${i}`;
        expect(
          [...order].sort((a, b) => a - b),
          where,
        ).toEqual(Array.from({ length: f.nb }, (_, b) => b));
        expect(order[0], where).toBe(0);
        const place = new Int32Array(f.nb);
        order.forEach((b, k) => (place[b] = k));
        const firstCold = order.findIndex((b) => b > 0 && cfg.cold[b] === 1);
        if (firstCold >= 0)
          expect(
            order.subarray(firstCold).every((b) => cfg.cold[b] === 1),
            where,
          ).toBe(true);
        for (let h = 0; h < f.nb; h++)
          if (cfg.loopOf[h] === h) expect(isContiguous(f, cfg, place, h), `${where} loop ${h}`).toBe(true);
      }
    }
  });
});
