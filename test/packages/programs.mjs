/**
 * Programs from npm that carry wasm, each with a job that shows its answer as text or bytes. `toolchain` is what made
 * the wasm. `tests` marks those of the daily test run; the benchmark has all.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import * as input from './inputs.mjs';

const require = createRequire(import.meta.url);
const read = (file) => fs.readFileSync(require.resolve(file));

export const programs = {
  'sql.js': {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const SQL = await require('sql.js')();
      const db = new SQL.Database();
      db.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, x REAL); BEGIN');
      const next = input.random();
      const insert = db.prepare('INSERT INTO t (name, x) VALUES (?, ?)');
      for (let i = 0; i < 20_000; i++) insert.run([`n${next(500)}`, next(1e6) / 7]);
      db.run('COMMIT; CREATE INDEX i ON t (name)');
      db.create_function('half', (x) => x / 2);
      return JSON.stringify(
        db.exec('SELECT name, count(*) c, avg(half(x)), max(x) FROM t GROUP BY name ORDER BY c DESC, name LIMIT 50'),
      );
    },
  },

  'quickjs-emscripten': {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const { getQuickJS } = require('quickjs-emscripten');
      const vm = (await getQuickJS()).newContext();
      const log = [];
      const f = vm.newFunction('log', (h) => void log.push(vm.dump(h)));
      vm.setProp(vm.global, 'log', f);
      f.dispose();
      const code = `function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
        const m = new Map(); for (let i = 0; i < 60000; i++) m.set('k' + i % 997, (m.get('k' + i % 997) ?? 0) + i);
        log([...m].slice(0, 20)); try { null.x } catch (e) { log(String(e)) } fib(23)`;
      const result = vm.unwrapResult(vm.evalCode(code));
      const answer = JSON.stringify([vm.dump(result), log]);
      result.dispose();
      vm.dispose();
      return answer;
    },
  },

  'web-tree-sitter': {
    toolchain: 'Emscripten, side modules',
    tests: true,
    async run() {
      const { Parser, Language, Query } = await import('web-tree-sitter');
      await Parser.init();
      const language = await Language.load(require.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'));
      const parser = new Parser();
      parser.setLanguage(language);
      const tree = parser.parse(input.script(250));
      const names = new Query(language, '(method_definition name: (_) @name)').captures(tree.rootNode);
      return tree.rootNode.toString() + names.length;
    },
  },

  '@viz-js/viz': {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const { instance } = await import('@viz-js/viz');
      const next = input.random();
      const edges = Array.from({ length: 150 }, () => `n${next(60)} -> n${next(60)};`).join(' ');
      return (await instance()).renderString(`digraph { ${edges} }`, { format: 'svg' });
    },
  },

  wasmoon: {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const { LuaFactory } = require('wasmoon');
      const lua = await new LuaFactory().createEngine();
      lua.global.set('twice', (x) => x * 2);
      const answer =
        await lua.doString(`local t = {} for i = 1, 200000 do t[#t + 1] = (i * 7919) % 10007 end table.sort(t)
        local s = 0 for i = 1, 2000 do s = s + twice(t[i * 50]) end
        local ok, e = pcall(function() error('thrown') end) return s .. e .. string.rep('x', 5):upper()`);
      lua.global.close();
      return String(answer);
    },
  },

  'libsodium-wrappers': {
    toolchain: 'Emscripten, embedded',
    tests: true,
    async run() {
      const sodium = require('libsodium-wrappers');
      await sodium.ready;
      const data = input.bytes(300_000);
      const key = input.bytes(32);
      const pair = sodium.crypto_sign_seed_keypair(key);
      const signature = sodium.crypto_sign_detached(data, pair.privateKey);
      const box = sodium.crypto_secretbox_easy(data, input.bytes(24), key);
      return sodium.to_hex(signature) + sodium.to_hex(sodium.crypto_generichash(64, box));
    },
  },

  'clingo-wasm': {
    toolchain: 'Emscripten, C++ exceptions',
    tests: true,
    async run() {
      // Runs in a worker thread. On newer Nodes it picks a build with threads.
      const { default: clingo } = await import('clingo-wasm');
      const queens = `{q(I,1..7)} = 1 :- I=1..7. :- q(I,J),q(K,J),I<K. :- q(I,J),q(K,L),I<K,|I-K|=|J-L|.`;
      const all = await clingo.run(queens, 0);
      const models = all.Call[0].Witnesses.map(({ Value }) => Value.sort().join(' ')).sort();
      const best = await clingo.run('{a(1..14)}. :- a(X), a(X+1). #maximize{X*X\\7+1,X:a(X)}.', 0);
      const errors = [];
      for (const wrong of ['a :- b. c(X) :- ', 'b(X/0) :- a(X). a(X).', '#include "missing.lp".'])
        errors.push((await clingo.run(wrong, 0)).Error);
      return JSON.stringify([models, best.Models.Costs, best.Result, errors]);
    },
  },

  'wasm-vips': {
    toolchain: 'Emscripten, C++ exceptions, pthreads',
    tests: true,
    async run() {
      const vips = await require('wasm-vips')({ dynamicLibraries: [] });
      const noise = vips.Image.gaussnoise(400, 300, { seed: 7, mean: 128, sigma: 40 }).cast('uchar');
      const image = noise.resize(0.5, { kernel: 'lanczos3' }).gaussblur(1.2).bandjoin([1, 2]);
      const jpeg = image.writeToBuffer('.jpg[Q=80]');
      const answer = [
        image.writeToBuffer('.png').toString(),
        jpeg.toString(),
        vips.Image.newFromBuffer(jpeg).avg(),
        image.histFind().max(),
      ];
      // Of C++: made by the glue with a tag of the module.
      for (const wrong of [() => vips.Image.newFromBuffer(new Uint8Array(20)), () => image.sharpen()])
        try {
          wrong();
        } catch (e) {
          answer.push(e instanceof WebAssembly.Exception, JSON.stringify(e.message));
        }
      return answer.join();
    },
  },

  wabt: {
    toolchain: 'Emscripten',
    async run() {
      const wabt = await require('wabt')();
      const body = Array.from(
        { length: 800 },
        (_, i) =>
          `(func (export "f${i}") (param i32) (result i32) (if (result i32) (i32.lt_s (local.get 0) (i32.const ${i})) (then (i32.mul (local.get 0) (i32.const 3))) (else (i32.load offset=4 (local.get 0)))))`,
      );
      const module = wabt.parseWat('m.wat', `(module (memory 1) ${body.join('\n')})`);
      module.validate();
      const binary = module.toBinary({}).buffer;
      module.destroy();
      const again = wabt.readWasm(binary, { readDebugNames: true });
      again.applyNames();
      return again.toText({ foldExprs: true, inlineExport: true });
    },
  },

  '@swc/wasm': {
    toolchain: 'wasm-bindgen',
    tests: true,
    async run() {
      const swc = require('@swc/wasm');
      return swc.transformSync(input.script(120, { types: true }), {
        filename: 'a.ts',
        jsc: { parser: { syntax: 'typescript' }, target: 'es2017' },
        minify: true,
      }).code;
    },
  },

  'lightningcss-wasm': {
    toolchain: 'napi-rs (own glue)',
    tests: true,
    async run() {
      const { default: init, transform } = await import('lightningcss-wasm');
      await init?.();
      const { code } = transform({
        filename: 'a.css',
        code: Buffer.from(input.css(700)),
        minify: true,
        targets: { chrome: 95 << 16 },
      });
      return Buffer.from(code);
    },
  },

  '@resvg/resvg-wasm': {
    toolchain: 'wasm-bindgen',
    tests: true,
    async run() {
      const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
      await initWasm(read('@resvg/resvg-wasm/index_bg.wasm'));
      return new Resvg(input.svg(60)).render().asPng();
    },
  },

  '@rollup/wasm-node': {
    toolchain: 'wasm-bindgen',
    async run() {
      const { rollup } = await import('@rollup/wasm-node');
      const files = { main: "import { work3, names } from 'lib'; console.log(work3, names);", lib: input.script(200) };
      const bundle = await rollup({
        input: 'main',
        external: ['node:fs'],
        plugins: [{ name: 'm', resolveId: (id) => (id in files ? id : null), load: (id) => files[id] }],
      });
      const { output } = await bundle.generate({ format: 'es' });
      return output[0].code;
    },
  },

  tiktoken: {
    toolchain: 'wasm-bindgen',
    async run() {
      const { get_encoding } = require('tiktoken');
      const encoding = get_encoding('cl100k_base');
      const tokens = encoding.encode(input.text(20_000));
      const answer = tokens.join() + Buffer.from(encoding.decode(tokens)).length;
      encoding.free();
      return answer;
    },
  },

  'esbuild-wasm': {
    toolchain: 'Go',
    async run() {
      // In this thread: the package's own Node entry starts a process for its wasm.
      globalThis.self = globalThis;
      const esbuild = require('esbuild-wasm/lib/browser.js');
      await esbuild.initialize({
        wasmModule: await WebAssembly.compile(read('esbuild-wasm/esbuild.wasm')),
        worker: false,
      });
      const { code } = await esbuild.transform(input.script(150, { types: true }), {
        loader: 'ts',
        minify: true,
        target: 'es2018',
      });
      return code;
    },
  },

  '@wasm-fmt/gofmt': {
    toolchain: 'TinyGo',
    tests: true,
    async run() {
      const { format } = await import('@wasm-fmt/gofmt');
      return format(input.go(300));
    },
  },

  '@wasm-fmt/ruff_fmt': {
    toolchain: 'wasm-bindgen',
    async run() {
      const { format } = await import('@wasm-fmt/ruff_fmt');
      return format(input.python(500), 'a.py');
    },
  },

  '@wasm-fmt/zig_fmt': {
    toolchain: 'Zig',
    tests: true,
    async run() {
      const zig = await import('@wasm-fmt/zig_fmt');
      await zig.default?.();
      const source = Array.from(
        { length: 400 },
        (_, i) =>
          `fn f${i}(a:i32,b:u8) i32{const x=a+@as(i32,b);if(x>${i}){return x;}else{return switch(b){0=>1,1...9=>2,else=>3};}}`,
      );
      return zig.format(source.join('\n'));
    },
  },

  '@wasm-fmt/clang-format': {
    toolchain: 'Emscripten, C++',
    async run() {
      const { format } = await import('@wasm-fmt/clang-format');
      const source = Array.from(
        { length: 150 },
        (_, i) =>
          `template<class T> static inline int f${i}(T const&x,std::vector<int>&v){for(auto&&y:v){if(y>x&&y!=${i})return y*2;else v.push_back(y);}return [&]{return ${i};}();}`,
      );
      return format(source.join('\n'), 'a.cc', 'LLVM');
    },
  },

  '@dprint/typescript': {
    toolchain: 'Rust without bindgen',
    tests: true,
    async run() {
      const { createContext } = await import('@dprint/formatter');
      const context = createContext({ lineWidth: 80 });
      context.addPlugin(read('@dprint/typescript/plugin.wasm'));
      return context.formatText({ filePath: 'a.ts', fileText: input.script(40, { types: true }) });
    },
  },

  '@chainsafe/as-sha256': {
    toolchain: 'AssemblyScript',
    tests: true,
    async run() {
      const { digest, digest64 } = await import('@chainsafe/as-sha256');
      const data = input.bytes(200_000);
      const out = [];
      for (let i = 0; i < 60; i++) out.push(digest(data.subarray(i)), digest64(data.subarray(64 * i, 64 * i + 64)));
      return Buffer.concat(out).toString('hex');
    },
  },

  'xxhash-wasm': {
    toolchain: 'AssemblyScript',
    tests: true,
    async run() {
      const { h32Raw, h64Raw, create64 } = await require('xxhash-wasm')();
      const data = input.bytes(1_000_000);
      const stream = create64();
      for (let i = 0; i < 60; i++) stream.update(data);
      return [h32Raw(data), h64Raw(data), stream.digest()].join();
    },
  },

  'es-module-lexer': {
    toolchain: 'wasi-sdk',
    tests: true,
    async run() {
      const { init, parse } = await import('es-module-lexer');
      await init;
      return JSON.stringify(parse(`${input.script(300)}\nexport * from 'x'; import('y').then(z);`));
    },
  },

  'source-map': {
    toolchain: 'Rust without bindgen',
    tests: true,
    async run() {
      const { SourceMapGenerator, SourceMapConsumer } = require('source-map');
      const map = new SourceMapGenerator({ file: 'out.js' });
      const next = input.random();
      for (let line = 1; line <= 4000; line++)
        map.addMapping({
          generated: { line, column: next(80) },
          original: { line: 1 + next(3000), column: next(80) },
          source: `s${next(5)}.js`,
        });
      return SourceMapConsumer.with(map.toJSON(), null, (consumer) => {
        const found = [];
        for (let line = 1; line <= 4000; line++) found.push(consumer.originalPositionFor({ line, column: 79 }).line);
        return found.join();
      });
    },
  },

  'hash-wasm': {
    toolchain: 'clang, one module for each hash',
    tests: true,
    async run() {
      const { argon2id, blake3, md5, sha3, xxhash128, whirlpool } = require('hash-wasm');
      const data = input.bytes(2_000_000);
      const kdf = {
        password: 'p',
        salt: input.bytes(16),
        parallelism: 1,
        iterations: 2,
        memorySize: 4096,
        hashLength: 32,
        outputType: 'hex',
      };
      return JSON.stringify([
        await blake3(data),
        await md5(data),
        await sha3(data),
        await xxhash128(data),
        await whirlpool(data),
        await argon2id(kdf),
      ]);
    },
  },

  'jco-transpile': {
    toolchain: 'jco (component)',
    async run() {
      const { parse, print } = await import('@bytecodealliance/jco-transpile/wasm-tools');
      const functions = Array.from(
        { length: 2000 },
        (_, i) => `(func (export "f${i}") (param i32) (result i32) local.get 0 i32.const ${i} i32.add)`,
      );
      return print(await parse(`(module ${functions.join('\n')})`));
    },
  },

  'jq-web': {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const jq = await require('jq-web');
      const next = input.random();
      const list = Array.from({ length: 2000 }, (_, i) => ({ i, group: `g${next(20)}`, x: next(1000) }));
      return jq.raw(
        JSON.stringify(list),
        'group_by(.group) | map({group: .[0].group, sum: (map(.x) | add), n: length}) | sort_by(.sum)',
      );
    },
  },

  mupdf: {
    toolchain: 'Emscripten',
    async run() {
      const mupdf = await import('mupdf');
      const doc = new mupdf.PDFDocument();
      const font = doc.addSimpleFont(new mupdf.Font('Helvetica'));
      const words = input.text(300).replaceAll('\n', '').split(' ');
      const lines = words
        .map((w, i) => `BT /F1 9 Tf ${20 + (i % 6) * 60} ${780 - Math.floor(i / 6) * 15} Td (${w}) Tj ET`)
        .join('\n');
      doc.insertPage(-1, doc.addPage([0, 0, 400, 800], 0, { Font: { F1: font } }, lines));
      const page = doc.loadPage(0);
      const pixmap = page.toPixmap(mupdf.Matrix.scale(2, 2), mupdf.ColorSpace.DeviceRGB);
      return Buffer.concat([Buffer.from(pixmap.asPNG()), Buffer.from(page.toStructuredText().asJSON())]);
    },
  },

  micropython: {
    toolchain: 'Emscripten',
    tests: true,
    async run() {
      const { loadMicroPython } = await import('@micropython/micropython-webassembly-pyscript/micropython.mjs');
      const lines = [];
      const mp = await loadMicroPython({ stdout: (line) => lines.push(line) });
      mp.globals.set('js_list', [3, 1, 2]);
      mp.runPython(`
def sieve(n):
    s = bytearray(n + 1)
    for i in range(2, n + 1):
        if not s[i]:
            yield i
            for j in range(2 * i, n + 1, i): s[j] = 1
print(sum(sieve(30000)), sorted(list(js_list)), {k: len(k) for k in ('a', 'bb')})
try:
    1 // 0
except ZeroDivisionError as e:
    print(repr(e))
`);
      return lines.join('\n');
    },
  },

  'node-sqlite3-wasm': {
    toolchain: 'Emscripten',
    async run() {
      const { Database } = require('node-sqlite3-wasm');
      const db = new Database();
      db.exec('CREATE TABLE t (a INTEGER, b TEXT)');
      db.exec('BEGIN');
      for (let i = 0; i < 5000; i++) db.run('INSERT INTO t VALUES (?, ?)', [i, `row ${i % 37}`]);
      db.exec('COMMIT');
      const rows = db.all(
        'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000) SELECT b, sum(a) s, group_concat(x) g FROM t JOIN c ON t.a = c.x GROUP BY b ORDER BY s',
      );
      db.close();
      return JSON.stringify(rows);
    },
  },

  trealla: {
    toolchain: 'wasi-sdk (wasmer-js)',
    async run() {
      const { load, Prolog } = await import('trealla');
      await load();
      const prolog = new Prolog();
      await prolog.consultText(`queens(N, Qs) :- numlist(1, N, Ns), permute(Ns, Qs), safe(Qs).
permute([], []).
permute(L, [H|T]) :- select(H, L, R), permute(R, T).
safe([]).
safe([Q|Qs]) :- no_attack(Q, Qs, 1), safe(Qs).
no_attack(_, [], _).
no_attack(Q, [Q1|Qs], D) :- Q =\\= Q1 + D, Q =\\= Q1 - D, D1 is D + 1, no_attack(Q, Qs, D1).
`);
      const answer = await prolog.queryOnce('queens(6, Qs).');
      return JSON.stringify(answer.answer ?? answer);
    },
  },

  pyodide: {
    toolchain: 'Emscripten, side modules and exceptions',
    async run() {
      const { loadPyodide } = await import('pyodide');
      const py = await loadPyodide();
      return py.runPython(
        'import json, re\njson.dumps([sum(i * i for i in range(100000)), re.sub("a+", "b", "caaat" * 50)])',
      );
    },
  },
};
