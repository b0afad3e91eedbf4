/** The files that the README and the guides take as given: modules and components of a reader. */
import fs from 'node:fs';
import path from 'node:path';
import { COMMAND } from './command-component.js';
import { READ_FILE } from './guests.js';
import { runWasmTools } from './peers.js';
import { wat } from './wat.js';

/** As in docs/guides/getting-started.md. */
const MATH = `(module $math
  (memory (export "memory") 1)
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $forever (export "forever") (loop (br 0))))`;

/** Prints its arguments. */
const APP = `(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $at i32) (local $last i32)
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (drop (call $get (i32.const 1024) (i32.const 4096)))
    (if (i32.lt_u (i32.load (i32.const 0)) (i32.const 2)) (then (return)))
    (local.set $at (i32.load (i32.const 1028)))
    (i32.store (i32.const 16) (local.get $at))
    (local.set $last (i32.add (i32.const 4095) (i32.load (i32.const 4))))
    (i32.store (i32.const 20) (i32.add (i32.sub (local.get $last) (local.get $at)) (i32.const 1)))
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $at))) (then (i32.store8 (local.get $at) (i32.const 32))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $last))))
    (i32.store8 (local.get $last) (i32.const 10))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))`;

/** Eight threads that count. */
const THREADS = path.join(import.meta.dirname, '../cli/threads.wat');

const GREETER = `(component
  (core module $greeter
    (memory (export "memory") 1)
    (data (i32.const 16) "Hello, ")
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.add (global.get $top) (local.get 3)))
      (i32.sub (global.get $top) (local.get 3)))
    (func (export "greet") (param $name i32) (param $size i32) (result i32)
      (memory.copy (i32.const 512) (i32.const 16) (i32.const 7))
      (memory.copy (i32.const 519) (local.get $name) (local.get $size))
      (i32.store (i32.const 0) (i32.const 512))
      (i32.store (i32.const 4) (i32.add (local.get $size) (i32.const 7)))
      (i32.const 0)))
  (core instance $greeter (instantiate $greeter))
  (func (export "greet") (param "name" string) (result string)
    (canon lift (core func $greeter "greet") (memory (core memory $greeter "memory"))
      (realloc (core func $greeter "realloc")))))`;

const PROGRAM = `import fs from 'node:fs';
const { instance } = await WebAssembly.instantiate(fs.readFileSync('math.wasm'));
console.log(instance.exports.add(2, 3));
`;

/** Writes all of them to a folder. */
export function writeGuests(folder: string): void {
  const write = (name: string, content: string | Uint8Array): void =>
    fs.writeFileSync(path.join(folder, name), content);
  write('math.wasm', wat(MATH));
  write('app.wasm', wat(APP));
  write('hello.wasm', wat(READ_FILE));
  write('app.mjs', PROGRAM);
  write(
    'script.wast',
    '(module (func (export "one") (result i32) (i32.const 1)))\n(assert_return (invoke "one") (i32.const 1))\n',
  );
  fs.mkdirSync(path.join(folder, 'data'));
  write('data/hello.txt', 'Hello from a file.\n');
  runWasmTools(['parse', THREADS, '-o', path.join(folder, 'threads.wasm')]);
  for (const [name, text] of Object.entries({ tool: COMMAND, greeter: GREETER })) {
    write(`${name}.component.wat`, text);
    const file = path.join(folder, `${name}.component.wasm`);
    runWasmTools(['parse', path.join(folder, `${name}.component.wat`), '-o', file]);
  }
}
