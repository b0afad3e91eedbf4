/**
 * Costs of the interface's objects: tables, globals, references, modules and instances. `row(name, run, per)` of
 * calls.cjs measures `run(n)`; `assemble` makes bytes of text.
 */
const TABLES = `(module
  (func $a (export "a")) (func (export "b"))
  (table (export "table") 2000 funcref)
  (elem (i32.const 1) func $a)
  (elem (i32.const 100) func ${'$a '.repeat(1000)})
  (global (export "global") (mut i32) (i32.const 7)))`;
const REFERENCES = `(module
  (import "js" "ref" (func $ref (param externref) (result externref)))
  (func (export "toRef") (param $n i32) (param $x externref) (loop $l
    (drop (call $ref (local.get $x)))
    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`;
/** What Emscripten's addFunction makes of a JavaScript function. */
const TRAMPOLINE = '(module (import "e" "f" (func $f (param i32) (result i32))) (export "f" (func $f)))';
const SMALL = `(module (memory (export "memory") 1) (data (i32.const 8) "some bytes of data")
  ${Array.from({ length: 20 }, (_, i) => `(func (export "f${i}") (param i32) (result i32) (local.get 0))`).join('\n')})`;
const many = (n) =>
  `(module ${Array.from({ length: n }, (_, i) => `(func (export "f${i}") (param i32) (result i32) (i32.add (local.get 0) (i32.const ${i})))`).join('\n')})`;

/** One object in each of so many turns, so that `run` makes few when making one is slow. */
const times = (f) => (n) => {
  for (let i = 0; i < n; i++) f(i);
};

function objects(engine, assemble, row) {
  const instantiateBytes = (bytes, imports) => new engine.Instance(new engine.Module(bytes), imports).exports;
  const instantiate = (text, imports) => instantiateBytes(assemble(text), imports);
  const { a, table, global } = instantiate(TABLES);
  const value = { object: true };
  let seen = 0;
  row(
    'Table#get of one function',
    times(() => (seen ^= table.get(1) === null)),
  );
  row(
    'Table#get of 1,000 functions',
    times((i) => (seen ^= table.get(100 + (i % 1000)) === null)),
  );
  row(
    'Table#get and call',
    times(() => table.get(1)()),
  );
  row(
    'Table#set',
    times(() => table.set(60, a)),
  );
  row(
    'Table#length',
    times(() => (seen ^= table.length)),
  );
  const externs = new engine.Table({ element: 'externref', initial: 16 }, null);
  const setAndGet = times((i) => {
    externs.set(i & 15, value);
    seen ^= externs.get(i & 15) === null;
  });
  row('externref Table#set and get', setAndGet);
  setAndGet(3_000_000);
  row('externref Table#set and get, 3,000,000 later', setAndGet);
  const own = new engine.Global({ value: 'i32', mutable: true }, 3);
  row(
    'Global#value, get',
    times(() => (seen ^= global.value)),
  );
  row(
    'Global#value, set',
    times((i) => (own.value = i)),
  );
  row(
    'new Global',
    times((i) => new engine.Global({ value: 'i32', mutable: true }, i)),
  );
  const { toRef } = instantiate(REFERENCES, { js: { ref: (x) => x } });
  row('wasm → JS (externref) → externref, an object', (n) => toRef(n, value));
  const trampoline = assemble(TRAMPOLINE);
  const imports = { e: { f: (x) => x } };
  row(
    'new Module, 34 bytes',
    times(() => new engine.Module(trampoline)),
  );
  row(
    'Module and Instance of a trampoline',
    times(() => instantiateBytes(trampoline, imports).f),
  );

  for (const [name, text] of [
    ['tiny', '(module (func (export "f")))'],
    ['memory, data and 20 exports', SMALL],
    ['10,000 exports', many(10_000)],
  ]) {
    const module = new engine.Module(assemble(text));
    row(
      `new Instance: ${name}`,
      times(() => new engine.Instance(module).exports),
    );
  }
  return seen;
}

module.exports = { objects };
