/**
 * Memories that are V8's and the module's own, on a V8 that keeps nothing below them free (Node 24): where something lies in
 * the place of the guard that our code wants there, another memory is made elsewhere.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';
import { nodeOf } from '../support/registry.js';
import { wat } from '../support/wat.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-crowded-'));
const preload = path.join(dir, 'crowded.so');
beforeAll(() => {
  const source = path.join(import.meta.dirname, '../native/children/crowded-memories.cc');
  execFileSync('g++', ['-shared', '-fPIC', '-o', preload, source]);
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** Of a module whose addresses may wrap below its memory: what it loads, with as many places taken. */
function run(crowded: number, memory: string): string {
  const bytes = Buffer.from(
    wat(`(module (memory (export "memory") ${memory}) (data (i32.const 8) "\\2a")
      (func (export "load") (param i32) (result i32) (i32.load8_u (i32.sub (local.get 0) (i32.const 8)))))`),
  );
  const file = path.join(dir, 'module.wasm');
  fs.writeFileSync(file, bytes);
  const text = `const { Module, Instance } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
    const i = new Instance(new Module(require('fs').readFileSync(${JSON.stringify(file)})), {}, { memory: 'v8' });
    let trapped; try { i.exports.load(4) } catch (e) { trapped = e.kind }
    console.log(i.exports.load(16), trapped, Object.prototype.toString.call(i.exports.memory.buffer));`;
  const env = { ...process.env, LD_PRELOAD: preload, CROWDED: String(crowded), NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(nodeOf(24), ['-e', text], { encoding: 'utf8', env });
  return stdout.trim() || (/ERR_WAMR_NO_GUARD/.exec(stderr)?.[0] ?? stderr);
}

it.each([
  ['nothing', 0, '1 1', '42 memory-out-of-bounds [object ArrayBuffer]'],
  ['one', 1, '1 1', '42 memory-out-of-bounds [object ArrayBuffer]'],
  ['eight', 8, '1 1', '42 memory-out-of-bounds [object ArrayBuffer]'],
  ['eight, shared', 8, '1 1 shared', '42 memory-out-of-bounds [object SharedArrayBuffer]'],
  ['all that are tried', 100, '1 1', 'ERR_WAMR_NO_GUARD'],
])('%s in the way', (_, crowded, memory, expected) => expect(run(crowded, memory)).toBe(expected));
