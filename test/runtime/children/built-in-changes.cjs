'use strict';
/**
 * Changes of built-ins that a program may make, one at a time: every method, static function and constructor that the
 * language has, and properties of `Object.prototype` that options are asked for.
 */
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;

const bad = () => {
  throw new Error('changed');
};
const useless = () => undefined;
const changes = [];
const prototypes = {
  Array,
  String,
  Number,
  BigInt,
  Boolean,
  Function,
  Map,
  Set,
  WeakMap,
  WeakSet,
  WeakRef,
  Promise,
  RegExp,
  Symbol,
  DataView,
  ArrayBuffer,
  Uint8Array,
  Int32Array,
  Error,
  TypedArray: getPrototypeOf(Uint8Array),
};
const statics = {
  Object,
  Array,
  Reflect,
  JSON,
  Math,
  Number,
  BigInt,
  String,
  Promise,
  Symbol,
  ArrayBuffer,
  Uint8Array,
  TypedArray: getPrototypeOf(Uint8Array),
  Error,
};
for (const which of ['bad', 'useless'])
  for (const [name, c] of Object.entries(prototypes))
    for (const key of Reflect.ownKeys(c.prototype))
      changes.push([`${name}.prototype.${String(key)} ${which}`, c.prototype, key, which === 'bad' ? bad : useless]);
for (const which of ['bad', 'useless'])
  for (const [name, c] of Object.entries(statics))
    for (const key of Reflect.ownKeys(c))
      if (key !== 'prototype')
        changes.push([`${name}.${String(key)} ${which}`, c, key, which === 'bad' ? bad : useless]);
for (const [name, it] of Object.entries({
  ArrayIterator: [][Symbol.iterator](),
  MapIterator: new Map().entries(),
  SetIterator: new Set().values(),
  StringIterator: ''[Symbol.iterator](),
  RegExpStringIterator: ''.matchAll(/x/g),
}))
  changes.push([`${name}.next`, getPrototypeOf(it), 'next', bad]);
for (const name of [
  'Array',
  'Map',
  'Set',
  'WeakMap',
  'WeakRef',
  'FinalizationRegistry',
  'Uint8Array',
  'Int32Array',
  'DataView',
  'Reflect',
  'JSON',
  'Math',
  'BigInt',
  'TextDecoder',
  'WebAssembly',
])
  changes.push([`globalThis.${name}`, globalThis, name, undefined]);
/** 'address' and 'shared' are not here: ours knows the former where older V8s do not, and refuses the latter. */
for (const key of [
  'get',
  'set',
  'value',
  'writable',
  'enumerable',
  'configurable',
  'then',
  'toJSON',
  'length',
  '0',
  '1',
  'limits',
  'memory',
  'timeoutMs',
  'target',
  'bounds',
  'features',
  'profile',
  'count',
  'debugInfo',
  'verify',
  'disable',
  'jobs',
  'signal',
  'cache',
  'message',
  'rows',
  'name',
  'kind',
  'offset',
  'create',
  'mutable',
])
  for (const value of [1, bad, { a: 1 }])
    changes.push([`Object.prototype.${key} = ${typeof value}`, Object.prototype, key, value, true]);

/** Changes of `Array.prototype`: setters. */
const setters = (keys) => keys.map((key) => [`Array.prototype setter ${key}`, Array.prototype, key, null, 'setter']);

/**
 * Makes a change. Nothing in here uses what it changes.
 * @returns a function that takes it back; null where it cannot be made
 */
function make([, target, key, value, added]) {
  const before = getOwnPropertyDescriptor(target, key);
  if (added === undefined && (before === undefined || (!before.configurable && !before.writable))) return null;
  const descriptor = { __proto__: null, configurable: before === undefined || before.configurable };
  if (added === 'setter') {
    descriptor.get = () => 77;
    descriptor.set = useless;
  } else if (before !== undefined && before.get !== undefined) descriptor.get = value;
  else {
    descriptor.value = value;
    descriptor.writable = true;
  }
  try {
    defineProperty(target, key, descriptor);
  } catch {
    return null;
  }
  return () => {
    if (before === undefined) {
      delete target[key];
      return;
    }
    const back = { __proto__: null, configurable: before.configurable, enumerable: before.enumerable };
    if (before.get !== undefined || before.set !== undefined) {
      back.get = before.get;
      back.set = before.set;
    } else {
      back.value = before.value;
      back.writable = before.writable;
    }
    defineProperty(target, key, back);
  };
}

/** A change is [label, object, key, value, 'setter' or whether the key is new]. */
module.exports = { changes, setters, make };
