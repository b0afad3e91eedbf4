/**
 * Preloaded into `wamr-native run FOLDER` (`node -r start.cjs cli.js run FOLDER`): ends the process as soon as the last
 * core module of the component is instantiated, and prints JSON: milliseconds from the start of the process to then by the
 * wall clock (`performance.now()`), and of processor time of all threads. In a process without a folder as its last
 * argument: at its end, so that `node -r start.cjs -e 0` is Node's own start.
 */
const { existsSync, readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');

function print() {
  const wall = performance.now();
  const { user, system } = process.cpuUsage();
  writeSync(1, `${JSON.stringify({ wall, cpu: (user + system) / 1000 })}\n`);
}

const manifest = join(process.argv.at(-1), 'component.json');
const { dlopen } = process;
if (existsSync(manifest))
  process.dlopen = function (module, ...rest) {
    dlopen.call(this, module, ...rest);
    const { instanceCreate } = module.exports;
    let left = Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).cores).length;
    module.exports.instanceCreate = (...given) => {
      const id = instanceCreate(...given);
      // What is initialised of it after that takes microseconds; the last one of jco's glue has no memory.
      if (--left > 0) return id;
      print();
      // Not at once: the first process leaves V8's code for the others.
      process.exit(0);
    };
  };
else process.once('exit', print);
