/**
 * Trap codes: shared by the compiler (trap table), the addon (generated header) and the runtime (messages). One row
 * each.
 */
export const enum Trap {
  UNREACHABLE = 1,
  MEMORY_OUT_OF_BOUNDS = 2,
  TABLE_OUT_OF_BOUNDS = 3,
  INTEGER_DIVIDE_BY_ZERO = 4,
  INTEGER_OVERFLOW = 5,
  INVALID_CONVERSION = 6,
  /** call_indirect: index beyond the table. */
  UNDEFINED_ELEMENT = 7,
  /** call_indirect: null entry. */
  UNINITIALIZED_ELEMENT = 8,
  /** call_indirect: another signature. */
  INDIRECT_TYPE_MISMATCH = 9,
  STACK_OVERFLOW = 10,
  INTERRUPT = 11,
  /**
   * Truncation of a float beyond the integer's range: the specification calls it an integer overflow, V8 words it as it
   * does NaN.
   */
  CONVERSION_OVERFLOW = 12,
  /** The specification calls it an integer divide by zero, V8 words it by operator. */
  REMAINDER_BY_ZERO = 13,
  /** throw_ref of null. */
  NULL_EXCEPTION = 14,
  /** An atomic access at an address that is no multiple of its size. */
  UNALIGNED_ATOMIC = 15,
  /** memory.atomic.wait on a memory that no other thread has. */
  WAIT_ON_UNSHARED = 16,
  /** A reference that must not be null is. */
  NULL_REFERENCE = 17,
  NULL_STRUCTURE = 18,
  NULL_ARRAY = 19,
  NULL_I31 = 20,
  CAST_FAILURE = 21,
  ARRAY_OUT_OF_BOUNDS = 22,
  /** An array longer than any may be. */
  ARRAY_TOO_LARGE = 23,
  /** The heap of objects is full, or exceptions take as much as they may. */
  HEAP_EXHAUSTED = 24,
  /** Of string builtins: an index beyond the string. Like the next in no trap table. */
  STRING_OUT_OF_BOUNDS = 25,
  INVALID_CODE_POINT = 26,
  /** A call of a function whose instance was disposed. In no trap table: only the addon raises it. */
  DISPOSED_FUNCTION = 64,
}

/** Flag in a trap's code: raised before the prologue, so the frame has no size yet. */
export const TRAP_NO_FRAME = 0x80;

/**
 * In the trap table, but no trap: here the header of a new object is written. Signals leave the code before it alone, at
 * most so many bytes of it (native/interrupt.cc).
 */
export const enum Allocation {
  SITE = 0x7e,
  BYTES = 96,
}

export interface TrapRow {
  code: Trap;
  /** C identifier in the generated header. */
  id: string;
  /** `Trap.kind` in the public API: stable, for programs. */
  kind: string;
  /** The specification's text (`Trap.trap`). */
  spec: string;
  /** V8's text (`Trap.message`), so that existing glue matches. */
  v8: string;
}

