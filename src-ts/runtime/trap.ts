/**
 * Traps as JavaScript sees them. The addon reports a code and the wasm frames; the error is made here, in the caller's
 * realm, with V8's message (glue code matches on it), the specification's text in `.trap`, and the wasm frames above
 * the JavaScript ones in `.stack`.
 */
import { RuntimeError, presentAsBase } from '../errors.js';
import { TRAPS, Trap as Code, type TrapRow } from '../abi/trap-codes.js';

/** One wasm frame, innermost first. */
export interface TrapFrame {
  /** Name of the module, from its name section or the first digits of its hash. */
  module: string;
  /** Function index. */
  func: number;
  /** From the name section, or null. */
  name: string | null;
  /** Byte offset in the wasm module, or -1 where the artefact does not know. */
  offset: number;
}

/**
 * A wasm trap: `instanceof WebAssembly.RuntimeError`. Exhaustion of the stack is a `RangeError` with the same extra
 * properties, as in V8.
 */
export class Trap extends RuntimeError {
  /** The specification's text, such as `integer divide by zero`. */
  declare readonly trap: string;
  /** Stable name for programs, such as `integer-divide-by-zero`. */
  declare readonly kind: string;
  /** `WASM_TRAP_…`, in the manner of Node's error codes. */
  declare readonly code: string;
  /** The wasm frames, innermost first. */
  declare readonly frames: readonly TrapFrame[];
  /**
   * Of a memory access out of bounds: the address in linear memory of its first byte that is. Absent where
   * `memory.init` reads beyond its segment.
   */
  declare readonly address?: number;
  /** Of a memory access out of bounds: the size of the memory in bytes. */
  declare readonly memoryBytes?: number;
}
presentAsBase(Trap);

const ROWS: TrapRow[] = [];
for (const row of TRAPS) ROWS[row.code] = row;

/** The code of a trap of that kind. */
export function trapCode(kind: string): number {
  return TRAPS.find((row) => row.kind === kind)?.code ?? Code.UNREACHABLE;
}

/** What is not said by the code and the frames. */
export interface TrapDetails {
  /** Replaces V8's usual text, for traps while instantiating. */
  message?: string;
  address?: number;
  memoryBytes?: number;
}

/** `at name (wasm://wasm/module:wasm-function[3]:0x2a)`, as V8 prints it. */
export function formatFrame(f: TrapFrame): string {
  const place = `wasm://wasm/${f.module}:wasm-function[${f.func}]${f.offset < 0 ? '' : `:0x${f.offset.toString(16)}`}`;
  return f.name === null ? `at ${place}` : `at ${f.name} (${place})`;
}

/**
 * Makes the error of a trap. JavaScript frames above `top` (our wrapper and what it called) are left out of the stack.
 */
export function createTrap(
  code: number,
  frames: readonly TrapFrame[],
  top: Function,
  { message, address, memoryBytes }: TrapDetails = {},
): Error {
  const row = ROWS[code] ?? ROWS[Code.UNREACHABLE];
  const error = withoutStack(() =>
    row.code === Code.STACK_OVERFLOW ? new RangeError(message ?? row.v8) : new Trap(message ?? row.v8),
  );
  Object.assign(error, { trap: row.spec, kind: row.kind, code: `WASM_TRAP_${row.id}` });
  if (address !== undefined) Object.assign(error, { address });
  if (memoryBytes !== undefined) Object.assign(error, { memoryBytes });
  Object.defineProperty(error, 'frames', { value: frames, configurable: true, writable: true });
  addFrames(error, frames, top);
  return error;
}

/** Capturing the stack is most of what an error costs, and `addFrames` does it anyway. */
function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  // Reflect: a process with frozen intrinsics refuses, and gets its stack twice.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

/**
 * Gives an error a stack with wasm frames on top of the JavaScript ones. The text is composed when somebody asks for
 * it.
 */
function addFrames(error: Error, frames: readonly TrapFrame[], top: Function): void {
  const script = { name: error.name, message: error.message, stack: '' };
  Error.captureStackTrace(script, top);
  const define = (value: unknown): void => {
    Object.defineProperty(error, 'stack', { value, writable: true, configurable: true });
  };
  Object.defineProperty(error, 'stack', {
    configurable: true,
    get() {
      const header = `${error.name}: ${error.message}`;
      const stack = String(script.stack);
      const below = stack.startsWith(header) ? stack.slice(header.length) : `\n${stack}`;
      const text = header + frames.map((f) => `\n    ${formatFrame(f)}`).join('') + below;
      define(text);
      return text;
    },
    set: define,
  });
}
