/** `wamr-native serve`: what guests answer, and that nothing that they do ends the server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reusableGlue } from '../../src-ts/component/glue.js';
import { missingInterfaces } from '../../src-ts/component/serve/interfaces.js';
import { Workspace } from '../support/cli.js';
import { FILES_COMPONENT } from '../support/files-component.js';
import { HTTP_COMPONENT } from '../support/http-component.js';
import { ROOT, runWasmTools } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';

const w = new Workspace();
const env = {
  ...process.env,
  NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules'),
  WAMR_CACHE_DIR: w.path('cache'),
  NODE_OPTIONS: '',
};

/** A server, and what it has said on standard error. */
class Served {
  said = '';
  address = '';
  private constructor(private readonly child: ChildProcess) {
    child.stderr!.on('data', (text: Buffer) => (this.said += text.toString()));
  }

  static async start(...args: string[]): Promise<Served> {
    const all = [path.join(ROOT, 'dist/cli.js'), 'serve', '--addr', '127.0.0.1:0', '--workers', '2', ...args];
    const served = new Served(spawn(process.execPath, all, { cwd: w.dir, env }));
    for await (const text of served.child.stdout!) {
      const found = /serving on (http:\S+)\//.exec(String(text));
      if (found !== null) {
        served.address = found[1];
        return served;
      }
    }
    throw new Error(served.said);
  }

  /** Status and body; `broken`: the body ended early. */
  async ask(target: string, body?: Uint8Array<ArrayBuffer>): Promise<{ status: number; body: string; broken?: true }> {
    const response = await fetch(`${this.address}${target}`, { method: body ? 'POST' : 'GET', body }).catch(() => null);
    if (response === null) return { status: 0, body: '', broken: true };
    const { status } = response;
    try {
      return { status, body: await response.text() };
    } catch {
      return { status, body: '', broken: true };
    }
  }

