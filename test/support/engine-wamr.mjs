/**
 * This engine as an object for standalone conformance runners (`--engine test/support/engine-wamr.mjs`), which drive any
 * engine of this shape. The tests of this repository use `engine.ts`.
 * WAMR_TEST_BOUNDS=explicit compiles with explicit bounds checks.
 */
import { createRequire } from 'node:module';

const { WebAssembly: W, compileSync, Module } = createRequire(import.meta.url)('../../dist/index.js');
const bounds = process.env.WAMR_TEST_BOUNDS ?? 'guard';

const MESSAGES = [
  [/call stack/i, 'exhaustion'],
  [/memory access out of bounds|data segment/i, 'oob-memory'],
  [/table index is out of bounds|table initializer|table access|table.*out of bounds|element segment/i, 'oob-table'],
  [/divide by zero|remainder by zero/, 'div0'],
  [/divide result unrepresentable/, 'overflow'],
  [/float unrepresentable/, 'conv'],
  [/unreachable/, 'unreachable'],
  [/null function|function signature mismatch|indirect call/, 'call-indirect'],
];

export default {
  name: 'wamr-native',
  compile: (bytes) => new Module(compileSync(bytes, { bounds })),
  instantiate: (module, imports) => new W.Instance(module, imports),
  Memory: W.Memory,
  Table: W.Table,
  Global: W.Global,
  Tag: W.Tag,
  isTrap: (e) => e instanceof W.RuntimeError || e instanceof RangeError,
  isException: (e) => e instanceof W.Exception,
  isLinkError: (e) => e instanceof W.LinkError || e instanceof TypeError,
  isCompileError: (e) => e instanceof W.CompileError || e instanceof RangeError,
  trapKind: (e) => (e instanceof RangeError ? 'exhaustion' : MESSAGES.find(([re]) => re.test(String(e.message)))?.[1]),
  features: null,
};
