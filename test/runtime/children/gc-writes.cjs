'use strict';
/**
 * Objects that nothing knows but what was there before them: whatever operator puts them there, they must outlive
 * collections that look at young objects alone. Prints what each kind of `put` of gc-writes.wat led to. Arguments: the
 * package, the module.
 */
const fs = require('node:fs');
const { WebAssembly: W, compileSync, Module } = require(process.argv[2]);
const STRESS = process.env.WAMR_NATIVE_GC_STRESS === '1';
const KINDS = 17;
/** More than are allocated between two collections, without stress. */
const MANY = STRESS ? 3 : 1_000_000;

const module_ = new Module(compileSync(fs.readFileSync(process.argv[3]), { verify: true }));
const instantiate = (cells) =>
  new W.Instance(module_, {
    h: {
      table: new W.Table({ element: 'anyref', initial: 8 }),
      global: new W.Global({ value: 'anyref', mutable: true }, null),
      cells,
    },
  }).exports;
// Types are the same in both, and so is the heap.
const first = instantiate(null);
const { put, get, move, churn } = instantiate(first.cells());

churn(MANY);
for (let kind = 0; kind < KINDS; kind++) {
  const seen = [];
  for (const [i, at] of [0, 1, 99_999, 126, 127, 62_345].entries()) {
    move(at);
    put(kind, i + 1);
    churn(MANY);
    seen.push(get(kind));
    // It is old now.
    churn(MANY);
    seen.push(get(kind));
  }
  console.log(kind, seen.join(' '));
}
