'use strict';
/**
 * Runs when the package is installed: nothing to do where a prebuilt addon fits, or where there is none for the system
 * and modules run on V8. Else one is built from source, but for Windows, where that cannot be done. A failure is a note
 * and not an error, since compiling modules works without the addon, on every platform, and the loader says what is
 * missing when one is to be run.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { nodeDir } = require('./node-headers.cjs');

const root = path.resolve(__dirname, '..');
const system = `${process.platform}-${process.arch}`;
// On macOS the addon was never run: for those who want to.
const untested = process.env.WAMR_NATIVE_UNTESTED === '1' ? ['darwin-x64', 'darwin-arm64'] : [];
const buildable = ['linux-x64', 'linux-arm64', ...untested].includes(system);
if (!buildable && system !== 'win32-x64') process.exit(0);
const prebuilds = path.join(root, 'prebuilds', system);
for (const name of fs.existsSync(prebuilds) ? fs.readdirSync(prebuilds) : []) {
  try {
    require(path.join(prebuilds, name));
    process.exit(0);
  } catch {
    // Of another C library, or made for a newer one; the loader tries one after the other too.
  }
}
if (!buildable) {
  console.warn(
    'wamr-native: no prebuilt addon of this package fits this machine, and on Windows none can be built. Modules can be compiled, not run.',
  );
  process.exit(0);
}
const gyp = process.env.npm_config_node_gyp;
const args = ['rebuild', `--nodedir=${nodeDir()}`];
const built = gyp
  ? spawnSync(process.execPath, [gyp, ...args], { cwd: root, stdio: 'inherit' })
  : spawnSync('node-gyp', args, { cwd: root, stdio: 'inherit' });
if (built.status !== 0) {
  console.warn(
    'wamr-native: no prebuilt addon fits this machine and none could be built (that needs a C++ compiler and make). Modules can be compiled, not run, until `npm rebuild wamr-native` succeeds.',
  );
}
