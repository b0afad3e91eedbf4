/**
 * What a program of kotlin.kt answers: `node kotlin.mjs PROGRAM DIVISOR` prints it, with a part of the work, and a line
 * with the engines that its modules ran on.
 */
import { pathToFileURL } from 'node:url';

const [program, divisor] = process.argv.slice(2);
const kotlin = await import(pathToFileURL(program));
const thrower = (x) => {
  if (x % 3 === 0) throw new RangeError(`not ${x}`);
  return x * 2;
};
console.log(
  JSON.stringify([
    kotlin.words(20_000 / Number(divisor)),
    ...['(1+2)*3.5-8/(2-4)', '1/0', '2*(3', '4+x'].map(kotlin.calculate),
    kotlin.shapes(300 / Number(divisor)),
    kotlin.lazily(200 / Number(divisor)),
    kotlin.trees(10),
    ...[0, 5, -1].map(kotlin.fails),
    kotlin.fromJs(thrower, 20),
  ]),
);
console.log(
  JSON.stringify(globalThis[Symbol.for('wamr-native.register')]?.status().modules.map(({ engine }) => engine) ?? []),
);
