/**
 * Programs that have changed built-ins: what WebAssembly does does not depend on it, as V8's does not. One process
 * changes every method, static function and constructor that the language has, one after the other.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { wat } from '../support/wat.js';

const BYTES = wat(`(module
  (import "h" "fn" (func $two (param i32 i64) (result i32 i32)))
  (import "h" "one" (func $one (param i32) (result i32)))
  (memory (export "memory") 1 5) (table (export "table") 2 funcref) (elem (i32.const 0) $add)
  (global $g (mut i32) (i32.const 7)) (data (i32.const 8) "data")
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "twice") (param i32) (result i32) (i32.mul (call $one (local.get 0)) (i32.const 2)))
  (func (export "two") (result i32 i32) (call $two (i32.const 3) (i64.const 4)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "big") (param i64) (result i64) (local.get 0)))`);

/** A command that copies its arguments and its environment to standard output and ends with 3. */
const COMMAND = wat(`(module
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $args (i32.const 0) (i32.const 256))) (drop (call $environ (i32.const 64) (i32.const 264)))
    (i32.store8 (i32.const 280) (call $prestat (i32.const 3) (i32.const 128)))
    (i32.store (i32.const 512) (i32.const 256)) (i32.store (i32.const 516) (i32.const 25))
    (i32.store8 (i32.const 281) (call $write (i32.const 1) (i32.const 512) (i32.const 1) (i32.const 520)))
    (drop (call $write (i32.const 1) (i32.const 512) (i32.const 1) (i32.const 520)))
    (call $exit (i32.const 3))))`);

it.each<[string, Uint8Array, ...string[]]>([
  ['of modules', BYTES],
  ['of WASI', COMMAND, 'wasi'],
])(
  'built-ins that a program has changed are not used: %s',
  (_, bytes, ...more) => {
    const child = path.join(import.meta.dirname, 'children', 'hostile.cjs');
    const args = [child, JSON.stringify([...bytes]), ...more];
    const r = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 300_000 });
    expect(r.stderr).toBe('');
    const { tried, differences } = JSON.parse(r.stdout) as { tried: number; differences: string };
    expect(differences).toBe('');
    expect(tried).toBeGreaterThan(700);
  },
  300_000,
);
