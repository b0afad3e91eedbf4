// Compile, load, instantiate, call, catch a trap.
const { compileSync, load, instantiate } = require('wamr-native');

// (module
//   (import "env" "log" (func $log (param i32)))
//   (func (export "sum") (param $n i32) (result i32) (local $s i32)
//     (loop $more (local.set $s (i32.add (local.get $s) (local.get $n)))
//       (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
//     (call $log (local.get $s)) (local.get $s))
//   (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))
const wasm = Buffer.from(
  'AGFzbQEAAAABEANgAX8AYAF/AX9gAn9/AX8CCwEDZW52A2xvZwAAAwMCAQIHEAIDc3VtAAEGZGl2aWRlAAIKJwIdAQF/A0AgASAAaiEBIABBAWsiAA0ACyABEAAgAQsHACAAIAFtCw==',
  'base64',
);

const artefact = compileSync(wasm); // keep it in a file and map that: load('sum.aot')
const sums = instantiate(load(artefact), { env: { log: (n) => console.log('the guest says', n) } });

console.log(sums.exports.sum(100));
try {
  sums.exports.divide(1, 0);
} catch (e) {
  console.log(
    `${e.name}: ${e.message} (${e.trap}) in function ${e.frames[0].func}, offset 0x${e.frames[0].offset.toString(16)}`,
  );
}
