/** What components may do with folders and the network: what they are given, and nothing else. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT, runWasmTools } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';

const w = new Workspace();
const env = { NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules') };
const ADAPTER = path.join(
  ROOT,
  'bench/tcgc/node_modules/@bytecodealliance/jco/lib/wasi_snapshot_preview1.command.wasm',
);

/** Tries to change folder 3, and to bring things from it to folder 4 and back: prints the error number of each try. */
const FOLDERS = `(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "there.txt") (data (i32.const 120) "new.txt") (data (i32.const 140) "made")
  (data (i32.const 160) "moved.txt") (data (i32.const 180) "linked.txt") (data (i32.const 200) "other.txt")
  (func $say (param i32)
    (i32.store8 (i32.const 16) (i32.add (i32.const 48) (i32.div_u (local.get 0) (i32.const 10))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.rem_u (local.get 0) (i32.const 10))))
    (i32.store8 (i32.const 18) (i32.const 32))
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 3))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $try (param $fd i32) (param $name i32) (param $n i32) (param $oflags i32) (param $rights i64)
    (call $say (call $open (local.get $fd) (i32.const 0) (local.get $name) (local.get $n) (local.get $oflags) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 64))))
  (func (export "_start")
    (call $try (i32.const 3) (i32.const 100) (i32.const 9) (i32.const 0) (i64.const 2))
    (call $try (i32.const 3) (i32.const 100) (i32.const 9) (i32.const 0) (i64.const 64))
    (call $try (i32.const 3) (i32.const 120) (i32.const 7) (i32.const 1) (i64.const 64))
    (call $try (i32.const 3) (i32.const 100) (i32.const 9) (i32.const 8) (i64.const 64))
    (call $say (call $mkdir (i32.const 3) (i32.const 140) (i32.const 4)))
    (call $say (call $symlink (i32.const 100) (i32.const 9) (i32.const 3) (i32.const 180) (i32.const 6)))
    (call $say (call $rename (i32.const 3) (i32.const 100) (i32.const 9) (i32.const 4) (i32.const 160) (i32.const 9)))
    (call $say (call $link (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 9) (i32.const 4) (i32.const 180) (i32.const 10)))
    (call $say (call $rename (i32.const 4) (i32.const 200) (i32.const 9) (i32.const 3) (i32.const 160) (i32.const 9)))
    (call $say (call $unlink (i32.const 3) (i32.const 100) (i32.const 9)))
    (call $try (i32.const 4) (i32.const 120) (i32.const 7) (i32.const 1) (i64.const 64))))`;

beforeAll(() => {
  ensureTcgc();
  w.write('folders.wat', FOLDERS);
  runWasmTools(['parse', w.path('folders.wat'), '-o', w.path('folders.wasm')]);
  const core = w.path('folders.wasm');
  runWasmTools(['component', 'new', core, '--adapt', ADAPTER, '-o', w.path('folders.component.wasm')]);
});
afterAll(() => w.remove());

function fresh(): void {
  for (const folder of ['a', 'b']) fs.rmSync(w.path(folder), { recursive: true, force: true });
  w.write('a/there.txt', 'there');
  w.write('b/other.txt', 'other');
}

describe('folders', () => {
  it.each(['folders.wasm', 'folders.component.wasm'])('to read only: %s', (file) => {
    fresh();
    const r = w.run(['run', '--dir', 'a::/a::ro', '--dir', 'b::/b', file], { env });
    expect(r).toEqual({ code: 0, signal: null, out: `00 ${'69 '.repeat(9)}00 `, err: '' });
    expect(fs.readdirSync(w.path('a'))).toEqual(['there.txt']);
    expect(fs.readFileSync(w.path('a/there.txt'), 'utf8')).toBe('there');
    expect(fs.readdirSync(w.path('b')).sort()).toEqual(['new.txt', 'other.txt']);
  });

  it.each(['folders.wasm', 'folders.component.wasm'])('to change: %s', (file) => {
    fresh();
    const r = w.run(['run', '--dir', 'a::/a', '--dir', 'b::/b', file], { env });
    // What was moved away cannot be linked, nor removed.
    expect(r).toEqual({ code: 0, signal: null, out: '00 00 00 00 00 00 00 44 00 44 00 ', err: '' });
  });
});

