/**
 * The headline workload end to end: `npm run tcgc` on our engine gives what V8 and plain Node give, and its second
 * start compiles nothing.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withJsHeap } from '../../src-ts/component/js-heap.js';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { runTcgc } from '../support/tcgc.js';

const w = new Workspace();
afterAll(() => w.remove());

// Compiling 10 MB of machine code takes longest of all tests: the quick run leaves it out.
describe.skipIf(QUICK)('TCGC', () => {
  const env = { WAMR_CACHE_DIR: w.path('cache') };
  const right = 'got 186123 bytes back from tcgc.compile\ndigest 9f9c3c4c\n';

  it('V8 and plain Node give the expected result', () => {
    expect(runTcgc(['--engine', 'v8'])).toMatchObject({ code: 0, out: right });
    const node = spawnSync(process.execPath, ['dist/node-main.mjs'], {
      cwd: path.join(ROOT, 'bench/tcgc'),
      encoding: 'utf8',
    });
    expect(node.stdout).toBe(right);
  });

  it('so does our engine, compiling first', () => {
    const r = runTcgc([], env);
    expect(r).toMatchObject({ code: 0, out: right });
    expect(r.err).toMatch(/compiled 4 core modules/);
  });

  it('the second start finds the artefacts, and repeats in one process are alike', () => {
    const r = runTcgc(['--times', '3'], env);
    expect(r).toMatchObject({ code: 0, err: '' });
    expect(r.out).toBe(`${'got 186123 bytes back from tcgc.compile\n'.repeat(3)}digest 9f9c3c4c\n`);
  });

  it('the heap of its JavaScript can have another limit', () => {
    const component = fs.readFileSync(path.join(ROOT, 'bench/tcgc/tcgc.component.wasm'));
    const raised = withJsHeap(component, 1 << 30);
    // 0x02000000 → 0x40000000: only the last byte differs.
    const at = raised.findIndex((byte, i) => byte !== component[i]);
    expect(component.readUInt32LE(at - 3)).toBe(32 << 20);
    expect(Buffer.from(raised).readUInt32LE(at - 3)).toBe(1 << 30);
    raised[at] = component[at];
    expect(component.equals(raised)).toBe(true);
  });
});
