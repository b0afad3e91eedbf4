// Two modules: one gives its memory and a function to the other. Calls between them don't pass through JavaScript.
import { Module, instantiate } from 'wamr-native';

// (module (memory (export "memory") 1)
//   (global $top (mut i32) (i32.const 16))
//   (func (export "allocate") (param $n i32) (result i32)
//     (global.get $top) (global.set $top (i32.add (global.get $top) (local.get $n)))))
const allocator = new Module(
  Buffer.from(
    'AGFzbQEAAAABBgFgAX8BfwMCAQAFAwEAAQYGAX8BQRALBxUCBm1lbW9yeQIACGFsbG9jYXRlAAAKDQELACMAIwAgAGokAAs=',
    'base64',
  ),
);

// (module (import "heap" "memory" (memory 1)) (import "heap" "allocate" (func $allocate (param i32) (result i32)))
//   (func (export "store") (param $value i32) (result i32) (local $at i32)
//     (local.set $at (call $allocate (i32.const 4)))
//     (i32.store (local.get $at) (local.get $value)) (local.get $at)))
const user = new Module(
  Buffer.from(
    'AGFzbQEAAAABBgFgAX8BfwIgAgRoZWFwBm1lbW9yeQIAAQRoZWFwCGFsbG9jYXRlAAADAgEABwkBBXN0b3JlAAEKFQETAQF/QQQQACEBIAEgADYCACABCw==',
    'base64',
  ),
);

const heap = instantiate(allocator).exports;
const { store } = instantiate(user, { heap }).exports;
for (const value of [1, 22, 333]) {
  const at = store(value);
  console.log(`${value} stored at ${at}: ${new DataView(heap.memory.buffer).getInt32(at, true)}`);
}
