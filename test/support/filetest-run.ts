/**
 * `;; run:` lines of file tests: calls of exports, in V8 (the oracle: its answer is what the file shows), in an
 * interpreter of the IR after the passes, and as machine code. An engine that answers differently fails the test.
 */
import { v8Engine, wamrEngine } from './engine.js';
import type { Engine } from './engine.js';
import { irEngine } from './ir-interp.js';
import { runPasses } from './phases.js';

/** `f(1, -2n, 0.5)` → name and arguments. */
function parseCall(text: string): { name: string; args: (number | bigint)[] } {
  const match = /^([\w$.-]+)\((.*)\)$/.exec(text);
  if (match === null) throw new Error(`not a call: ${text}`);
  const args = match[2].split(',').map((arg) => arg.trim());
  return {
    name: match[1],
    args: match[2].trim() === '' ? [] : args.map((arg) => (arg.endsWith('n') ? BigInt(arg.slice(0, -1)) : Number(arg))),
  };
}

const show = (value: unknown): string =>
  value === undefined
    ? 'nothing'
    : Array.isArray(value)
      ? value.map(show).join(' ')
      : typeof value === 'bigint'
        ? `${value}n`
        : Object.is(value, -0)
          ? '-0'
          : String(value);

function answers(engine: Engine, wasm: Uint8Array, calls: readonly string[]): string[] {
  const { exports } = engine.instantiate(engine.compile(wasm), {});
  return calls.map((call) => {
    const { name, args } = parseCall(call);
    try {
      return `${call} = ${show((exports[name] as Function)(...args))}`;
    } catch (e) {
      if (!engine.isTrap(e)) throw e;
      return `${call} traps: ${engine.trapKind(e)}`;
    }
  });
}

/** The answers of V8, a line each. Throws when another engine's differ, or there are no calls. */
export function runCalls(wasm: Uint8Array, calls: readonly string[]): string {
  if (calls.length === 0) throw new Error('no line `;; run: f(1, 2)`');
  const wanted = answers(v8Engine, wasm, calls);
  const passes = irEngine((f) => {
    runPasses(f);
    return f;
  });
  for (const engine of [passes, wamrEngine()]) {
    const got = answers(engine, wasm, calls);
    for (let k = 0; k < calls.length; k++)
      if (got[k] !== wanted[k]) throw new Error(`${engine.name}: ${got[k]}; V8: ${wanted[k]}`);
  }
  return wanted.join('\n');
}
