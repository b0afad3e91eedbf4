/**
 * Traps as JavaScript sees them. The addon reports a code and the wasm frames; the error is made here, in the caller's
 * realm, with V8's message (glue code matches on it), the specification's text in `.trap`, and the wasm frames above
 * the JavaScript ones in `.stack`.
 */
import { RuntimeError, presentAsBase } from '../errors.js';
import { type WasmFrame, giveStack } from './stack.js';
import { TRAPS, Trap as Code, type TrapRow } from '../abi/trap-codes.js';

/** A wasm frame of a trap. */
export type TrapFrame = WasmFrame;

/**
 * A wasm trap: a `WebAssembly.RuntimeError`, of no class of its own, with these properties; `instanceof Trap` asks for
 * them. Exhaustion of the stack is a `RangeError` with the same properties, as in V8.
 */
export class Trap extends RuntimeError {
  // Not the default one, which spreads its arguments by the program's array iterator.
  constructor(message?: string) {
    super(message);
  }

  /** Asks for the properties, not for the class. */
  static override [Symbol.hasInstance](this: Function, value: unknown): boolean {
    if (this !== Trap) return Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]) as boolean;
    return value instanceof RuntimeError && Object.hasOwn(value, 'trap');
  }

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
  /** Of a memory access out of bounds: which of the module's memories, if not memory 0. */
  declare readonly memory?: number;
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
  memory?: number;
  /** Frames of the activations further down (`NativeBinding.captureStack`). */
  rows?: Uint32Array;
  /** The trap is raised by what wasm has called: `rows` begin with the frames. */
  waiting?: boolean;
}

/**
 * Makes the error of a trap. JavaScript frames above `top` (our wrapper and what it called) are left out of the stack.
 */
export function createTrap(
  code: number,
  frames: readonly TrapFrame[],
  top: Function,
  { message, address, memoryBytes, memory, rows = NO_ROWS, waiting = false }: TrapDetails = {},
): Error {
  const row = ROWS[code] ?? ROWS[Code.UNREACHABLE];
  const error = withoutStack(() =>
    row.code === Code.STACK_OVERFLOW ? new RangeError(message ?? row.v8) : new RuntimeError(message ?? row.v8),
  );
  Object.assign(error, { trap: row.spec, kind: row.kind, code: `WASM_TRAP_${row.id}` });
  if (address !== undefined) Object.assign(error, { address });
  if (memoryBytes !== undefined) Object.assign(error, { memoryBytes });
  if (memory !== undefined) Object.assign(error, { memory });
  Object.defineProperty(error, 'frames', { value: frames, configurable: true, writable: true });
  giveStack(error, frames, rows, top, waiting);
  return error;
}

const NO_ROWS = new Uint32Array(0);

/** Capturing the stack is most of what an error costs, and `giveStack` does it anyway. */
function withoutStack<T>(make: () => T): T {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  // Not so where the program has frozen it or made an accessor of it: there the stack is captured twice.
  if (limit?.writable !== true) return make();
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit.value as number;
  }
}
