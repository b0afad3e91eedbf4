/**
 * A module with one huge function of the shape of an interpreter: a loop around a switch, handlers of arithmetic,
 * memory accesses, calls and small branches over many locals. Deterministic.
 */
import { leb, moduleOf, section } from './wasm-build.js';

/** `ops` operators in `cases` handlers over `locals` locals (i32). */
export function monsterModule(ops: number, cases = 250, locals = 60): Uint8Array {
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const code: number[] = [];
  let count = 0;
  const put = (...bytes: number[]): void => {
    for (const b of bytes) code.push(b);
    count++;
  };
  const get = (l: number): void => put(0x20, ...leb(l));
  const set = (l: number): void => put(0x21, ...leb(l));
  const statement = (depth: number): void => {
    const [kind, x, y, z] = [random(10), random(locals), random(locals), random(locals)];
    get(x);
    if (kind < 4) {
      get(y);
      put(0x6a); // i32.add
      set(z);
    } else if (kind < 6) {
      put(0x28, 2, 8); // i32.load
      get(y);
      put(0x73); // i32.xor
      set(z);
    } else if (kind < 7 || (kind >= 8 && depth >= 3)) {
      get(y);
      put(0x36, 2, 4); // i32.store
    } else if (kind < 8) {
      get(y);
      put(0x10, 0); // call the import
      set(z);
    } else {
      put(0x45); // i32.eqz
      put(0x04, 0x40); // if
      for (let i = 1 + random(4); i > 0; i--) statement(depth + 1);
      put(0x05); // else
      statement(depth + 1);
      put(0x0b);
    }
  };
  put(0x03, 0x40); // loop
  for (let i = 0; i <= cases; i++) put(0x02, 0x40); // block
  get(0);
  put(0x0e, ...leb(cases));
  for (let i = 0; i <= cases; i++) code.push(...leb(i));
  for (let i = 0; i <= cases; i++) {
    put(0x0b);
    const goal = count + Math.ceil(ops / (cases + 1)) - 2;
    while (count < goal) statement(0);
    put(0x0c, ...leb(cases - i)); // to the loop
  }
  put(0x0b);
  const head = [1, ...leb(locals - 2), 0x7f];
  const body = Buffer.concat([Buffer.from(head), Buffer.from(code), Buffer.from([0x00, 0x0b])]);
  return moduleOf(
    section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]),
    section(2, [1, 1, 0x65, 1, 0x66, 0, 0]),
    section(3, [1, 0]),
    section(5, [1, 0, 1]),
    section(10, [1, ...leb(body.length)], body),
  );
}
