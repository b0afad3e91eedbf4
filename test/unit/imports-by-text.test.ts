/** Which sources are taken for ones that import WebAssembly, in the Nodes where finding out costs a thread. */
import { describe, expect, it } from 'vitest';
import { importsWasm } from '../../src-ts/register/imports/on-demand.js';

const both = (text: string): boolean[] => [importsWasm(text), importsWasm(Buffer.from(text))];

describe('the text of a source', () => {
  it.each([
    `import { add } from './a.wasm';`,
    `import "./a.wasm"`,
    `export * from '../x/a.aot?x=1'`,
    `await import(new URL('a.wasm', import.meta.url))`,
    `import(/* webpackIgnore: true */ './a.wasm')`,
    `import source m from './a.wasm'`,
    `const x = import('data:application/wasm;base64,AA==')`,
    `/** @import * as W from './types.wasm' */\nimport './a.wasm';`,
    `/*\n * text\n */ import './a.wasm';`,
    `const y = a\n  * 2; import('./a.wasm');`,
    `const glob = 'src/**/x';\nimport('./a.wasm');`,
    `// text\nimport './a.wasm';`,
  ])('imports: %s', (text) => expect(both(text)).toEqual([true, true]));

  it.each([
    `readFileSync('a.wasm')`,
    `import './a.js'; const name = 'a.wasm';`,
    `/**\n * @import * as WASM from "./gofmt.wasm"\n */\nconst x = 1;`,
    `/** @import * as WASM from "./gofmt.wasm" */`,
    `  // import './a.wasm';`,
    `from here to 'there.wasm'`,
  ])('does not: %s', (text) => expect(both(text)).toEqual([false, false]));
});
