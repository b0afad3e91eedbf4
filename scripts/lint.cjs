'use strict';
/**
 * What tools can check without running anything: types (of sources, tests and benchmarks), ESLint's rules, and the
 * formatting of TypeScript, JavaScript (Prettier) and C++ (clang-format). `npm test` does it too.
 *
 *   npm run lint               check everything; exits with 1 if something is wrong
 *   npm run lint -- types      only one of: types, eslint, prettier, clang-format
 *   npm run format             rewrite what Prettier, clang-format and ESLint can mend
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('./setup.cjs');

/** The version that formatted the tree: others format differently. */
const CLANG_FORMAT = '20.1.8';

/** Runs a program in the root, with its output on stderr; whether it ended well. */
function succeeds(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  return status === 0;
}

const node = (...args) => succeeds(process.execPath, args);
const tsc = (project) => node('node_modules/typescript/bin/tsc', '--noEmit', '-p', project);
const prettier = (flag) => node('node_modules/prettier/bin/prettier.cjs', flag, '--log-level=warn', '.');
const eslint = (...flags) => node('node_modules/eslint/bin/eslint.js', '.', ...flags);

/** C++ sources but for the generated header. */
function nativeFiles() {
  return fs
    .readdirSync(path.join(ROOT, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cc|h)$/.test(name) && !name.endsWith('.generated.h'))
    .map((name) => path.join('native', name))
    .sort();
}

/**
 * Path of the pinned clang-format, which pip brings as a binary: it is installed below .cache on first use. Null if it
 * cannot be had.
 */
function clangFormat() {
  const folder = path.join(ROOT, '.cache', `clang-format-${CLANG_FORMAT}`);
  const program = path.join(folder, 'clang_format/data/bin/clang-format');
  if (!fs.existsSync(program)) {
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--root-user-action=ignore',
      '--target',
      folder,
    ];
    spawnSync('python3', [...args, `clang-format==${CLANG_FORMAT}`], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  }
  return fs.existsSync(program) ? program : null;
}

/** `null`: the tool cannot be had here. */
function checkClangFormat(...flags) {
  const program = clangFormat();
  return program === null ? null : succeeds(program, [...flags, ...nativeFiles()]);
}

const CHECKS = {
  types: () => tsc('tsconfig.json') && tsc('test/tsconfig.json'),
  eslint: () => eslint(),
  prettier: () => prettier('--check'),
  'clang-format': () => checkClangFormat('--dry-run', '-Werror'),
};

/** Runs these checks; by name whether each passed, null for one whose tool cannot be had. */
function lint(names = Object.keys(CHECKS)) {
  return new Map(
    names.map((name) => {
      const passed = CHECKS[name]();
      const mend = name === 'types' ? '' : ': npm run format';
      console.log(
        `${name}: ${passed === null ? 'NOT RUN, it could not be installed' : passed ? 'passed' : `failed${mend}`}`,
      );
      return [name, passed];
    }),
  );
}

function format() {
  return [eslint('--fix'), prettier('--write'), checkClangFormat('-i') !== false].every(Boolean);
}

module.exports = { lint };

if (require.main === module) {
  const args = process.argv.slice(2);
  const unknown = args.find((name) => name !== '--fix' && !(name in CHECKS));
  if (unknown !== undefined) {
    console.error(`unknown check '${unknown}'; known: ${Object.keys(CHECKS).join(', ')}`);
    process.exit(2);
  }
  const passed = args.includes('--fix')
    ? format()
    : ![...lint(args.length > 0 ? args : undefined).values()].includes(false);
  process.exit(passed ? 0 : 1);
}
