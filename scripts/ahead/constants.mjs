/** Values of the constants of source files, by running these: tables are made by code. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import esbuild from 'esbuild';
import ts from 'typescript';

/** Returns the constants by file and name. `files`: where the program starts. */
export async function constantsOf(root, program, files) {
  const values = new Map();
  const built = await esbuild.build({
    stdin: { contents: files.map((file) => `import ${JSON.stringify(file)};`).join(''), resolveDir: root },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    logLevel: 'warning',
    plugins: [tellConstants(program)],
  });
  const run = new Function('require', 'module', 'exports', 'tell', built.outputFiles[0].text);
  const module = { exports: {} };
  const told = [];
  run(createRequire(import.meta.url), module, module.exports, (file, constants) => told.push([file, constants]));
  for (const [file, constants] of told) values.set(file, constants());
  return values;
}

/** Each file says at its end what its constants are. */
function tellConstants(program) {
  return {
    name: 'constants',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const source = program.getSourceFile(file);
        if (source === undefined) return undefined;
        const names = source.statements
          .filter((s) => ts.isVariableStatement(s) && (s.declarationList.flags & ts.NodeFlags.Const) !== 0)
          .flatMap((s) => s.declarationList.declarations.map((d) => d.name))
          .filter(ts.isIdentifier)
          .map((name) => name.text);
        const contents = `${fs.readFileSync(file, 'utf8')}\ntell(${JSON.stringify(source.fileName)}, () => ({ ${names.join(', ')} }));`;
        return { contents, loader: 'ts' };
      });
    },
  };
}
