/** The compile server: who starts it, the same artefacts as without it, and what happens when it fails. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isProven, proofOf } from '../../src-ts/compile-server/address.js';
import { type Challenge, Receiver, send } from '../../src-ts/compile-server/protocol.js';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { nodeOf } from '../support/registry.js';

const workspaces: Workspace[] = [];
afterAll(() => workspaces.forEach((w) => w.remove()));

/** A workspace with a module, and its server. */
class Bench {
  readonly files = new Workspace();
  readonly server = this.files.path('cache/server');
  readonly module = this.files.wasm('m.wasm', '(module (func (export "f") (result i32) i32.const 42))');

  constructor() {
    workspaces.push(this.files);
  }

  /** Compiles to `name`, and returns the artefact. */
  compile(name: string, mode?: string, args: string[] = ['m.wasm']): Buffer {
    const env = { WAMR_COMPILE_SERVER: mode, WAMR_LOG: '1' };
    const r = this.files.run(['compile', ...args, '-o', name], { env });
    expect(r, r.err).toMatchObject({ code: 0, err: '' });
    return fs.readFileSync(this.files.path(name));
  }

  /** Path of the socket, or null without a server. */
  socket(): string | null {
    const names = fs.existsSync(this.server) ? fs.readdirSync(this.server) : [];
    const name = names.find((n) => n.endsWith('.sock'));
    return name === undefined ? null : `${this.server}/${name}`;
  }

  /** The process, or 0. */
  pid(): number {
    for (const entry of fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)))
      try {
        if (fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`compile-server.js\0${this.server}\0`))
          return Number(entry);
      } catch {
        // Ended.
      }
    return 0;
  }

  async kill(): Promise<void> {
    const pid = this.pid();
    if (pid === 0) return;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => this.pid()).toBe(0);
  }
}

describe('the compile server', () => {
  const b = new Bench();
  afterEach(() => b.kill());

  it('is started by the second compilation within a minute, and by the first where that is wanted', () => {
    const alone = b.compile('0.aot', 'off');
    expect(fs.existsSync(b.server)).toBe(false);
    expect(b.compile('1.aot', 'auto').equals(alone)).toBe(true);
    expect(b.pid()).toBe(0);
    expect(b.compile('2.aot', 'auto').equals(alone)).toBe(true);
    expect(b.pid()).not.toBe(0);
    const other = new Bench();
    expect(other.compile('1.aot', 'always').equals(alone)).toBe(true);
    expect(other.pid()).not.toBe(0);
    return other.kill();
  });

  it('compiles what a run does not find in the cache', () => {
    const env = { WAMR_COMPILE_SERVER: 'always' };
    for (const n of [1, 2, 1]) {
      b.files.wasm('run.wasm', `(module (func (export "f") (result i32) i32.const ${n}))`);
      expect(b.files.run(['run', '--invoke', 'f', 'run.wasm'], { env })).toMatchObject({
        code: 0,
        out: `${n}\n`,
        err: '',
      });
      expect(b.pid()).toBeGreaterThan(0);
    }
    b.files.write('run.wasm', Buffer.from('\0asm\x01\0\0\0\x09\x09', 'latin1'));
    expect(b.files.run(['run', 'run.wasm'], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining('length out of bounds @+9') as string,
    });
    expect(b.files.run(['run', '--no-cache', '--invoke', 'f', b.module], { env })).toMatchObject({ out: '42\n' });
  });

  // V8's flags are not the same in all versions.
  it.skipIf(QUICK).each([22, 24] as const)('is started by Node %d', (major) => {
    b.compile('alone.aot', 'off');
    const env = { ...process.env, WAMR_COMPILE_SERVER: 'always', WAMR_CACHE_DIR: b.files.path('cache'), WAMR_LOG: '1' };
    const args = [path.join(ROOT, 'dist/cli.js'), 'compile', b.module, '-o', b.files.path('by.aot')];
    const { status, stderr } = spawnSync(nodeOf(major), args, { encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(b.pid()).not.toBe(0);
    expect(fs.readFileSync(b.files.path('by.aot'))).toEqual(fs.readFileSync(b.files.path('alone.aot')));
  });

  it('compiles with the options of the command', () => {
    for (const args of [
      ['--bounds', 'explicit'],
      ['--count'],
      ['--target', 'native'],
      ['--disable', 'gvn'],
      ['-j', '2'],
    ])
      expect(
        b.compile('with.aot', 'always', [...args, 'm.wasm']).equals(b.compile('off.aot', 'off', [...args, 'm.wasm'])),
      ).toBe(true);
    expect(b.pid()).not.toBe(0);
  });

  it('leaves errors to the command', () => {
    b.files.write('bad.wasm', Buffer.from('0061736d010000000a', 'hex'));
    const env = { WAMR_COMPILE_SERVER: 'always' };
    const [by, alone] = [env, {}].map((e) => b.files.run(['compile', 'bad.wasm'], { env: e }));
    expect(by).toEqual(alone);
    expect(by.code).toBe(1);
    expect(by.err).toContain('bad.wasm');
  });

  it('can be killed at any time, and a new one takes its place', async () => {
    const first = b.compile('1.aot', 'always');
    const killed = b.pid();
    await b.kill();
    expect(b.compile('2.aot', 'always').equals(first)).toBe(true);
    expect(b.pid()).not.toBe(killed);
  });

  it('goes on after strangers, who say what is no order or nothing at all', async () => {
    b.compile('1.aot', 'always');
    const pid = b.pid();
    const closed = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(b.socket()!, () => socket.write(text));
        socket.on('close', () => resolve());
        socket.on('error', () => resolve());
      });
    await closed('GET / HTTP/1.1\r\n\r\n');
    await closed('{"bytes":-1}\n');
    await closed('{"bytes":1e18}\n');
    await closed('null\n');
    const silent = connect(b.socket()!);
    b.compile('2.aot', 'always');
    silent.destroy();
    expect(b.pid()).toBe(pid);
  });

  it('is for this user only', () => {
    b.compile('1.aot', 'always');
    expect(fs.statSync(b.server).mode & 0o777).toBe(0o700);
    expect(fs.statSync(b.socket()!).mode & 0o177).toBe(0);
    fs.chmodSync(b.server, 0o777); // As if somebody else had made the folder.
    const pid = b.pid();
    const env = { WAMR_COMPILE_SERVER: 'always', WAMR_LOG: '1' };
    const r = b.files.run(['compile', 'm.wasm', '-o', '2.aot'], { env });
    expect(r.code).toBe(0);
    expect(r.err).toContain('others can write to it');
    expect(b.pid()).toBe(pid);
    fs.chmodSync(b.server, 0o700);
  });
});

