'use strict';
/**
 * How long compiling in the background keeps the program's thread from its event loop: `node compile-blocks.cjs PACKAGE
 * THREAD-TIME MODULE WAY` prints the longest block in milliseconds of the thread's processor time, and what one copy of
 * the bytes takes, which the interface wants at once.
 */
const fs = require('node:fs');
const made = { exports: {} };
process.dlopen(made, process.argv[3]);
const { now } = made.exports;
const wamr = require(process.argv[2]);
const bytes = new Uint8Array(fs.readFileSync(process.argv[4]));

const ways = { compile: () => wamr.compile(bytes), WebAssembly: () => wamr.WebAssembly.compile(bytes) };

async function main() {
  const copies = [];
  for (let i = 0; i < 3; i++) {
    const begun = now();
    new Uint8Array(new SharedArrayBuffer(bytes.length)).set(bytes);
    copies.push(now() - begun);
  }
  let running = true;
  let longest = 0;
  let turns = 0;
  let last = now();
  const turn = () => {
    const t = now();
    longest = Math.max(longest, t - last);
    turns++;
    last = now();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setTimeout(resolve, 20));
  longest = 0;
  await ways[process.argv[5]]();
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  console.log(JSON.stringify({ longest, copy: Math.max(...copies), turns }));
}

void main();
