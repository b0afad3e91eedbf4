/** WASI calls at the edges of `node:wasi`: memory above 2 GiB, standard streams that do not block. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';

const w = new Workspace();
afterAll(() => w.remove());

const IMPORTS = ['fd_read', 'fd_write'].map(
  (name) => `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param i32 i32 i32 i32) (result i32)))`,
);

/** Copies its input to its output until the end, gives up at any error. */
const cat = w.wasm(
  'cat.wasm',
  `(module ${IMPORTS.join('')} (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 2)
    (func $must (param i32) (if (local.get 0) (then (call $exit (i32.add (i32.const 100) (local.get 0))))))
    (func (export "_start") (local $at i32) (local $left i32)
      (loop $more
        (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 65536))
        (call $must (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (local.set $left (i32.load (i32.const 8))) (local.set $at (i32.const 1024))
        (if (i32.eqz (local.get $left)) (then (return)))
        (loop $write
          (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $left))
          (call $must (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
          (local.set $left (i32.sub (local.get $left) (i32.load (i32.const 8))))
          (br_if $write (local.get $left)))
        (br $more))))`,
);

describe('standard streams', () => {
  it('that do not block lose nothing', async () => {
    // A Python parent makes both ends of its pipes non-blocking, feeds slowly and reads slowly.
    const script = `
import os, subprocess, sys, threading, time
def pipe():
    r, w = os.pipe(); os.set_blocking(r, False); os.set_blocking(w, False); return r, w
ir, iw = pipe(); our, ow = pipe()
data = ''.join('%d\\n' % i for i in range(60000)).encode()
p = subprocess.Popen(sys.argv[1:], stdin=ir, stdout=ow)
os.close(ir); os.close(ow)
def feed():
    at = 0
    while at < len(data):
        try: at += os.write(iw, data[at:at + 50000])
        except BlockingIOError: pass
        time.sleep(0.005)
    os.close(iw)
threading.Thread(target=feed).start()
got = b''
while True:
    try:
        part = os.read(our, 70000)
        if not part: break
        got += part
    except BlockingIOError: pass
    time.sleep(0.004)
print(p.wait(), len(got), got == data)`;
    const child = spawn('python3', ['-c', script, process.execPath, path.join(ROOT, 'dist/cli.js'), 'run', cat], {
      env: { ...process.env, NODE_OPTIONS: '', WAMR_CACHE_DIR: w.path('cache') },
    });
    let out = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (out += text));
    await new Promise((resolve) => child.on('close', resolve));
    expect(out).toBe('0 348890 True\n');
  }, 60_000);
});

describe('memory above 2 GiB', () => {
  it('is where calls read and write', () => {
    // 40,000 pages: addresses beyond 2^31. Nothing but the last page is touched.
    w.wasm(
      'high.wasm',
      `(module ${IMPORTS[1]} (memory (export "memory") 40000)
        (func (export "_start")
          (i32.store8 (i32.const 0x98000000) (i32.const 104)) (i32.store8 (i32.const 0x98000001) (i32.const 105))
          (i32.store (i32.const 0x98000100) (i32.const 0x98000000)) (i32.store (i32.const 0x98000104) (i32.const 2))
          (if (call $fd_write (i32.const 1) (i32.const 0x98000100) (i32.const 1) (i32.const 0x98000200)) (then unreachable))
          (if (i32.ne (i32.load (i32.const 0x98000200)) (i32.const 2)) (then unreachable))))`,
    );
    expect(w.run(['run', 'high.wasm'])).toMatchObject({ code: 0, out: 'hi', err: '' });
  });
});
