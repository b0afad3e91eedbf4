/** The modules of test/runtime/children/hot-calls.cjs. */
import fs from 'node:fs';
import path from 'node:path';
import { wat } from './wat.js';

const TEXTS = {
  calls: `(module (import "js" "host" (func $host (param i32 i32) (result i32)))
  (memory (export "m") 1 100)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add64") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func $inner unreachable)
  (func (export "trap") (call $inner))
  (func $deep (export "deep") (call $deep) (call $deep))
  (func (export "viaHost") (param i32 i32) (result i32) (i32.add (call $host (local.get 0) (local.get 1)) (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "loop") (loop $l (br $l))))`,
  grower:
    '(module (import "m" "m" (memory 1 100)) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))',
};

export function writeModules(folder: string): void {
  for (const [name, text] of Object.entries(TEXTS)) fs.writeFileSync(path.join(folder, `${name}.wasm`), wat(text));
}
