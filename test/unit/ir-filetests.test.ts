/**
 * File tests of the IR: each `test/filetests/ir/*.wat` is built, optimised, verified and printed, with the emission
 * order as a comment, and compared with the file beside it. `npm run bless` rewrites the expectations: look at the
 * difference before committing it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { buildFunc } from '../support/phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { printFunc } from '../../src-ts/ir/print.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { analyseCfg } from '../support/phases.js';
import { orderBlocks } from '../support/phases.js';
import { runPasses } from '../support/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';

const folder = path.join(import.meta.dirname, '../filetests/ir');

describe('IR file tests', () => {
  it.each(fs.readdirSync(folder).filter((f) => f.endsWith('.wat')))('%s', async (file) => {
    const { parseWat } = await wabt();
    const m = decodeModule(parseWat(file, fs.readFileSync(path.join(folder, file), 'utf8')).toBinary({}).buffer);
    validateModule(m);
    const f = new Func();
    let text = '';
    for (let i = m.importedFuncs; i < m.funcTypes.length; i++) {
      buildFunc(m, i, f);
      runPasses(f, true);
      verifyFunc(f, m);
      const printed = printFunc(f);
      expect(printFunc(parseFunc(printed))).toBe(printed);
      text += `${printed}; emitted: ${orderBlocks(f, analyseCfg(f)).join(' ')}\n\n`;
    }
    await expect(text).toMatchFileSnapshot(path.join(folder, file.replace('.wat', '.ir')));
  });
});
