// node examples/component.mjs tool.component.wasm [arguments]: compiles a component to a folder beside it, once, and runs it.
// Needs: npm install @bytecodealliance/jco-transpile @bytecodealliance/preview2-shim
import fs from 'node:fs';
import { compileComponent, runComponent } from 'wamr-native/component';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node examples/component.mjs tool.component.wasm [arguments]');
  process.exit(2);
}
const outDir = file.replace(/(\.component)?\.wasm$/, '.compiled');
if (!fs.existsSync(`${outDir}/component.json`)) {
  const { cores } = await compileComponent(fs.readFileSync(file), { outDir, name: 'tool' });
  console.error(`compiled ${Object.keys(cores).length} core modules to ${outDir}`);
}
process.exitCode = await runComponent(outDir, { args, dirs: { '/': process.cwd() } });
