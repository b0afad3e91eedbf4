/** What the addon does on another system (behaviour.ts), beside what it does here. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Emulated } from '../support/arm64.js';
import { wamrEngine } from '../support/engine.js';
import { newWat } from '../support/new-wat.js';
import { outcomes, TEXTS } from './behaviour.js';

/** @param run runs a TypeScript program with arguments there. */
export async function expectSameBehaviour(run: (source: string, args: string[]) => Promise<Emulated>): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-behaviour-'));
  try {
    const modules = { a: newWat(TEXTS.a), b: newWat(TEXTS.b) };
    const files = Object.entries(modules).map(([name, bytes]) => {
      fs.writeFileSync(path.join(dir, `${name}.wasm`), bytes);
      return path.join(dir, `${name}.wasm`);
    });
    const { code, signal, out, err } = await run(path.join(import.meta.dirname, 'behaviour-main.ts'), files);
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
    const expected = outcomes(wamrEngine(), modules);
    for (const lines of JSON.parse(out) as string[][]) expect(lines).toEqual(expected);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}
