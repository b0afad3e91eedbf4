/**
 * Commands that are left to V8 because their earlier runs took less there (register/past-runs.ts). Processor time is what
 * the test says.
 */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../src-ts/register/index.js';
import { REGISTER, Registered } from '../support/register.js';
import { wat } from '../support/wat.js';

const COUNTER = `Buffer.from('${Buffer.from(
  wat(`(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 40))
  (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))`),
).toString('base64')}', 'base64')`;
const USER = `Buffer.from('${Buffer.from(
  wat(`(module (import "e" "t" (table $t 1 externref)) (import "e" "g" (global $g (mut i32)))
  (func (export "get") (result externref) (global.set $g (i32.const 3)) (table.get $t (i32.const 0))))`),
).toString('base64')}', 'base64')`;

let r: Registered;
beforeEach(() => {
  r = new Registered();
  fs.writeFileSync(
    path.join(r.dir, 'clock.cjs'),
    'process.cpuUsage = () => ({ user: 1000 * Number(process.env.TOOK), system: 0 });',
  );
});
afterEach(() => r.dispose());

/** Of a run that is left to V8, whose modules nobody looks at. */
const LEFT = ['', 'earlier runs of this command took less processor time on V8'];

/**
 * Runs the script of this name, which takes so many milliseconds: what it prints, where its modules ran, and why all on V8.
 */
