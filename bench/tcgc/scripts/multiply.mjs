// A larger TypeSpec project: `typespec/` with its models and routes N times, each copy with names and routes of its own.
//   node scripts/multiply.mjs N FOLDER      then: node scripts/build.mjs --input FOLDER --out OTHER_FOLDER
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PARTS = ['models', 'routes'];
const DECLARATION = /^(?:model|union|enum|op|alias|scalar|interface)\s+([A-Za-z_]\w*)/gm;

const [times, out] = [Number(process.argv[2]), process.argv[3]];
if (!(times >= 1) || out === undefined) {
  console.error('usage: node scripts/multiply.mjs N FOLDER');
  process.exit(2);
}
const from = fileURLToPath(new URL('../typespec/', import.meta.url));
const text = (name) => readFileSync(`${from}${name}.tsp`, 'utf8');
const names = PARTS.flatMap((part) => [...text(part).matchAll(DECLARATION)].map((m) => m[1]));
const anyName = new RegExp(`\\b(${names.join('|')})\\b`, 'g');
const file = (part, copy) => `${part}${copy === 0 ? '' : copy}`;
const copies = Array.from({ length: times }, (_, copy) => copy);

mkdirSync(out, { recursive: true });
for (const same of ['common', 'client']) copyFileSync(`${from}${same}.tsp`, `${out}/${same}.tsp`);
for (const copy of copies)
  for (const part of PARTS) {
    const own =
      copy === 0
        ? text(part)
        : text(part)
            .replace(anyName, (name) => `${name}U${copy}`)
            .replace(/@route\("\//g, `@route("/unit${copy}/`)
            .replace('./models.tsp', `./${file('models', copy)}.tsp`);
    writeFileSync(`${out}/${file(part, copy)}.tsp`, own);
  }
const imports = copies.map((copy) => `import "./${file('routes', copy)}.tsp";`).join('\n');
writeFileSync(`${out}/main.tsp`, text('main').replace('import "./routes.tsp";', imports));
