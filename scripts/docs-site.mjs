/**
 * Builds the documents as a static site: the README, docs/, and a reference of the public interface out of the sources,
 * by TypeDoc, which refuses dead links and exported names without documentation. Pages open from disk.
 * `npm run docs:site [FOLDER]` (default: .cache/site). TypeDoc is no dependency of the project: it is installed, pinned,
 * when a site is built.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TOOLS = { typedoc: '0.28.20', typescript: '6.0.3' };
const TOOL_DIR = path.join(ROOT, '.cache/site-tools');
const OUT = path.resolve(process.argv[2] ?? path.join(ROOT, '.cache/site'));
/** Copies of the documents, made anew each time. */
const PAGES = path.join(TOOL_DIR, 'pages');

/** Sources of the public entries but the first, in the order of the menu. */
const ENTRIES = ['register/index', 'wasi/index', 'component/index', 'profile/index'].concat(
  ['vitest', 'jest', 'vite', 'esbuild', 'webpack'].map((name) => `tools/${name}`),
);

/** Where the classes and functions are that `index.ts` takes from one of two engines, which TypeDoc cannot follow. */
const ENGINE = {
  cached: ['loadCached'],
  'runtime/exception': ['Exception'],
  'runtime/facade': ['WebAssembly'],
  'runtime/global': ['Global'],
  'runtime/instance': ['Instance'],
  'runtime/instantiate': ['instantiate'],
  'runtime/interrupt': ['interrupt', 'setStackSize', 'threadToken'],
  'runtime/memory': ['Memory'],
  'runtime/module': ['load', 'Module'],
  'runtime/suspension': ['Suspending'],
  'runtime/table': ['Table'],
  'runtime/tag': ['Tag'],
};

/** Documents by chapter, in the order of the menu. The README is the first page. */
const CHAPTERS = {
  Guides: guides(),
  Handbook: ['command-line', 'register', 'profiling', 'environment', 'benchmarks'].map((name) => `docs/${name}.md`),
  'How it works': [
    ...['architecture', 'traps-and-memory', 'performance', 'regalloc', 'hacking', 'status'].map(
      (name) => `docs/${name}.md`,
    ),
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'examples/README.md',
  ],
};

/** The guides in the order in which the README names them. */
function guides() {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...new Set([...readme.matchAll(/\]\((docs\/guides\/[\w-]+\.md)/g)].map((m) => m[1]))];
}

function install() {
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: TOOLS });
  const file = path.join(TOOL_DIR, 'package.json');
  if (fs.existsSync(path.join(TOOL_DIR, 'node_modules')) && fs.readFileSync(file, 'utf8') === manifest) return;
  fs.mkdirSync(TOOL_DIR, { recursive: true });
  fs.writeFileSync(file, manifest);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: TOOL_DIR, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Copies a document; `head` is its front matter. */
function copy(file, head = '') {
  const text = fs
    .readFileSync(path.join(ROOT, file), 'utf8')
    .replaceAll(/<!--[\s\S]*?-->\n*/g, '')
    .replaceAll('](examples)', '](examples/README.md)')
    // What is no document is not on the site.
    .replaceAll(/\[([^\]]*)\]\((?!https?:|#)(?![^)]*\.(?:md|svg)[#)])[^)]*\)/g, '$1');
  const to = path.join(PAGES, file);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(to, head + text);
  return to;
}

/** Writes the copies; their paths in the order of the menu, without the README. */
function writePages() {
  const known = new Set(Object.values(CHAPTERS).flat());
  for (const folder of ['docs', 'docs/guides'])
    for (const file of fs.readdirSync(path.join(ROOT, folder)).filter((name) => name.endsWith('.md')))
      if (!known.has(`${folder}/${file}`)) throw new Error(`${folder}/${file} is in no chapter of the site`);
  fs.rmSync(PAGES, { recursive: true, force: true });
  copy('README.md');
  fs.cpSync(path.join(ROOT, 'docs/benchmarks'), path.join(PAGES, 'docs/benchmarks'), { recursive: true });
  return Object.entries(CHAPTERS).flatMap(([chapter, files]) =>
    files.map((file) => {
      const [, title] = /^# (.*)$/m.exec(fs.readFileSync(path.join(ROOT, file), 'utf8'));
      return copy(file, `---\ntitle: ${JSON.stringify(title)}\ngroup: ${chapter}\n---\n`);
    }),
  );
}

/** The first entry: `index.ts` with the engine's own declarations in the place of what it chooses. */
function writeIndex() {
  const header = /^\/\*\*[\s\S]*?\*\//.exec(fs.readFileSync(path.join(ROOT, 'src-ts/index.ts'), 'utf8'))[0];
  const from = (name) => JSON.stringify(path.join(ROOT, 'src-ts', `${name}.js`));
  const chosen = Object.entries(ENGINE).map(([name, names]) => `export { ${names.join(', ')} } from ${from(name)};`);
  const file = path.join(PAGES, 'index.ts');
  fs.writeFileSync(file, [header, `export * from ${from('index')};`, ...chosen].join('\n'));
  const compilerOptions = { rootDir: '/', typeRoots: [path.join(ROOT, 'node_modules/@types')] };
  const tsconfig = path.join(PAGES, 'tsconfig.json');
  const project = { extends: path.join(ROOT, 'tsconfig.json'), compilerOptions, include: [file, `${ROOT}/src-ts`] };
  fs.writeFileSync(tsconfig, JSON.stringify(project));
  return { file, tsconfig };
}

install();
const projectDocuments = writePages();
const index = writeIndex();
const options = {
  name: 'wamr-native',
  entryPoints: [index.file, ...ENTRIES.map((name) => path.join(ROOT, 'src-ts', `${name}.ts`))],
  tsconfig: index.tsconfig,
  projectDocuments,
  readme: path.join(PAGES, 'README.md'),
  out: OUT,
  // The project's compiler checks types.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  hideGenerator: true,
  sort: ['kind', 'alphabetical-ignoring-documents'],
  groupOrder: [...Object.keys(CHAPTERS), 'Modules'],
  navigation: { includeGroups: true, compactFolders: false },
  searchInDocuments: true,
  includeHierarchySummary: false,
  // Documents are Markdown: what looks like a tag is text.
  markdownItOptions: { html: false, linkify: false },
  ignoredHighlightLanguages: ['wat'],
  highlightLanguages: ['js', 'ts', 'sh', 'json', 'yaml', 'docker', 'text'],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  // Names of the host, what tools pass to their plug-ins, the types of a generic signature, the chosen engine's class.
  intentionallyNotExported: [
    '__global.AbortSignal',
    '__global.URL',
    '__global.Response',
    'OPTIMISATIONS',
    'Build',
    'Compiler',
    'VitestRun',
    'WitFunction',
    'ArgumentsOf',
    'ResultOf',
    'src-ts/index.ts:Instance',
  ],
  treatWarningsAsErrors: true,
  logLevel: 'Warn',
};
const file = path.join(TOOL_DIR, 'typedoc.json');
fs.writeFileSync(file, JSON.stringify(options, null, 2));
const typedoc = path.join(TOOL_DIR, 'node_modules/typedoc/bin/typedoc');
const { status } = spawnSync(process.execPath, [typedoc, '--options', file], { cwd: ROOT, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
console.log(`the site is in ${path.relative('.', OUT)}`);