describe('a pipe of Windows', () => {
  const key = 'a key';
  const answers: [string, boolean, (challenge: string) => Promise<string | null>][] = [
    ['the proof', true, (challenge) => Promise.resolve(proofOf(key, challenge))],
    ['the proof by another key', false, (challenge) => Promise.resolve(proofOf('another', challenge))],
    ['the challenge itself', false, (challenge) => Promise.resolve(challenge)],
    ['nothing', false, () => Promise.resolve(null)],
  ];
  it.each(answers)('is trusted by its proof: %s', async (_, isTrusted, answer) => {
    const files = new Workspace();
    workspaces.push(files);
    const server = createServer((socket) => {
      const receiver = new Receiver<Challenge>(0, ({ challenge }) => {
        void answer(challenge).then((proof) => proof !== null && send(socket, { proof, bytes: 0 }));
      });
      socket.on('data', (part) => receiver.push(part));
    });
    const place = files.path('pipe');
    await new Promise<void>((resolve) => server.listen(place, resolve));
    const socket = connect(place);
    expect(await isProven(socket, key)).toBe(isTrusted);
    socket.destroy();
    server.close();
  });
});

describe('compile() with the option server', () => {
  const b = new Bench();
  afterEach(() => b.kill());

  /** Runs a script that has `compile` and the module `wasm`; what it prints, parsed. */
  function script(body: string, mode: string): unknown {
    const text = `const { compile, CompileError } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
      const wasm = require('fs').readFileSync(${JSON.stringify(b.module)});
      (async () => { ${body} })().then((answer) => console.log(JSON.stringify(answer)));`;
    const env = { ...process.env, WAMR_CACHE_DIR: b.files.path('cache'), WAMR_COMPILE_SERVER: mode };
    const r = spawnSync(process.execPath, ['-e', text], { env, encoding: 'utf8' });
    expect(r.stderr).toBe('');
    return JSON.parse(r.stdout);
  }
  const same = `const alone = await compile(wasm); const by = await compile(wasm, { server: true });
    return Buffer.compare(alone, by) === 0 && Object.getPrototypeOf(by) === Uint8Array.prototype;`;

  it('uses the server as the command line does, with the same artefact', () => {
    expect(script(same, 'off')).toBe(true);
    expect(script('return (await compile(wasm)).length > 0;', 'always')).toBe(true);
    expect(fs.existsSync(b.server)).toBe(false);
    expect(script(same, 'auto')).toBe(true);
    expect(b.pid()).toBe(0);
    expect(script(same, 'auto')).toBe(true);
    expect(b.pid()).not.toBe(0);
  });

  it('has errors of its own, progress, and an end when the signal aborts', () => {
    const refused = `return compile(Buffer.from('0061736d010000000a', 'hex'), { server: true })
      .catch((e) => [e instanceof CompileError, e.message]);`;
    expect(script(refused, 'always')).toEqual(script(refused, 'off'));
    const progress = `let told = 0; await compile(wasm, { server: true, onProgress: (done) => (told = done) }); return told;`;
    expect(script(progress, 'always')).toBe(script(progress, 'off'));
    const abort = `const signal = AbortSignal.timeout(1); while (!signal.aborted) await new Promise((r) => setTimeout(r, 1));
      const before = await compile(wasm, { server: true, signal }).catch((e) => e.name);
      const controller = new AbortController();
      const compiled = compile(wasm, { server: true, signal: controller.signal }).catch((e) => e);
      setImmediate(() => controller.abort('enough'));
      return [before, await compiled];`;
    expect(script(abort, 'always')).toEqual(['TimeoutError', 'enough']);
    expect(b.pid()).not.toBe(0);
  });
});

describe('messages', () => {
  it('come together from any parts', () => {
    const got: [unknown, string][] = [];
    const receiver = new Receiver<{ bytes: number; n: number }>(100, (m, bytes) => got.push([m.n, bytes.toString()]));
    const text = Buffer.from('{"n":1,"bytes":3}\nabc{"n":2,"bytes":0}\n{"n":3,"bytes":1}\nx');
    for (const byte of text) receiver.push(Buffer.of(byte));
    receiver.push(text);
    const all = [[1, 'abc'], [2, ''], [3, 'x']]; // prettier-ignore
    expect(got).toEqual([...all, ...all]);
    expect(() => receiver.push(Buffer.from('{"bytes":101}\n'))).toThrow('no message');
  });
});
