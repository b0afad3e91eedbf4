/** Chance, labels, locals and types of the program that is being written. */
/* eslint require-yield: "off" */
import { Fn, NUMBERS, Types } from '../gc-model.js';
import { type Ref, storageText, FUNC } from './code.js';

export class Basics {
  protected x: number;
  protected labels = 0;
  readonly types = new Types();
  /** Types of globals, and which of them may change. */
  protected readonly globals: { type: string; mutable: boolean; init: Ref }[] = [];
  protected readonly data: Uint8Array[] = [];
  protected readonly elements: { type: string; items: Ref[] }[] = [];
  readonly functions: Fn[] = [];
  protected readonly plain = 3;
  /** Of the function that is being written: types of its locals (numbers: i32), whether it may suspend, statements left. */
  protected locals: string[] = [];
  protected waits = false;
  protected budget = 0;

  constructor(seed: number) {
    this.x = Math.imul(seed, 2654435761) >>> 0 || 1;
  }

  // ---- chance

  protected below(n: number): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return (this.x >>> 0) % n;
  }
  protected pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  protected times<T>(n: number, make: (i: number) => T): T[] {
    return Array.from({ length: n }, (_, i) => make(i));
  }
  /** Whether an operation is kept from trapping. */
  protected guarded(): boolean {
    return this.below(400) > 0;
  }
  protected label(): string {
    return `$b${this.labels++}`;
  }
  protected local(type: string): number {
    return this.locals.push(type) - 1;
  }
  protected localOf(type: string): number | undefined {
    const fit = this.locals.flatMap((t, i) => (this.types.isSubtype(t, type) ? [i] : []));
    return fit.length > 0 ? this.pick(fit) : undefined;
  }

  protected exactly(type: string): number[] {
    return this.locals.flatMap((t, i) => (t === type ? [i] : []));
  }

  // ---- types

  protected makeTypes(): string {
    const { all } = this.types;
    const kinds = ['i8', 'i16', 'i32', 'i64', 'f64', 'v128', 'any', 'any', 't0', 't0', 'extern'];
    const depth = this.pick([3, 6, 17]);
    const chain = this.times(depth, (i) => `t${i}`);
    const fields = (inherited: string[]): string[] => [
      ...inherited,
      ...this.times(this.below(3), () => this.pick(kinds)),
    ];
    let inherited = ['t0', 'i32', 'any'];
    chain.forEach((t, i) => {
      if (i > 0) inherited = fields(inherited);
      all.set(t, { parent: i === 0 ? 'struct' : chain[i - 1], fields: inherited });
    });
    // Siblings, beside the chain.
    for (const [t, parent] of [
      ['u', 't1'],
      ['w', 'u'],
      ['v', chain[depth - 2]],
    ])
      all.set(t, { parent, fields: fields(all.get(parent)!.fields!) });
    for (const element of [...Object.keys(NUMBERS), 'any', 't0', 'extern', 'fa'])
      all.set(`a_${element}`, { parent: 'array', element });
    this.types.complete();
    const texts = [...all].flatMap(([t, { parent, fields, element }]) =>
      fields !== undefined
        ? `(type $${t} (sub ${parent === 'struct' ? '' : `$${parent}`} (struct ${fields.map((s) => `(field (mut ${storageText(s)}))`).join(' ')})))`
        : element !== undefined
          ? `(type $${t} (array (mut ${storageText(element)})))`
          : [],
    );
    return `(type $fa (sub (func (param anyref) (result anyref))))
      (rec ${texts.join('\n')}
        (type $fb (sub $fa (func (param anyref) (result (ref null $t0))))))
      ${FUNC}`;
  }
}
