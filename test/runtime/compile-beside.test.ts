/** `compile` leaves the program's thread alone, whatever the size of the module. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

/** Some hundred milliseconds of compilation in some ten kilobytes. */
const FUNCTION = `(func (param i32 i32) (result i32)
  ${Array.from({ length: 60 }, (_, i) => `(if (i32.gt_s (local.get 0) (i32.const ${i})) (then (local.set 0 (i32.add (local.get 1) (i32.load (local.get 0))))))`).join('\n')}
  (local.get 0))`;
const SLOW = wat(`(module (memory 1) ${Array.from({ length: 40 }, () => FUNCTION).join('\n')})`);

describe('compile', () => {
  it('lets timers run, tells progress, and gives the bytes of compileSync', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const seen: number[] = [];
    const artefact = await wamr.compile(SLOW, { onProgress: (done, total) => seen.push(done / total) });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    expect(seen.at(-1)).toBe(1);
    expect(artefact).toBeInstanceOf(Uint8Array);
    expect(artefact.buffer).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.compare(artefact, wamr.compileSync(SLOW))).toBe(0);
  });

  it('does not need the bytes after it has returned', async () => {
    const bytes = SLOW.slice();
    const pending = wamr.compile(bytes);
    bytes.fill(0);
    expect(Buffer.compare(await pending, wamr.compileSync(SLOW))).toBe(0);
  });

  it('is aborted at any size, and works afterwards', async () => {
    const controller = new AbortController();
    const pending = wamr.compile(SLOW, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(pending).rejects.toThrow('enough');
    await expect(wamr.compile(SLOW, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect((await wamr.compile(SLOW)).length).toBeGreaterThan(0);
  });

  it('rejects with errors of this realm', async () => {
    const bad = (await wamr.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0)).catch((e: unknown) => e)) as Error;
    expect(bad).toBeInstanceOf(wamr.CompileError);
    expect(bad).toMatchObject({ reason: 'unknown binary version', offset: 4 });
    await expect(wamr.compile(SLOW, { target: 'z80' as never })).rejects.toBeInstanceOf(RangeError);
    const thrown = new Error('mine');
    const onProgress = (): void => {
      throw thrown;
    };
    await expect(wamr.compile(SLOW, { onProgress })).rejects.toBe(thrown);
  });

  it('compiles many at once', async () => {
    const artefacts = await Promise.all(Array.from({ length: 8 }, () => wamr.compile(SLOW)));
    for (const a of artefacts) expect(Buffer.compare(a, artefacts[0])).toBe(0);
  });

  it('does not keep the process alive, nor runs what --require loads in its threads', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-beside-'));
    const preload = path.join(dir, 'preload.cjs');
    fs.writeFileSync(preload, "require('fs').writeSync(1, 'preload;')");
    const script = `require(${JSON.stringify(ROOT)}).compile(Uint8Array.of(${[...SLOW].join()})).then(() => console.log('done'))`;
    for (const [flags, options] of [
      [['--require', preload], ''],
      [[], `--require ${preload}`],
    ] as const) {
      const env = { ...process.env, NODE_OPTIONS: options };
      const r = spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8', env, timeout: 60_000 });
      expect([r.status, r.stdout, r.stderr]).toEqual([0, 'preload;done\n', '']);
    }
    fs.rmSync(dir, { recursive: true });
  });
});
