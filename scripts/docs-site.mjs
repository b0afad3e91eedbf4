/**
 * Builds the documents as a static site: the README, docs/, and a reference of the public interface made by TypeDoc out
 * of the sources, by VitePress, which refuses dead links. `npm run docs:site [FOLDER]` (default: .cache/site). The
 * generators are no dependencies of the project: they are installed, pinned, when a site is built.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TOOLS = { vitepress: '1.6.4', typedoc: '0.28.14', 'typedoc-plugin-markdown': '4.9.0', typescript: '5.9.3' };
const TOOL_DIR = path.join(ROOT, '.cache/site-tools');
const OUT = path.resolve(process.argv[2] ?? path.join(ROOT, '.cache/site'));
/** The pages, made anew each time. */
const PAGES = path.join(TOOL_DIR, 'pages');

/** Public entries by the name that programs import. */
const ENTRIES = ['index', 'component/index', 'wasi/index', 'profile/index', 'register/index'];
/** The order of the menu; what is not named comes behind. */
const GUIDES = [
  'register',
  'command-line',
  'profiling',
  'tools',
  'environment',
  'traps-and-memory',
  'performance',
  'benchmarks',
];

function run(args, cwd) {
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
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

/** Copies a document; links lead to where the pages are on the site. */
function copy(from, to) {
  const text = fs
    .readFileSync(path.join(ROOT, from), 'utf8')
    .replaceAll(/\]\((?:\.\.\/)*README\.md/g, '](index.md')
    .replaceAll(/\]\((?:\.\.\/)+(CHANGELOG|SECURITY|CONTRIBUTING)\.md/g, ']($1.md')
    .replaceAll(/\]\(docs\//g, '](')
    // What is no document is not on the site.
    .replaceAll(/\[([^\]]*)\]\((?!https?:|#)(?![^)]*\.(?:md|svg)[#)])[^)]*\)/g, '$1');
  fs.mkdirSync(path.dirname(path.join(PAGES, to)), { recursive: true });
  fs.writeFileSync(path.join(PAGES, to), text);
}

function writePages() {
  fs.rmSync(PAGES, { recursive: true, force: true });
  copy('README.md', 'index.md');
  for (const name of ['CHANGELOG', 'SECURITY', 'CONTRIBUTING']) copy(`${name}.md`, `${name}.md`);
  copy('examples/README.md', 'examples/README.md');
  for (const file of fs.readdirSync(path.join(ROOT, 'docs')).filter((f) => f.endsWith('.md')))
    copy(`docs/${file}`, file);
  fs.cpSync(path.join(ROOT, 'docs/benchmarks'), path.join(PAGES, 'benchmarks'), { recursive: true });
}

function writeReference() {
  run(
    [
      path.join(TOOL_DIR, 'node_modules/typedoc/bin/typedoc'),
      '--plugin',
      path.join(TOOL_DIR, 'node_modules/typedoc-plugin-markdown/dist/index.js'),
      ...[
        '--tsconfig',
        'tsconfig.json',
        '--skipErrorChecking',
        '--readme',
        'none',
        '--excludeInternal',
        '--excludePrivate',
      ],
      ...[
        '--disableSources',
        '--hideBreadcrumbs',
        '--entryFileName',
        'index',
        '--logLevel',
        'Error',
        '--out',
        path.join(PAGES, 'api'),
      ],
      ...ENTRIES.map((name) => `src-ts/${name}.ts`),
    ],
    ROOT,
  );
}

function writeConfig() {
  const pages = fs
    .readdirSync(PAGES)
    .filter((f) => f.endsWith('.md') && f !== 'index.md')
    .map((f) => f.slice(0, -3));
  const rank = (name) => (GUIDES.indexOf(name) + GUIDES.length + 1) % (GUIDES.length + 1);
  const guides = pages.filter((name) => GUIDES.includes(name)).sort((x, y) => rank(x) - rank(y));
  const others = pages.filter((name) => !GUIDES.includes(name)).sort();
  const titled = (name) => ({
    text: /^# (.*)$/m.exec(fs.readFileSync(path.join(PAGES, `${name}.md`), 'utf8'))?.[1] ?? name,
    link: `/${name}`,
  });
  const config = {
    title: 'wamr-native',
    description: 'A WebAssembly runtime for Node',
    outDir: OUT,
    base: process.env.BASE_URL ?? '/',
    // Documents are Markdown: what looks like a tag is text.
    markdown: { html: false },
    themeConfig: {
      search: { provider: 'local' },
      sidebar: [
        { text: 'Start', link: '/' },
        { text: 'Guides', items: guides.map(titled) },
        { text: 'Reference of the interface', link: '/api/' },
        { text: 'Behind it', items: others.map(titled) },
      ],
    },
  };
  fs.mkdirSync(path.join(PAGES, '.vitepress'), { recursive: true });
  fs.writeFileSync(path.join(PAGES, '.vitepress/config.mjs'), `export default ${JSON.stringify(config, null, 2)};\n`);
}

install();
writePages();
writeReference();
writeConfig();
run([path.join(TOOL_DIR, 'node_modules/vitepress/bin/vitepress.js'), 'build', PAGES], TOOL_DIR);
console.log(`the site is in ${path.relative('.', OUT)}`);
