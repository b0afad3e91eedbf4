'use strict';
/**
 * Runs before `npm publish`: a package without prebuilt addons would make every user need a compiler. `npm run prebuild`
 * makes the one for the machine it runs on; the folder has a README about the others.
 */
const fs = require('node:fs');
const path = require('node:path');

const WANTED = ['linux-x64/wamr-native.glibc.node', 'linux-x64/wamr-native.musl.node'];

const folder = path.resolve(__dirname, '../prebuilds');
const sources = path.resolve(__dirname, '../native');
const newest = Math.max(...fs.readdirSync(sources).map((name) => fs.statSync(path.join(sources, name)).mtimeMs));
const wrong = WANTED.flatMap((name) => {
  const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
  if (stat === undefined) return [`prebuilds/${name} is missing`];
  return stat.mtimeMs < newest ? [`prebuilds/${name} is older than native/`] : [];
});
for (const line of wrong) console.error(line);
if (wrong.length > 0) {
  console.error('Not to be published: `npm run prebuild` on each platform first (prebuilds/README.md).');
  process.exit(1);
}
