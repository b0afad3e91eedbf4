/** Trap errors, without the addon. */
import { describe, expect, it } from 'vitest';
import { createTrap, Trap } from '../../src-ts/runtime/trap.js';
import { TRAPS, Trap as Code } from '../../src-ts/abi/trap-codes.js';

const FRAMES = [
  { module: 'calc', func: 3, name: 'inner', offset: 0x2a },
  { module: 'calc', func: 4, name: null, offset: -1 },
];

describe('createTrap', () => {
  it.each(TRAPS.map((row) => [row.id, row] as const))('%s', (_, row) => {
    const e = createTrap(row.code, FRAMES, createTrap) as Trap;
    expect(e instanceof WebAssembly.RuntimeError).toBe(row.code !== Code.STACK_OVERFLOW);
    expect(e instanceof RangeError).toBe(row.code === Code.STACK_OVERFLOW);
    expect([e.message, e.trap, e.kind, e.code]).toEqual([row.v8, row.spec, row.kind, `WASM_TRAP_${row.id}`]);
    expect(e.frames).toBe(FRAMES);
  });

  it('puts wasm frames above the JavaScript ones, and leaves ours out', () => {
    function wrapper(): Error {
      return helper();
    }
    const helper = (): Error => createTrap(Code.UNREACHABLE, FRAMES, wrapper);
    function user(): Error {
      return wrapper();
    }
    const lines = user().stack!.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'RuntimeError: unreachable',
      '    at inner (wasm://wasm/calc:wasm-function[3]:0x2a)',
      '    at wasm://wasm/calc:wasm-function[4]',
    ]);
    expect(lines[3]).toMatch(/^ {4}at user /);
    expect(lines.join('\n')).not.toMatch(/helper|wrapper/);
  });

  it('has a stack that can be set and is not enumerable', () => {
    const e = createTrap(Code.UNREACHABLE, [], createTrap);
    expect(Object.keys(e).sort()).toEqual(['code', 'kind', 'trap']);
    e.stack = 'mine';
    expect(e.stack).toBe('mine');
  });
});
