/** Matchers and the snapshot serializer for Vitest and Jest. They take traps of this engine and of V8. */
import { TRAPS } from '../abi/trap-codes.js';

/** What a trap is to be. */
export interface TrapExpectation {
  /** `Trap.kind`, such as `integer-divide-by-zero`. */
  kind?: string;
  /** Name of the function that trapped, as in the module's name section. */
  func?: string | RegExp;
}

interface Described {
  /** More than one where V8 has one message for several. */
  kinds: string[];
  message: string;
  /** Names of the wasm functions, innermost first; null where there is none. */
  functions: (string | null)[];
}

/** The trap that an error is; null for other errors. */
function describeTrap(error: unknown): Described | null {
  if (typeof error !== 'object' || error === null) return null;
  const { kind, frames, message, name, stack } = error as {
    kind?: unknown;
    frames?: { name: string | null }[];
    message?: unknown;
    name?: unknown;
    stack?: unknown;
  };
  if (typeof message !== 'string') return null;
  if (typeof kind === 'string' && Array.isArray(frames))
    return { kinds: [kind], message, functions: frames.map((f) => f.name) };
  if (name !== 'RuntimeError' && name !== 'RangeError') return null;
  const rows = TRAPS.filter((row) => message === row.v8 || message.endsWith(`: ${row.v8}`));
  if (rows.length === 0) return null;
  return {
    kinds: rows.map((row) => row.kind),
    message,
    functions: typeof stack === 'string' ? functionsOf(stack) : [],
  };
}

/** Of V8's lines `at module.function (wasm://wasm/…)` and `at wasm://wasm/…:wasm-function[3]:0x2a`. */
function functionsOf(stack: string): (string | null)[] {
  return stack.split('\n').flatMap((line) => {
    const [, named, place] = /^\s*at (?:(.+) \()?(wasm:\/\/wasm\/[^)]*)\)?$/.exec(line) ?? [];
    if (place === undefined) return [];
    // `wasm://wasm/name-hash`: the functions' names begin with the module's.
    const [, module] = /^wasm:\/\/wasm\/(.+)-[0-9a-f]{8}:/.exec(place) ?? [];
    return [
      named === undefined ? null : module && named.startsWith(`${module}.`) ? named.slice(module.length + 1) : named,
    ];
  });
}

interface Outcome {
  pass: boolean;
  message(): string;
}

const failed = (message: string): Outcome => ({ pass: false, message: () => message });

function judge(error: unknown, { kind, func }: TrapExpectation): Outcome {
  const trap = describeTrap(error);
  if (trap === null) return failed(`expected a WebAssembly trap, but got ${String(error)}`);
  const [innermost = null] = trap.functions;
  const told = `a trap of kind ${trap.kinds.join(' or ')} in ${innermost === null ? 'a function without a name' : innermost}`;
  const isKind = kind === undefined || trap.kinds.includes(kind);
  const isFunc =
    func === undefined || (innermost !== null && (func instanceof RegExp ? func.test(innermost) : func === innermost));
  const wanted = [kind === undefined ? '' : ` of kind ${kind}`, func === undefined ? '' : ` in ${String(func)}`].join(
    '',
  );
  const pass = isKind && isFunc;
  return { pass, message: () => `expected ${pass ? 'no' : 'a'} trap${wanted}, and it was ${told}` };
}

/** For `expect.extend`. */
export const matchers = {
  /** Of a function that is called, a function whose promise is awaited, or an error (after `rejects`). */
  toTrap(received: unknown, expected: TrapExpectation = {}): Outcome | Promise<Outcome> {
    if (typeof received !== 'function') return judge(received, expected);
    let result: unknown;
    try {
      result = (received as () => unknown)();
    } catch (e) {
      return judge(e, expected);
    }
    const none = failed('expected a WebAssembly trap, but nothing was thrown');
    if (typeof (result as PromiseLike<unknown> | null)?.then !== 'function') return none;
    return (result as Promise<unknown>).then(
      () => none,
      (e) => judge(e, expected),
    );
  },
};

const TAG = /^\[object WebAssembly\.(Module|Instance|Memory|Table|Global)\]$/;
const tagOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? TAG.exec(Object.prototype.toString.call(value))?.[1] : undefined;
/** Exported functions are named by their index, which every compiler chooses anew. */
const isWasmFunction = (value: unknown): boolean => typeof value === 'function' && /^\d+$/.test(value.name);

/**
 * For `expect.addSnapshotSerializer`: traps without indices and offsets, functions without their index, objects of
 * WebAssembly by what a program sees. The same for every compiler of the module and every engine.
 */
export const serializer = {
  test: (value: unknown): boolean =>
    tagOf(value) !== undefined || isWasmFunction(value) || (value instanceof Error && describeTrap(value) !== null),

  serialize(
    value: any,
    config: unknown,
    indentation: string,
    depth: number,
    refs: unknown,
    print: (value: unknown, config: unknown, indentation: string, depth: number, refs: unknown) => string,
  ): string {
    const show = (inner: unknown): string => print(inner, config, indentation, depth, refs);
    if (typeof value === 'function') return `[WebAssembly function of ${value.length}]`;
    switch (tagOf(value)) {
      case 'Memory':
        return `WebAssembly.Memory of ${value.buffer.byteLength / 65536} pages`;
      case 'Table':
        return `WebAssembly.Table of ${value.length}`;
      case 'Global':
        return `WebAssembly.Global ${show(value.value)}`;
      case 'Instance':
        return `WebAssembly.Instance ${show({ ...value.exports })}`;
      case 'Module':
        return 'WebAssembly.Module';
      default: {
        const trap = describeTrap(value)!;
        const names = trap.functions.map((name) => name ?? '?').join(' < ');
        return `[WebAssembly trap: ${trap.message}${names === '' ? '' : ` in ${names}`}]`;
      }
    }
  },
};
