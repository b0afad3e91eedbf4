'use strict';
/**
 * Set-up that `npm test`, `npm run tcgc` and `npm run build` share: a fresh clone has no node_modules, an old one may
 * have outdated ones. Uses nothing but Node, since nothing else may be there yet. `node scripts/setup.cjs` does it by
 * hand.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');

/** Runs a command with our terminal; ends this process with its exit code when it fails. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT, ...options });
  if (result.error) {
    console.error(`${command} could not be started: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Names of the dependencies in `folder`'s package.json that node_modules lacks or has in another version. */
function missingDependencies(folder) {
  const pkg = readJson(path.join(folder, 'package.json'));
  const wanted = { ...pkg.dependencies, ...pkg.devDependencies };
  return Object.keys(wanted).filter((name) => {
    const installed = readJson(path.join(folder, 'node_modules', name, 'package.json'));
    // Build metadata is no part of the version that was asked for.
    return installed === undefined || installed.version.split('+')[0] !== wanted[name].split('+')[0];
  });
}

/**
 * Installs the dependencies of `folder` when some are missing. Install scripts are not needed (esbuild brings its
 * binary as a package, our own addon is built by scripts/build-native.cjs), so they are not run.
 */
function ensureDependencies(folder = ROOT, { ci = true } = {}) {
  const missing = missingDependencies(folder);
  if (missing.length === 0) return;
  const where = path.relative(process.cwd(), folder) || '.';
  console.error(`Installing ${missing.length} missing packages in ${where}`);
  const command = ci && fs.existsSync(path.join(folder, 'package-lock.json')) ? 'ci' : 'install';
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Progress goes to stderr: what a script prints on stdout is its result.
  run('npm', [command, ...quiet], { cwd: folder, stdio: ['ignore', 2, 2] });
}

/** Newest modification time below the given files and folders, 0 when none is there. */
function newestTime(...paths) {
  let newest = 0;
  for (const p of paths) {
    if (!fs.existsSync(p)) continue;
    const stat = fs.statSync(p);
    if (!stat.isDirectory()) newest = Math.max(newest, stat.mtimeMs);
    else for (const name of fs.readdirSync(p)) newest = Math.max(newest, newestTime(path.join(p, name)));
  }
  return newest;
}

/**
 * Bundles src-ts into dist when a source is newer than the bundle. Without declarations, which only users of the
 * package read (`npm run build:all` makes them).
 */
function ensureTypeScript() {
  const built = newestTime(path.join(ROOT, 'dist/index.js'));
  const sources = newestTime(
    path.join(ROOT, 'src-ts'),
    path.join(ROOT, 'package.json'),
    path.join(ROOT, 'scripts/build-ts.mjs'),
    path.join(ROOT, 'scripts/ahead'),
  );
  if (built < sources) run(process.execPath, ['scripts/build-ts.mjs', '--no-types'], { stdio: ['ignore', 2, 2] });
}

/** Builds the addon unless a prebuild or an up-to-date local build is there. */
function ensureNative() {
  const addon = path.join(ROOT, 'build/Release/wamr_native.node');
  const prebuilt = path.join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  const sources = newestTime(path.join(ROOT, 'native'), path.join(ROOT, 'binding.gyp'));
  // The loader prefers a prebuild: a stale one would hide the build.
  if (newestTime(prebuilt) < sources) fs.rmSync(prebuilt, { recursive: true, force: true });
  if (newestTime(addon, prebuilt) >= sources) return;
  run(process.execPath, ['scripts/build-native.cjs'], { stdio: ['ignore', 2, 2] });
  // make leaves a file alone that needs no relinking; it is up to date all the same.
  if (fs.existsSync(addon)) fs.utimesSync(addon, new Date(), new Date());
}

/** Everything that running the engine from a clone needs. */
function ensureBuilt() {
  ensureDependencies();
  ensureTypeScript();
  ensureNative();
}

module.exports = { ROOT, run, newestTime, ensureDependencies, ensureTypeScript, ensureNative, ensureBuilt };

if (require.main === module) ensureDependencies();
