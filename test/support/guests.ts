/** Small WASI programs in WebAssembly text. */

const imports = (...names: string[]): string =>
  names
    .map(
      (n) =>
        `(import "wasi_snapshot_preview1" "${n}" (func $${n} (param ${{ proc_exit: 'i32', path_open: 'i32 i32 i32 i32 i32 i64 i64 i32 i32' }[n] ?? ARITY[n]}) ${n === 'proc_exit' ? '' : '(result i32)'}))`,
    )
    .join('\n  ');

const ARITY: Record<string, string> = {
  args_sizes_get: 'i32 i32',
  args_get: 'i32 i32',
  environ_sizes_get: 'i32 i32',
  environ_get: 'i32 i32',
  fd_write: 'i32 i32 i32 i32',
  fd_read: 'i32 i32 i32 i32',
};

/** Writes `len` bytes at `ptr` to stdout; the io vector lies at 8. */
const WRITE = `(func $write (param $ptr i32) (param $len i32)
    (i32.store (i32.const 8) (local.get $ptr)) (i32.store (i32.const 12) (local.get $len))
    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0))))`;

/** Copies a descriptor to stdout until its end. */
const COPY = `(func $copy (param $fd i32)
    (block $done (loop $more
      (i32.store (i32.const 8) (i32.const 4096)) (i32.store (i32.const 12) (i32.const 4096))
      (br_if $done (call $fd_read (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 4)))
      (br_if $done (i32.eqz (i32.load (i32.const 4))))
      (call $write (i32.const 4096) (i32.load (i32.const 4)))
      (br $more))))`;

/** Prints its arguments, each ended by a NUL, and exits with their number. */
export const ARGS = `(module
  ${imports('args_sizes_get', 'args_get', 'fd_write', 'proc_exit')}
  (memory (export "memory") 2)
  ${WRITE}
  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_get (i32.const 64) (i32.const 4096)))
    (call $write (i32.const 4096) (i32.load (i32.const 20)))
    (call $proc_exit (i32.load (i32.const 16)))))`;

/** Prints its environment, each variable ended by a NUL. */
export const ENVIRONMENT = `(module
  ${imports('environ_sizes_get', 'environ_get', 'fd_write')}
  (memory (export "memory") 2)
  ${WRITE}
  (func (export "_start")
    (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $environ_get (i32.const 64) (i32.const 4096)))
    (call $write (i32.const 4096) (i32.load (i32.const 20)))))`;

/** Copies stdin to stdout, growing its memory on the way (so that the host must not hold on to an old buffer). */
export const CAT = `(module
  ${imports('fd_read', 'fd_write')}
  (memory (export "memory") 2)
  ${WRITE}
  ${COPY}
  (func (export "_start")
    (drop (memory.grow (i32.const 1)))
    (call $copy (i32.const 0))))`;

/** Prints the file hello.txt of its first folder; exits with 1 if it can't be opened. */
export const READ_FILE = `(module
  ${imports('path_open', 'fd_read', 'fd_write', 'proc_exit')}
  (memory (export "memory") 2)
  (data (i32.const 32) "hello.txt")
  ${WRITE}
  ${COPY}
  (func (export "_start")
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 9) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 48))
      (then (call $proc_exit (i32.const 1))))
    (call $copy (i32.load (i32.const 48)))))`;

/** Commands that trap, each in its own way, two calls deep. */
export const trapping = (body: string): string => `(module
  (memory (export "memory") 1)
  (table 2 funcref)
  (func $innermost (result i32) ${body})
  (func $middle (drop (call $innermost)))
  (func (export "_start") (call $middle)))`;

/** Functions to call by --invoke. */
export const MATH = `(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $fac (export "fac") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
      (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
  (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0)))
  (func $divide (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "nothing")))`;