function run(
  name: string,
  took: number,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): [string, string, string | null] {
  const options = ['--require', path.join(r.dir, 'clock.cjs'), '--require', REGISTER];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, path.join(r.dir, name), ...args], {
    encoding: 'utf8',
    env: { ...process.env, WAMR_CACHE_DIR: r.cache, NODE_OPTIONS: '', TOOK: String(took), ...env },
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stdout}${stderr}`);
  const [out, shown] = stdout.trimEnd().split('\nSTATUS ');
  const { modules, reason } = JSON.parse(shown) as Status;
  const rows = modules.filter((m) => m.bytes < 1000);
  return [out, rows.map((m) => `${m.engine} ${m.instances.wamr}+${m.instances.v8}`).join(', '), reason];
}

function script(name: string, text: string): string {
  fs.writeFileSync(
    path.join(r.dir, name),
    `${text}\nif (require('node:worker_threads').isMainThread) process.on('exit', () => console.log('STATUS ' + JSON.stringify(require(${JSON.stringify(REGISTER)}).status())));`,
  );
  return name;
}

/** The script with runs behind it after which it is left to V8. */
function leftToV8(name: string, text: string): string {
  script(name, text);
  run(name, 90, [], { WAMR_REGISTER: 'always' });
  for (const took of [95, 90]) run(name, took);
  return name;
}

const PLAIN = `console.log(new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})).exports.next());`;

describe('a command', () => {
  it('is left to V8 when this engine took longer, and not when its work has changed', async () => {
    const app = script('app.cjs', PLAIN);
    expect(run(app, 80).slice(0, 2)).toEqual(['41', 'v8 0+1']);
    await r.settle();
    for (const took of [95, 90]) expect(run(app, took).slice(0, 2)).toEqual(['41', 'wamr 1+0']);
    for (const took of [79, 81]) expect(run(app, took)).toEqual(['41', ...LEFT]);
    expect(run(app, 90, ['other']).slice(0, 2)).toEqual(['41', 'wamr 1+0']);
    expect(run(app, 90, [], { WAMR_REGISTER: 'always' })[1]).toBe('wamr 1+0');
    expect(run(app, 9000)).toEqual(['41', ...LEFT]);
    expect(run(app, 9000).slice(0, 2)).toEqual(['41', 'wamr 1+0']);
  });

  it('that is given another file each time is one command', async () => {
    const app = script('app.cjs', PLAIN);
    run(app, 80, ['--check', 'a.txt']);
    await r.settle();
    for (const file of ['b.txt', 'c.txt']) expect(run(app, 95, ['--check', file])[1]).toBe('wamr 1+0');
    expect(run(app, 80, ['--check', 'd.txt'])).toEqual(['41', ...LEFT]);
    expect(run(app, 95, ['--write', 'd.txt'])[1]).toBe('wamr 1+0');
    // Much of the same: this engine from then on.
    expect(run(app, 9000, ['--check', 'large.txt'])).toEqual(['41', ...LEFT]);
    expect(run(app, 90, ['--check', 'e.txt'])[1]).toBe('wamr 1+0');
  });

  it('that was precompiled by running it is compared with that run, however the program is given register', () => {
    const app = script('app.cjs', PLAIN);
    const cli = path.join(REGISTER, '../cli.js');
    const env = { WAMR_CACHE_DIR: r.cache, NODE_OPTIONS: `--require ${path.join(r.dir, 'clock.cjs')}`, TOOK: '700' };
    const file = path.join(r.dir, app);
    spawnSync(process.execPath, [cli, 'precompile', '--', process.execPath, file], { env: { ...process.env, ...env } });
    for (const took of [900, 910]) expect(run(app, took).slice(0, 2)).toEqual(['41', 'wamr 1+0']);
    expect(run(app, 710)).toEqual(['41', ...LEFT]);
  });

  it('stays on this engine when V8 took longer', async () => {
    const app = script('app.cjs', PLAIN);
    run(app, 80);
    await r.settle();
    for (const took of [50, 52, 51, 55]) expect(run(app, took)[1]).toBe('wamr 1+0');
  });

  it('gets this engine while it runs on and on, and never ends by itself', () => {
    const app = leftToV8('app.cjs', PLAIN);
    const server = `const done = setInterval(() => {}, 1000); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 6500);`;
    fs.appendFileSync(path.join(r.dir, app), `if (process.env.TOOK === '9000') { ${server} }`);
    expect(() => run(app, 9000)).toThrow('exit code null');
    expect(run(app, 90)[1]).toBe('wamr 1+0');
  }, 30_000);

  it.each([
    ['garbage', (file: string) => fs.writeFileSync(file, Buffer.alloc(300_000, 'x'))],
    ['a folder', (file: string) => fs.mkdirSync(file)],
    ['a pipe', (file: string) => spawnSync('mkfifo', [file])],
    ['a link', (file: string) => fs.symlinkSync('/dev/zero', file)],
  ])('works whatever is in the place of what is known: %s', (_, put) => {
    const app = leftToV8('app.cjs', PLAIN);
    const file = path.join(r.cache, 'runs');
    fs.rmSync(file);
    put(file);
    for (const took of [95, 90]) expect(run(app, took).slice(0, 2)).toEqual(['41', 'wamr 1+0']);
  });
});

describe('a program that is left to V8', () => {
  it('sees what it sees on V8', () => {
    const text = `const b = ${COUNTER}, u = ${USER};
      const type = { 'Content-Type': 'application/wasm' }, headers = { headers: type };
      const e = { t: new WebAssembly.Table({ element: 'externref', initial: 1 }, 'text'), g: new WebAssembly.Global({ value: 'i32', mutable: true }, 1) };
      const say = (i) => console.log(i.exports.next(), i instanceof WebAssembly.Instance, i.constructor === WebAssembly.Instance);
      const fails = async (f) => { try { await f(); } catch (x) { console.log(x.name, x.message.replace(/@\\+0.*/, '')); } };
      class Mine extends WebAssembly.Module {}
      (async () => {
        say(new WebAssembly.Instance(new Mine(b))); say(await WebAssembly.instantiate(await WebAssembly.compile(b)));
        say((await WebAssembly.instantiate(b)).instance); say((await WebAssembly.instantiateStreaming(new Response(b, headers))).instance);
        say(new WebAssembly.Instance(await WebAssembly.compileStreaming(Promise.resolve(new Response(b, headers)))));
        console.log(new WebAssembly.Instance(new WebAssembly.Module(u), { e }).exports.get(), e.g.value, WebAssembly.Module.exports(new WebAssembly.Module(b)));
        for (const f of [() => new WebAssembly.Module(3), () => WebAssembly.Module(b), () => WebAssembly.compile(b.subarray(0, 20)), () => WebAssembly.instantiate(u, {}),
          () => WebAssembly.compileStreaming(new Response('')), () => WebAssembly.instantiateStreaming(7), () => new WebAssembly.Instance({})]) await fails(f);
      })();`;
    leftToV8('app.cjs', text);
    const plain = r.run(text, { options: [] }).out.trim();
    expect(run('app.cjs', 80)).toEqual([plain, ...LEFT]);
  });

  it('runs a module that a worker has compiled for this engine', () => {
    const text = `const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      if (isMainThread) { console.log(new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})).exports.next());
        new Worker(__filename).on('message', (m) => console.log(new WebAssembly.Instance(m).exports.next(), WebAssembly.Module.exports(m).length)); }
      else parentPort.postMessage(new WebAssembly.Module(${COUNTER}));`;
    leftToV8('app.cjs', text);
    const [out, , reason] = run('app.cjs', 80);
    expect([out, reason]).toEqual(['41\n41 2', LEFT[1]]);
  });
});
