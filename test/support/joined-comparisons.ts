/** A module whose functions join two integer comparisons, of registers and constants, in every way that code can use the answer. */
import { newWat } from './new-wat.js';

const VALUES = [0, 1, -1, 2, 30, 31, 32, -30, -31, -32, 100, 4095, 4096, -4096, 0x7fffffff, -0x80000000];
const COMPARISONS = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];

/** A function for each comparison and width: a hash of all answers over all pairs of values. */
export function joinedComparisons(): Uint8Array {
  const functions = ['i32', 'i64'].flatMap((type) =>
    COMPARISONS.map((first, n) => {
      const value = (name: string): string =>
        `(local.set $${name} (${type}.load${type === 'i64' ? '32_s' : ''} (local.get $at${name})))`;
      const constant = (k: number): string => `(${type}.const ${VALUES[(k * 7 + n) % VALUES.length]})`;
      const uses = COMPARISONS.flatMap((second, k) =>
        ['and', 'or'].map((join, j) => {
          const left = `(${type}.${first} (local.get $a) ${k % 3 === 0 ? '(local.get $b)' : constant(k)})`;
          const right = `(${type}.${second} (local.get $b) ${k % 3 === 1 ? '(local.get $a)' : constant(k + 3 * j + 1)})`;
          const both = `(i32.${join} ${left} ${right})`;
          return `(local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) ${both}))
            (local.set $h (select (i32.rotl (local.get $h) (i32.const 5)) (local.get $h) ${both}))
            (if (i32.eqz ${both}) (then (local.set $h (i32.xor (local.get $h) (i32.const ${1000 + k})))))`;
        }),
      );
      return `(func (export "${type}.${first}") (result i32) (local $a ${type}) (local $b ${type}) (local $h i32) (local $ata i32) (local $atb i32)
        (loop $i (local.set $atb (i32.const 0))
          (loop $j ${value('a')} ${value('b')} ${uses.join('\n')}
            (br_if $j (i32.lt_u (local.tee $atb (i32.add (local.get $atb) (i32.const 4))) (i32.const ${4 * VALUES.length}))))
          (br_if $i (i32.lt_u (local.tee $ata (i32.add (local.get $ata) (i32.const 4))) (i32.const ${4 * VALUES.length}))))
        (local.get $h))`;
    }),
  );
  const data = [...new Uint8Array(Int32Array.from(VALUES).buffer)].map((x) => `\\${x.toString(16).padStart(2, '0')}`);
  return newWat(`(module (memory 1) (data (i32.const 0) "${data.join('')}") ${functions.join('\n')})`);
}
