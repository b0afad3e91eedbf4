/**
 * The package's declarations as TypeScript and the tools that check packages see them, in projects with and without the
 * types of Node and of the DOM.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Packed, unpack } from '../support/packed.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { npmPackages } from '../support/registry.js';

const USE = (name: string): string => `
import { compile, type Global, instantiate, type Instance, load, type Module, Trap, WebAssembly as W, WorkerInstance } from '${name}';
interface Math { add(a: number, b: number): number; counter: Global<number> }
const bytes = new Uint8Array();
export async function all(): Promise<unknown[]> {
  const { module, instance } = await W.instantiate<Math>(bytes, {});
  const again: Instance<Math> = await W.instantiate<Math>(module);
  const sum: number = instance.exports.add(1, 2) + again.invoke('add', 1, 2) + again.call('add', [1, 2], { timeoutMs: 5 }) + instance.exports.counter.value;
  // @ts-expect-error: no such export
  instance.exports.subtract();
  // @ts-expect-error: an argument of the wrong type
  again.invoke('add', '1');
  const loose: Instance = instantiate(bytes);
  const any: number = loose.exports.whatever(sum);
  loose.call('f');
  loose.invoke('f', 1, 2n);
  loose[Symbol.dispose]();
  using u = instantiate<Math>(load('a.aot'));
  const m: Module = new W.Module(await compile(bytes, { jobs: 1 }));
  const kinds: ('function' | 'table' | 'memory' | 'global' | 'tag')[] = W.Module.exports(m).map((e) => e.kind);
  // @ts-expect-error: no such option
  compile(bytes, { nonsense: 1 });
  return [u, any, kinds, Trap, await WorkerInstance.create(bytes, { worker: { name: 'x' } })];
}
`;
const ENTRIES = `import { status } from 'wamr-native/register';
import { WasiHost } from 'wamr-native/wasi';
import { runComponent } from 'wamr-native/component';
export const used = [status().modules.length, new WasiHost({ args: [] }), runComponent];
`;
const PLUGINS = `import vite from 'wamr-native/vite';
import esbuild from 'wamr-native/esbuild';
import webpack, { WamrPlugin } from 'wamr-native/webpack';
import vitest from 'wamr-native/vitest';
import { withWamr } from 'wamr-native/jest';
import type { Plugin as VitePlugin } from 'vite';
import type { Plugin as EsbuildPlugin } from 'esbuild';
import { defineConfig } from 'vitest/config';
import { expect } from 'vitest';
export const plugins: [VitePlugin, EsbuildPlugin] = [vite({ aot: true }), esbuild()];
export default defineConfig({ plugins: [vitest({ register: 'cached' })] });
export const others = [webpack, new WamrPlugin(), withWamr({ testEnvironment: 'node' })];
expect(() => 1).toTrap({ kind: 'unreachable', func: /f/ });
expect(() => 1).not.toTrap();
`;
const DOM = `import { WebAssembly as W } from 'wamr-native';
export const same: typeof globalThis.WebAssembly = W;
globalThis.WebAssembly = W;
`;

describe.skipIf(QUICK)('types', () => {
  let tools = '';
  let dir = '';
  beforeAll(() => {
    tools = npmPackages({ publint: '0.3.25', '@arethetypeswrong/cli': '0.18.5' });
    dir = fs.mkdtempSync(path.join(tools, 'types-'));
    unpack(inject('packed') as Packed, dir);
    fs.writeFileSync(path.join(dir, 'package.json'), '{"private":true}');
    return () => fs.rmSync(dir, { recursive: true, force: true });
  });

  /** What the compiler says about these files. */
  function check(files: Record<string, string>, options: object): string {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(dir, name), text);
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: 'nodenext',
      target: 'es2022',
      skipLibCheck: false,
      types: [],
      ...options,
    };
    fs.writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' }).stdout;
  }
  const both = { 'use.mts': USE('wamr-native') + ENTRIES, 'use.cts': USE('wamr-native') + ENTRIES };

  it('of the interface need neither those of Node nor those of the DOM', () => {
    expect(check(both, { lib: ['es2022', 'esnext.disposable'] })).toBe('');
  });

  it('of the interface get along with those of Node and the DOM', () => {
    const typeRoots = [path.join(ROOT, 'node_modules/@types')];
    expect(check({ ...both, 'dom.mts': DOM }, { lib: ['es2022', 'dom'], types: ['node'], typeRoots })).toBe('');
    expect(check({ 'dom.mts': DOM }, { lib: ['es2022', 'dom'] })).toBe('');
  });

  it('of plug-ins are what the tools want', () => {
    const link = (name: string): void => {
      const at = path.join(dir, 'node_modules', name);
      if (!fs.existsSync(at)) fs.symlinkSync(path.join(ROOT, 'node_modules', name), at);
    };
    for (const name of ['vite', 'vitest', 'esbuild']) link(name);
    expect(
      check(
        { 'plugins.mts': PLUGINS },
        {
          lib: ['es2023', 'dom'],
          types: ['node'],
          typeRoots: [path.join(ROOT, 'node_modules/@types')],
          skipLibCheck: true,
        },
      ),
    ).toBe('');
  });

  it('and entries satisfy attw and publint', () => {
    const { file } = inject('packed') as Packed;
    const run = (bin: string, args: string[]): string =>
      execFileSync(process.execPath, [path.join(tools, 'node_modules', bin), ...args], { encoding: 'utf8', cwd: dir });
    expect(run('@arethetypeswrong/cli/dist/index.js', [file])).toContain('No problems found');
    expect(run('publint/src/cli.js', [file, '--strict'])).toContain('All good');
  });
});
