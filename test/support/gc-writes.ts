/**
 * Objects that nothing knows but what was there before them: whatever operator of gc-writes.wat puts them there, they
 * must outlive collections that look at young objects alone.
 *
 * As a program: standard input is the module as base64, standard output a line for each kind. Argument: an engine's name.
 */
import fs from 'node:fs';
import { type Engine, v8Engine, wamrEngine } from './engine.js';

const KINDS = 17;
/** Where in the long array: the ends of cards among them. */
const PLACES = [0, 1, 99_999, 126, 127, 62_345];

type Exports = Record<'put' | 'get' | 'move' | 'churn' | 'cells', (...args: number[]) => number>;

/** What each kind of `put` led to, after collections. `many`: objects between two looks. */
export function writes(engine: Engine, bytes: Uint8Array, many: number): string[] {
  const { Table, Global } = engine.wasm;
  const module = engine.compile(bytes);
  const instantiate = (cells: unknown): Exports =>
    engine.instantiate(module, {
      h: {
        table: new Table({ element: 'anyref' as 'externref', initial: 8 }),
        global: new Global({ value: 'anyref', mutable: true }, null),
        cells,
      },
    }).exports as Exports;
  // Types are the same in both, and so is the heap.
  const { put, get, move, churn } = instantiate(instantiate(null).cells());
  churn(many);
  return Array.from({ length: KINDS }, (_, kind) => {
    const seen = PLACES.flatMap((at, i) => {
      move(at);
      put(kind, i + 1);
      churn(many);
      const young = get(kind);
      churn(many);
      return [young, get(kind)];
    });
    return `${kind}: ${seen.join(' ')}`;
  });
}

/** What `writes` must give: each object is what it was made as; a segment's is always the same. */
export const WRITES: readonly string[] = Array.from({ length: KINDS }, (_, kind) => {
  const seen = PLACES.flatMap((_, i) => (kind === 10 ? [7, 7] : [10 * (i + 1) + 7, 10 * (i + 1) + 7]));
  return `${kind}: ${seen.join(' ')}`;
});

const ENGINES: Record<string, () => Engine> = { v8: () => v8Engine, wamr: wamrEngine };
const [name, many] = process.argv.slice(2);
if (name in ENGINES) {
  const bytes = Buffer.from(fs.readFileSync(0, 'utf8'), 'base64');
  console.log(writes(ENGINES[name](), new Uint8Array(bytes), Number(many)).join('\n'));
}