  openFiles(): number {
    return fs.readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

/** Whether a request failed: before its head was sent, or in the middle of the body. */
const failed = (r: { status: number; broken?: true }): boolean => r.status === 500 || r.broken === true;

beforeAll(() => {
  ensureTcgc();
  w.write('http.wat', HTTP_COMPONENT);
  runWasmTools(['parse', w.path('http.wat'), '-o', w.path('http.component.wasm')]);
});
afterAll(() => w.remove());

describe('serve', () => {
  let s: Served;
  beforeAll(async () => (s = await Served.start('--timeout', '4s', '--max-memory', '8MB', 'http.component.wasm')));
  afterAll(async () => expect(await s.stop()).toBe(0));

  it('answers, each request by an instance of its own', async () => {
    expect(await s.ask('/hello')).toEqual({ status: 200, body: 'hello' });
    const many = await Promise.all(Array.from({ length: 50 }, () => s.ask('/hello')));
    expect(many.every((r) => r.body === 'hello')).toBe(true);
    // Memory that one has grown is not another's.
    const [first, second] = [await s.ask('/memory'), await s.ask('/memory')];
    expect(first).toEqual(second);
    expect(first.body.charCodeAt(0)).toBe(122);
  });

  it('streams bodies both ways', async () => {
    const big = new Uint8Array(3_000_000).map((_, k) => 97 + (k % 26));
    expect((await s.ask('/echo', big)).body).toBe(Buffer.from(big).toString());
    expect((await s.ask('/large')).body).toHaveLength(512 * 65536);
    // The first piece comes back before the last is sent.
    const { port } = new URL(s.address);
    const request = http.request({ port, method: 'POST', path: '/echo', headers: { 'content-type': 'text/plain' } });
    request.write('one');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const pieces = response[Symbol.asyncIterator]();
    expect(String((await pieces.next()).value)).toBe('one');
    request.write('two');
    expect(String((await pieces.next()).value)).toBe('two');
    request.end();
    expect((await pieces.next()).done).toBe(true);
  });

  it('goes on, whatever guests do, and says what they did', async () => {
    const error = { status: 500, body: 'Internal Server Error\n' };
    expect(await s.ask('/trap')).toEqual(error);
    expect(await s.ask('/nothing')).toEqual(error);
    expect(await s.ask('/zero')).toEqual(error);
    expect(await s.ask('/forever')).toEqual(error);
    expect(await s.ask('/half')).toMatchObject({ broken: true });
    // Refused without --outgoing.
    expect(failed(await s.ask('/p127.0.0.1:1'))).toBe(true);
    expect(await s.ask('/hello')).toEqual({ status: 200, body: 'hello' });
    expect(s.said.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^GET \/trap: trap: unreachable at /),
      'GET /nothing: the guest gave no response',
      'GET /zero: the guest called exit(0)',
      expect.stringMatching(/^GET \/forever: trap: interrupt/),
      expect.stringMatching(/^GET \/half: trap: unreachable/),
      expect.stringMatching(
        /^GET \/p127\.0\.0\.1:1: trap: unreachable.* \(it was refused an HTTP request: --outgoing\)$/,
      ),
    ]);
  });

  it('no guest makes what follows on a connection look like another message', async () => {
    const before = s.said.length;
    expect(await s.ask('/k5')).toEqual({ status: 200, body: 'hello' });
    expect(await s.ask('/k3')).toMatchObject({ broken: true });
    expect(await s.ask('/k9')).toMatchObject({ broken: true });
    for (const length of ['x', '-5', '5,5', '0x5']) expect((await s.ask(`/k${length}`)).status).toBe(500);
    const line = (k: string, what: string): unknown => expect.stringMatching(new RegExp(`^GET /k${k}: .*${what}`));
    expect(s.said.slice(before).trimEnd().split('\n')).toEqual([
      line('3', 'content-length'),
      line('9', 'content-length'),
      ...['x', '-5', '5,5', '0x5'].map((k) => line(k, 'the field content-length makes no sense')),
    ]);
  });

  it('takes the thread of a guest that waits for ever, and of clients that go', async () => {
    const { port } = new URL(s.address);
    const before = s.said.length;
    // Announces a body that never comes.
    const request = http.request({ port, method: 'POST', path: '/echo', headers: { 'content-length': 10 } });
    request.write('abc');
    request.on('error', () => {});
    await new Promise((resolve) => setTimeout(resolve, 5200));
    expect(s.said.slice(before)).toMatch(/POST \/echo: .*time is up/);
    request.destroy();
    for (let k = 0; k < 4; k++) {
      const gone = http.get({ port, path: '/large' }, (r) => void setTimeout(() => r.destroy(), 20));
      gone.on('error', () => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await s.ask('/hello')).toEqual({ status: 200, body: 'hello' });
  });
});

it('guests send requests with --outgoing', async () => {
  const other = http.createServer((_, response) => response.end('from elsewhere'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const s = await Served.start('--outgoing', 'http.component.wasm');
  try {
    expect(await s.ask(`/p127.0.0.1:${port}`)).toEqual({ status: 200, body: 'from elsewhere' });
    other.close();
    other.closeAllConnections();
    expect(failed(await s.ask(`/p127.0.0.1:${port}`))).toBe(true);
  } finally {
    await s.stop();
  }
});

describe('what guests are permitted', () => {
  beforeAll(() => {
    w.write('files.wat', FILES_COMPONENT);
    runWasmTools(['parse', w.path('files.wat'), '-o', w.path('files.component.wasm')]);
    w.write('folder/there.txt', 'what is there');
  });
  const answers = async (s: Served): Promise<string[]> => {
    const all: string[] = [];
    for (const letter of 'rwcs') all.push((await s.ask(`/${letter}`)).body.trim());
    return all;
  };

  it('nothing, unless it is said', async () => {
    const s = await Served.start('files.component.wasm');
    expect(await answers(s)).toEqual(['no folder', 'no folder', 'no folder', 'access-denied']);
    await s.stop();
  });

  it('folders to read, sockets', async () => {
    const s = await Served.start('--dir', 'folder::/data::ro', '--network', 'files.component.wasm');
    expect(await answers(s)).toEqual(['what is there', 'read-only', 'read-only', 'ok']);
    await s.stop();
    expect(fs.readdirSync(w.path('folder'))).toEqual(['there.txt']);
  });

  it('folders to write; what they leave open is closed', async () => {
    const s = await Served.start('--dir', 'folder::/data', 'files.component.wasm');
    expect(await answers(s)).toEqual(['what is there', 'ok', 'ok', 'access-denied']);
    expect(fs.readdirSync(w.path('folder')).sort()).toEqual(['new.txt', 'there.txt']);
    fs.rmSync(w.path('folder/new.txt'));
    const before = s.openFiles();
    for (let k = 0; k < 60; k++) await s.ask('/r');
    expect(s.openFiles()).toBeLessThan(before + 20);
    await s.stop();
  });
});

it('no state of a request is seen by another, whatever becomes of it', async () => {
  const s = await Served.start('--workers', '1', '--max-memory', '8MB', 'http.component.wasm');
  const [alone] = [await s.ask('/memory')];
  for (const first of ['/memory', '/trap', '/half', '/zero', '/nothing', '/hello']) {
    await s.ask(first);
    // As large as in the beginning, with the text that the module has.
    expect(await s.ask('/memory'), first).toEqual(alone);
    expect(await s.ask('/hello'), first).toEqual({ status: 200, body: 'hello' });
    expect(await s.ask('/echo', new Uint8Array([104, 105])), first).toEqual({ status: 200, body: 'hi' });
  }
  await s.stop();
});

it('jco’s glue is of the form that is prepared once', () => {
  expect(w.run(['compile', 'http.component.wasm', '-o', 'made'], { env }).code).toBe(0);
  const text = fs.readFileSync(w.path('made/http.mjs'), 'utf8');
  expect(text).not.toMatch(/^\s*_debugLog\(/m);
  expect(reusableGlue(text)).not.toBeNull();
});

it('refuses what does not answer HTTP', () => {
  w.write('other.wat', '(component)');
  const r = w.run(['serve', 'other.wat'], { env });
  expect(r).toMatchObject({
    code: 2,
    err: expect.stringContaining('other.wat does not export wasi:http/incoming-handler'),
  });
  expect(
    missingInterfaces(['wasi:http/types@0.2.3', 'wasi:io/poll@0.2.0', 'wasi:sockets/tcp@0.2.0', 'my:own/thing']),
  ).toEqual(['my:own/thing']);
});
