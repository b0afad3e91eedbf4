/**
 * A compiler of npm whose output needs garbage collection: `node moonbit.mjs compile SOURCE OUT` makes a module of a
 * MoonBit source, `node moonbit.mjs run MODULE PACKAGE DIVISOR` prints what its functions answer to their usual
 * arguments by that, on the package's engine or, with `v8`, on V8.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const CALLS = { maps: 20_000, lambdas: 20_000, streams: 5000, shapes: 2000 };

/** The compiler is a worker of browsers that speaks Comlink's protocol: this stands for its `self`. */
async function compile(source) {
  const listeners = [];
  const answers = new Map();
  globalThis.self = globalThis;
  globalThis.addEventListener = (_, listener) => listeners.push(listener);
  globalThis.removeEventListener = () => {};
  globalThis.postMessage = ({ id, value }) => answers.set(id, value);
  require('@moonbit/moonc-worker/moonc-worker.js');
  const call = async (name, argument) => {
    const id = `${name}-${answers.size}`;
    const data = { id, type: 'APPLY', path: [name], argumentList: [{ type: 'RAW', value: argument }] };
    for (const listener of listeners) listener({ data, origin: '*' });
    while (!answers.has(id)) await turn();
    return answers.get(id);
  };
  const place = { pkgSources: ['test/main:test:/'], target: 'wasm-gc', noOpt: false };
  const { core, diagnostics } = await call('buildPackage', {
    ...place,
    mbtFiles: [['main.mbt', source]],
    miFiles: [],
    indirectImportMiFiles: [],
    stdMiFiles: [],
    pkg: 'test/main',
    isMain: true,
    errorFormat: 'human',
    enableValueTracing: false,
  });
  if (core === undefined) throw new Error(diagnostics.join('\n'));
  const { result } = await call('linkCore', {
    ...place,
    coreFiles: [core],
    main: 'test/main',
    exportedFunctions: Object.keys(CALLS),
    outputFormat: 'wasm',
    testMode: false,
    debug: false,
    sourceMap: false,
    sources: {},
    stopOnMain: false,
  });
  return result;
}

const [what, file, other, divisor] = process.argv.slice(2);
if (what === 'compile') fs.writeFileSync(other, await compile(fs.readFileSync(file, 'utf8')));
else {
  const { Module, Instance } = other === 'v8' ? WebAssembly : require(other).WebAssembly;
  const { exports } = new Instance(new Module(fs.readFileSync(file)));
  console.log(JSON.stringify(Object.entries(CALLS).map(([name, n]) => exports[name](n / Number(divisor)))));
}
process.exit(0);