export const TRAPS: readonly TrapRow[] = [
  { code: Trap.UNREACHABLE, id: 'UNREACHABLE', kind: 'unreachable', spec: 'unreachable', v8: 'unreachable' },
  {
    code: Trap.MEMORY_OUT_OF_BOUNDS,
    id: 'MEMORY_OUT_OF_BOUNDS',
    kind: 'memory-out-of-bounds',
    spec: 'out of bounds memory access',
    v8: 'memory access out of bounds',
  },
  {
    code: Trap.TABLE_OUT_OF_BOUNDS,
    id: 'TABLE_OUT_OF_BOUNDS',
    kind: 'table-out-of-bounds',
    spec: 'out of bounds table access',
    v8: 'table index is out of bounds',
  },
  {
    code: Trap.INTEGER_DIVIDE_BY_ZERO,
    id: 'INTEGER_DIVIDE_BY_ZERO',
    kind: 'integer-divide-by-zero',
    spec: 'integer divide by zero',
    v8: 'divide by zero',
  },
  {
    code: Trap.INTEGER_OVERFLOW,
    id: 'INTEGER_OVERFLOW',
    kind: 'integer-overflow',
    spec: 'integer overflow',
    v8: 'divide result unrepresentable',
  },
  {
    code: Trap.INVALID_CONVERSION,
    id: 'INVALID_CONVERSION',
    kind: 'invalid-conversion',
    spec: 'invalid conversion to integer',
    v8: 'float unrepresentable in integer range',
  },
  {
    code: Trap.UNDEFINED_ELEMENT,
    id: 'UNDEFINED_ELEMENT',
    kind: 'undefined-element',
    spec: 'undefined element',
    v8: 'table index is out of bounds',
  },
  {
    code: Trap.UNINITIALIZED_ELEMENT,
    id: 'UNINITIALIZED_ELEMENT',
    kind: 'uninitialized-element',
    spec: 'uninitialized element',
    v8: 'null function or function signature mismatch',
  },
  {
    code: Trap.INDIRECT_TYPE_MISMATCH,
    id: 'INDIRECT_TYPE_MISMATCH',
    kind: 'indirect-call-type-mismatch',
    spec: 'indirect call type mismatch',
    v8: 'null function or function signature mismatch',
  },
  {
    code: Trap.STACK_OVERFLOW,
    id: 'STACK_OVERFLOW',
    kind: 'call-stack-exhausted',
    spec: 'call stack exhausted',
    v8: 'Maximum call stack size exceeded',
  },
  { code: Trap.INTERRUPT, id: 'INTERRUPT', kind: 'interrupt', spec: 'interrupt', v8: 'execution interrupted' },
  {
    code: Trap.CONVERSION_OVERFLOW,
    id: 'CONVERSION_OVERFLOW',
    kind: 'integer-overflow',
    spec: 'integer overflow',
    v8: 'float unrepresentable in integer range',
  },
  {
    code: Trap.REMAINDER_BY_ZERO,
    id: 'REMAINDER_BY_ZERO',
    kind: 'integer-divide-by-zero',
    spec: 'integer divide by zero',
    v8: 'remainder by zero',
  },
  {
    code: Trap.NULL_EXCEPTION,
    id: 'NULL_EXCEPTION',
    kind: 'null-exception',
    spec: 'null exception reference',
    v8: 'rethrowing null value',
  },
  {
    code: Trap.UNALIGNED_ATOMIC,
    id: 'UNALIGNED_ATOMIC',
    kind: 'unaligned-atomic',
    spec: 'unaligned atomic',
    v8: 'operation does not support unaligned accesses',
  },
  {
    code: Trap.WAIT_ON_UNSHARED,
    id: 'WAIT_ON_UNSHARED',
    kind: 'wait-on-unshared-memory',
    spec: 'expected shared memory',
    v8: 'Atomics.wait cannot be called in this context',
  },
  {
    code: Trap.NULL_REFERENCE,
    id: 'NULL_REFERENCE',
    kind: 'null-reference',
    spec: 'null reference',
    v8: 'dereferencing a null pointer',
  },
  {
    code: Trap.NULL_STRUCTURE,
    id: 'NULL_STRUCTURE',
    kind: 'null-reference',
    spec: 'null structure reference',
    v8: 'dereferencing a null pointer',
  },
  {
    code: Trap.NULL_ARRAY,
    id: 'NULL_ARRAY',
    kind: 'null-reference',
    spec: 'null array reference',
    v8: 'dereferencing a null pointer',
  },
  {
    code: Trap.NULL_I31,
    id: 'NULL_I31',
    kind: 'null-reference',
    spec: 'null i31 reference',
    v8: 'dereferencing a null pointer',
  },
  { code: Trap.CAST_FAILURE, id: 'CAST_FAILURE', kind: 'cast-failure', spec: 'cast failure', v8: 'illegal cast' },
  {
    code: Trap.ARRAY_OUT_OF_BOUNDS,
    id: 'ARRAY_OUT_OF_BOUNDS',
    kind: 'array-out-of-bounds',
    spec: 'out of bounds array access',
    v8: 'array element access out of bounds',
  },
  {
    code: Trap.ARRAY_TOO_LARGE,
    id: 'ARRAY_TOO_LARGE',
    kind: 'array-too-large',
    spec: 'array is too large',
    v8: 'requested new array is too large',
  },
  {
    code: Trap.HEAP_EXHAUSTED,
    id: 'HEAP_EXHAUSTED',
    kind: 'heap-exhausted',
    spec: 'heap of objects exhausted',
    v8: 'heap of objects exhausted',
  },
  {
    code: Trap.STRING_OUT_OF_BOUNDS,
    id: 'STRING_OUT_OF_BOUNDS',
    kind: 'string-out-of-bounds',
    spec: 'out of bounds string access',
    v8: 'string offset out of bounds',
  },
  {
    code: Trap.INVALID_CODE_POINT,
    id: 'INVALID_CODE_POINT',
    kind: 'invalid-code-point',
    spec: 'invalid code point',
    v8: 'Invalid code point',
  },
  {
    code: Trap.DISPOSED_FUNCTION,
    id: 'DISPOSED_FUNCTION',
    kind: 'disposed-function',
    spec: 'function of a disposed instance',
    v8: 'function of a disposed instance',
  },
];