/** Makes a socket of the kind that is in the name; exit code 1 if it may not. */
const SOCKET = (kind: 'tcp' | 'udp'): string => `(component
  (import "wasi:sockets/network@0.2.0" (instance $network
    (type $ec' (enum "unknown" "access-denied" "not-supported"))
    (export "error-code" (type (eq $ec')))
    (type $af' (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $af')))))
  (alias export $network "error-code" (type $net-error))
  (alias export $network "ip-address-family" (type $family))
  (import "wasi:sockets/${kind}@0.2.0" (instance $socket (export "${kind}-socket" (type (sub resource)))))
  (alias export $socket "${kind}-socket" (type $socket-type))
  (import "wasi:sockets/${kind}-create-socket@0.2.0" (instance $create
    (alias outer 1 $net-error (type $ec))
    (alias outer 1 $family (type $af))
    (alias outer 1 $socket-type (type $socket))
    (export "create-${kind}-socket" (func (param "address-family" $af) (result (result (own $socket) (error $ec)))))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $make (canon lower (func $create "create-${kind}-socket") (memory (core memory $libc "memory"))))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "host" "make" (func $make (param i32 i32)))
    (func (export "run") (result i32)
      (call $make (i32.const 0) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then (if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 1)) (then (unreachable)))))
      (i32.load8_u (i32.const 16))))
  (core instance $main (instantiate $main (with "libc" (instance $libc)) (with "host" (instance (export "make" (func $make))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run)))`;

describe('the network', () => {
  it.each(['tcp', 'udp'] as const)('%s sockets only when it is said', (kind) => {
    w.write(`${kind}.wat`, SOCKET(kind));
    expect(w.run(['run', `${kind}.wat`], { env })).toMatchObject({
      code: 1,
      err: 'note: the program asked for the network and was refused: --network allows it\n',
    });
    expect(w.run(['run', '--network', `${kind}.wat`], { env })).toMatchObject({ code: 0, err: '' });
    expect(w.run(['run', '--outgoing', `${kind}.wat`], { env }).code).toBe(1);
  });

  it('is for components', () => {
    w.wasm('core.wasm', '(module (func (export "_start")))');
    expect(w.run(['run', '--network', 'core.wasm'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--network is for components'),
    });
  });
});

describe('imports that nobody gives', () => {
  it('are an error before the start, or end the program when they are called', () => {
    w.write(
      'unknown.wat',
      `(component
        (import "my:own/thing" (instance $thing (export "act" (func (param "x" u32)))))
        (core func $act (canon lower (func $thing "act")))
        (core module $main
          (import "host" "act" (func $act (param i32)))
          (func (export "run") (result i32) (call $act (i32.const 1)) (i32.const 0))
          (func (export "idle")))
        (core instance $main (instantiate $main (with "host" (instance (export "act" (func $act))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $run (export "run" (func $run)))
        (func (export "idle") (canon lift (core func $main "idle")))
        (export "wasi:cli/run@0.2.0" (instance $run)))`,
    );
    expect(w.run(['run', 'unknown.wat'], { env })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: [^\n]*my:own\/thing[^\n]*\n$/),
    });
    const trapping = ['run', '--unknown-imports', 'trap'];
    expect(w.run([...trapping, 'unknown.wat'], { env })).toMatchObject({
      code: 134,
      err: expect.stringMatching(/^trap: unknown import: my:own\/thing act\n/),
    });
    expect(w.run([...trapping, '--invoke', 'idle()', 'unknown.wat'], { env })).toMatchObject({ code: 0, out: '()\n' });
  });
});

it('WASI 0.3 is refused by its name', () => {
  w.write(
    'newer.wat',
    `(component
      (import "wasi:random/random@0.3.0" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $get (canon lower (func $random "get-random-u64")))
      (core module $main (import "host" "get" (func $get (result i64))) (func (export "f") (result i64) (call $get)))
      (core instance $main (instantiate $main (with "host" (instance (export "get" (func $get))))))
      (func (export "f") (result u64) (canon lift (core func $main "f"))))`,
  );
  expect(w.run(['run', '--invoke', 'f()', 'newer.wat'], { env })).toMatchObject({
    code: 1,
    err: 'error: newer is made for wasi:random/random@0.3.0; components of WASI 0.2 run here\n',
  });
});
