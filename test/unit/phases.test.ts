/**
 * The table of phases: order constraints, verification and faults that name the phase, dumps, and optimisations that are
 * left out in some functions only.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { ChunkBuilder } from '../../src-ts/aot/chunk.js';
import { FunctionCompiler } from '../../src-ts/aot/compile-func.js';
import { compileSync } from '../../src-ts/aot/compile.js';
import { PhaseTimes } from '../../src-ts/aot/phases.js';
import { ALL_PHASES, PIPELINE, type PhaseStep, STAGES } from '../../src-ts/aot/pipeline.js';
import { isChosen, parseDumpPoints } from '../../src-ts/aot/trace.js';
import { InternalError } from '../../src-ts/errors.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { PASSES } from '../../src-ts/opt/passes.js';
import { checkOrder } from '../../src-ts/util/steps.js';
import { type Disabled, Switches } from '../../src-ts/util/switches.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

const MODULE = wat(`(module
  (func $zero)
  (func $one (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func $two (export "two") (param i32) (result i32) (call $one (i32.add (local.get 0) (i32.const 1)))))`);

/** Compiles function `index` of MODULE; what it throws. */
function faultOf(index: number, disable: Disabled[] = []): InternalError {
  const m = decodeModule(MODULE);
  const options = { ...TARGETS['x86-64-v2'], bounds: 'guard' as const, verify: true, disable };
  try {
    new FunctionCompiler(m, computeVmLayout(m, validateModule(m).mutatedTables), options, new PhaseTimes()).compile(
      index,
      new ChunkBuilder(),
    );
  } catch (e) {
    expect(e).toBeInstanceOf(InternalError);
    return e as InternalError;
  }
  throw new Error('compiled');
}

afterEach(() => vi.restoreAllMocks());

describe('order constraints', () => {
  it('hold for the table of all phases', () => expect(() => checkOrder(ALL_PHASES)).not.toThrow());

  it('name both phases when one stands too early', () => {
    const swapped = [...ALL_PHASES].sort((a, b) => Number(b.name === 'layout') - Number(a.name === 'layout'));
    expect(() => checkOrder(swapped)).toThrow("'layout' must come after 'cfg'");
    const passes = [...ALL_PHASES].filter((p) => p.name !== 'split-conditions');
    expect(() => checkOrder(passes)).toThrow(/must come after 'split-conditions', which does not exist/);
    expect(() => checkOrder([...ALL_PHASES, ALL_PHASES[0]])).toThrow("'build' stands there twice");
  });

  it('every phase has a reason', () => {
    for (const phase of ALL_PHASES) expect(phase.why.length, phase.name).toBeGreaterThan(20);
  });
});

describe('faults', () => {
  /** A phase of the table, to be spied on. */
  const phase = (name: string): PhaseStep => PIPELINE.find((step) => step.name === name)!;

  it.each(PIPELINE.map((step) => step.name))('in %s names phase, function and a command', (name) => {
    vi.spyOn(phase(name), 'run').mockImplementation(() => {
      throw new TypeError('no such thing');
    });
    const e = faultOf(2);
    expect(e).toMatchObject({ phase: name, functionIndex: 2, functionName: 'two', code: 'ERR_WAMR_INTERNAL' });
    expect(e.message).toContain(`in phase ${name} of function 2 ($two): no such thing`);
    expect(e.message).toContain(`WAMR_DUMP=before:${name} WAMR_FUNC=2 wamr-native compile`);
    expect((e.cause as Error).name).toBe('TypeError');
  });

  it('verification names the pass that broke the function, and prints the operation', () => {
    const broken = phase('known-branches');
    vi.spyOn(broken, 'run').mockImplementation(({ func: f }) => {
      f.a[f.order[f.blockStart[f.nb] - 1]] = f.nv + 5;
      return true;
    });
    const e = faultOf(1);
    expect(e.phase).toBe('known-branches');
    expect(e.message).toMatch(
      /after phase known-branches of function 1 \(\$one\).*block \d+: 'return \(v\d+\)': operand a is/s,
    );
  });

  it('verification knows the types of the module', () => {
    vi.spyOn(phase('build'), 'run').mockImplementation((c) => {
      Object.assign(c, { func: parseFunc('func 1 type 1\nblock 0 @0:\n  v0 = i64.const 1\n  return (v0)\n') });
    });
    expect(faultOf(1).message).toContain("'return (v0)': operand v0 has type i64 instead of i32");
  });

  it('is the same error through the public interface', () => {
    vi.spyOn(phase('select'), 'run').mockImplementation(() => {
      throw new Error('broken');
    });
    expect(() => compileSync(MODULE)).toThrow(/in phase select of function \d \(\$(zero|one)\): broken/);
  });
});

