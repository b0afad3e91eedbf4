/**
 * Plays a reader who does what the README and the guides say, with the published package: every code block runs, and
 * prints what it promises (test/support/guide-blocks.ts). `npm install` is not run: the packages are there.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Block, blocksOf, GUIDES, keeps } from '../support/guide-blocks.js';
import { writeGuests } from '../support/guide-guests.js';
import { unpack } from '../support/packed.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { npmPackages } from '../support/registry.js';
import { ensureTcgc } from '../support/tcgc.js';
import { cleanEnvironment, TOOLS } from '../support/tools.js';

/**
 * Where packages are found that the published one needs for some commands. Not in the reader's own folder, which
 * `precompile` goes through.
 */
const MODULES = ['node_modules', 'bench/tcgc/node_modules'].map((folder) => path.join(ROOT, folder));

/** Those of them of which the bundlers bring other versions. */
const LINKED = ['commander', 'cli-progress'];

/** What of a clone stands for the published package in a quick run. */
const BUILT = ['package.json', 'dist', 'build', 'prebuilds', 'scripts'];

/** In the place of npm and npx, which would ask the registry, and take half a second each. */
const STAND_INS = {
  npm: `#!/bin/sh
[ "$1" = install ] || { echo "only npm install is known here, not npm $*" >&2; exit 1; }
shift
for package; do
  ls -d node_modules/"$package" ${MODULES.map((folder) => `${folder}/"$package"`).join(' ')} 2> /dev/null | grep -q . ||
    { echo "$package is not there" >&2; exit 1; }
done
`,
  npx: `#!/bin/sh
name=$1; shift
[ "$name" = wamr-native ] && exec node node_modules/wamr-native/dist/cli.js "$@"
folder=$PWD
until [ -e "$folder/node_modules/.bin/$name" ]; do
  [ "$folder" = / ] && { echo "$name is not there" >&2; exit 1; }
  folder=$(dirname "$folder")
done
exec node "$(realpath "$folder/node_modules/.bin/$name")" "$@"
`,
};

let tools = '';
let bin = '';
let guests = '';
beforeAll(() => {
  // For jco, which comes with that workload.
  ensureTcgc();
  tools = npmPackages(TOOLS);
  guests = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-guests-'));
  writeGuests(guests);
  bin = fs.mkdtempSync(path.join(tools, 'bin-'));
  for (const [name, script] of Object.entries(STAND_INS))
    fs.writeFileSync(path.join(bin, name), script, { mode: 0o755 });
  fs.symlinkSync(process.execPath, path.join(bin, 'node'));
});
afterAll(() => {
  for (const folder of [bin, guests]) fs.rmSync(folder, { recursive: true, force: true });
});

/** A reader of one document, with a folder. */
class Reader {
  readonly dir = fs.mkdtempSync(path.join(tools, 'guide-'));
  private blocks = 0;

  constructor() {
    const packed = inject('packed');
    const installed = path.join(this.dir, 'node_modules/wamr-native');
    if (packed !== null) unpack(packed, this.dir);
    else {
      fs.mkdirSync(installed, { recursive: true });
      for (const name of BUILT) fs.symlinkSync(path.join(ROOT, name), path.join(installed, name));
    }
    for (const name of LINKED) fs.symlinkSync(path.join(MODULES[0], name), path.join(this.dir, 'node_modules', name));
    this.write('package.json', '{"private":true}');
    fs.cpSync(guests, this.dir, { recursive: true });
  }

  write(name: string, content: string): string {
    const file = path.join(this.dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    return file;
  }

  /** Does what a block says; what is wrong with it, or null. */
  follow(block: Block): string | null {
    const { language, text, untested } = block;
    if (untested !== null) return language === 'sh' ? this.run('sh', ['-n'], text).failure : null;
    if (block.name !== null) this.write(block.name, text);
    if (language === 'sh') return this.compare(block, this.run('sh', ['-e'], text));
    if (language === 'js') return block.name === null || block.promised.length > 0 ? this.runScript(block, text) : null;
    if (language === 'ts') return this.runTypeScript(block);
    if (language === 'dockerfile') return this.checkCommands(dockerCommands(text));
    if (language === 'yaml') return this.checkCommands(stepCommands(text));
    return `a block in ${language}: this test does not know what to do with it`;
  }

  private runScript(block: Block, text: string): string | null {
    const extension = /^import /m.test(text) ? 'mjs' : 'cjs';
    const file = this.write(block.name ?? `block-${this.blocks++}.${extension}`, text);
    return this.compare(block, this.run('node', [file]));
  }

  private runTypeScript(block: Block): string | null {
    const file = this.write(block.name ?? `block-${this.blocks++}.mts`, block.text);
    if (block.promised.length === 0) return null;
    return this.runScript(block, esbuild.transformSync(fs.readFileSync(file, 'utf8'), { loader: 'ts' }).code);
  }

  /** What the compiler says about all TypeScript that was written. */
  checkTypes(): string {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: ['node'],
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts', '*.mts'] }));
    return this.run('node', [path.join(ROOT, 'node_modules/typescript/bin/tsc')]).out;
  }

  /** Commands that are not run here: the shell can read them, and wamr-native knows their options. */
  private checkCommands(commands: string[]): string | null {
    for (const command of commands) {
      const { failure } = this.run('sh', ['-n'], command);
      if (failure !== null) return failure;
      for (const [, name, rest] of command.matchAll(/npx wamr-native (\w+)([^&|;]*)/g)) {
        const { out, failure } = this.run('npx', ['wamr-native', 'help', name]);
        if (failure !== null) return failure;
        for (const option of rest.split(' -- ')[0].match(/--[\w-]+/g) ?? [])
          if (!out.includes(option)) return `${command}: no option ${option}`;
      }
    }
    return null;
  }

  private compare({ promised }: Block, { out, failure }: { out: string; failure: string | null }): string | null {
    if (failure !== null || promised.length === 0 || keeps(promised, out)) return failure;
    return `promised\n${promised.join('\n')}\nand printed\n${out}`;
  }

  private run(command: string, args: string[], input = ''): { out: string; failure: string | null } {
    const { stdout, stderr, status, error } = spawnSync(path.join(command === 'sh' ? '/bin' : bin, command), args, {
      cwd: this.dir,
      input,
      encoding: 'utf8',
      timeout: 120_000,
      env: {
        ...cleanEnvironment(),
        PATH: `${bin}:/usr/bin:/bin`,
        HOME: this.dir,
        NODE_PATH: MODULES.join(path.delimiter),
        WAMR_CACHE_DIR: path.join(this.dir, 'cache'),
        WAMR_COMPILE_SERVER: 'off',
        NO_COLOR: '1',
        CI: '1',
      },
    });
    const failure = status === 0 ? null : `${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}`;
    return { out: stdout, failure };
  }

  leave(): void {
    // The background compiler of `register` may still be at work in the cache.
    fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

const INSTRUCTIONS = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'CMD'];

/** The commands of a Dockerfile. */
function dockerCommands(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const unknown = lines.find((line) => !INSTRUCTIONS.includes(line.split(' ')[0]));
  if (unknown !== undefined) throw new Error(`no instruction of a Dockerfile: ${unknown}`);
  return lines.flatMap((line) => {
    if (line.startsWith('CMD ')) return [(JSON.parse(line.slice(4)) as string[]).join(' ')];
    return line.startsWith('RUN ') ? [line.slice(4)] : [];
  });
}

interface Workflow {
  jobs: Record<string, { steps: { run?: string }[] }>;
}

/** The commands of a workflow's steps. */
function stepCommands(text: string): string[] {
  const { parse } = createRequire(npmPackages({ yaml: '2.8.1' }) + '/')('yaml') as { parse(text: string): Workflow };
  return Object.values(parse(text).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
}

describe('a reader can do what is written in', () => {
  it.each(QUICK ? GUIDES.slice(0, 1) : GUIDES)('%s', (guide) => {
    const reader = new Reader();
    try {
      const wrong = blocksOf(guide).flatMap((block) => {
        const fault = reader.follow(block);
        return fault === null ? [] : [`${block.place}: ${fault}`];
      });
      expect(wrong).toEqual([]);
      // A quick build has no declarations.
      const typed = inject('packed') !== null && blocksOf(guide).some((block) => block.language === 'ts');
      if (typed) expect(reader.checkTypes()).toBe('');
    } finally {
      reader.leave();
    }
  });
});