describe('WAMR_DUMP', () => {
  it('knows phases, stages, before and after', () => {
    expect([...parseDumpPoints('before:spill,known-branches,after:isel')!.before]).toEqual(['spill']);
    expect([...parseDumpPoints('before:spill,known-branches,after:isel')!.after]).toEqual([
      'known-branches',
      'merge-bounds',
    ]);
    expect([...parseDumpPoints('all')!.after]).toEqual(ALL_PHASES.map((p) => p.name));
    expect(parseDumpPoints('')).toBeNull();
    expect(() => parseDumpPoints('speed')).toThrow(/unknown phase 'speed'; known: build, /);
    for (const stage of Object.values(STAGES)) expect(ALL_PHASES.map((p) => p.name)).toContain(stage);
    expect(STAGES.opt).toBe(PASSES[PASSES.length - 1].name);
  });

  it('chooses functions by index, range and name', () => {
    const chosen = (filter: string): number[] => [0, 1, 2, 3].filter((i) => isChosen(filter, i, `f${i}`));
    expect(chosen('')).toEqual([0, 1, 2, 3]);
    expect(chosen('2')).toEqual([2]);
    expect(chosen('1-2')).toEqual([1, 2]);
    expect(chosen('2-')).toEqual([2, 3]);
    expect(chosen('f0,3')).toEqual([0, 3]);
    expect(chosen('nothing')).toEqual([]);
  });

  it('writes to stderr or to a folder', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-dump-'));
    const file = path.join(dir, 'm.wasm');
    fs.writeFileSync(file, MODULE);
    const run = (env: NodeJS.ProcessEnv): string =>
      spawnSync(process.execPath, ['dist/cli.js', 'compile', file], {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      }).stderr;
    const text = run({ WAMR_DUMP: 'before:known-branches,regalloc', WAMR_FUNC: 'one' });
    expect(text).toContain(';; before known-branches, function 1 ($one)\nfunc 1 type');
    expect(text).toContain(';; after regalloc, function 1 ($one)\n');
    expect(text).not.toContain('function 2');
    expect(run({ WAMR_DUMP: 'all', WAMR_DUMP_DIR: path.join(dir, 'out') })).toBe('');
    const names = fs.readdirSync(path.join(dir, 'out'));
    // Small functions are never spilled; emission has no text of its own.
    expect(names.filter((n) => n.startsWith('2-')).map((n) => n.replace(/.*-after-|\.txt/g, ''))).toEqual([
      'build',
      'split-conditions',
      'known-branches',
      'carried-loads',
      'shared-addresses',
      'induction',
      'vectorise',
      'reassociate',
      'schedule',
      'cfg',
      'layout',
      'select',
      'merge-bounds',
      'liveness',
      'pressure',
      'color',
      'regalloc',
      'relax',
    ]);
    fs.rmSync(dir, { recursive: true });
  });
});

describe('switches', () => {
  it('leave an optimisation out in some functions', () => {
    const switches = new Switches(['gvn@3-5', 'layout@7', 'forwarding@9-', 'prediction']);
    const off = (index: number): string[] => {
      switches.apply(index);
      return Object.entries(switches.enabled)
        .filter(([, on]) => !on)
        .map(([name]) => name);
    };
    expect(off(2)).toEqual(['prediction']);
    expect(off(4)).toEqual(['gvn', 'prediction']);
    expect(off(7)).toEqual(['prediction', 'layout']);
    expect(off(100)).toEqual(['forwarding', 'prediction']);
    expect(Object.values(new Switches([]).enabled)).not.toContain(false);
  });

  it('refuse what is no switch', () => {
    expect(() => new Switches(['speed@3'])).toThrow("unknown optimisation 'speed'");
    expect(() => new Switches(['gvn@'])).toThrow("'gvn@': functions are an index or a range");
    expect(() => new Switches(['gvn@5-x'])).toThrow(RangeError);
  });

  it('make other code in these functions only', () => {
    const whole = compileSync(MODULE);
    expect(compileSync(MODULE, { disable: ['layout@0'] })).toHaveLength(whole.length);
  });
});
