/**
 * File tests of instruction selection and emission: each `isel/*.wat` is a module followed by what selection (and, with
 * `;; print: asm`, the assembler) makes of its functions. `npm run bless` rewrites the expectations. A first line `;;
 * target: x86-64-v3` or `;; bounds: explicit` sets options.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { buildFunc } from '../support/phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { analyseCfg } from '../support/phases.js';
import { orderBlocks } from '../support/phases.js';
import { runPasses } from '../support/phases.js';
import { allocateRegisters, ENABLED } from '../support/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { disassembleLines } from '../../src-ts/x64/asm/disasm.js';
import { FunctionEmitter } from '../../src-ts/x64/emit/emit.js';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { TARGETS } from '../../src-ts/x64/features.js';
import { MachFunc } from '../../src-ts/codegen/mach.js';
import { printMach } from '../../src-ts/x64/print.js';
import { InstructionSelection } from '../../src-ts/x64/select/select.js';
import { wat } from '../support/wat.js';

const folder = join(__dirname, 'isel');
const MARK = ';;;';

/** What a comment of the form `;; name: value` says. */
function setting(source: string, name: string, fallback: string): string {
  return new RegExp(`^;; ${name}: (\\S+)$`, 'm').exec(source)?.[1] ?? fallback;
}

function compile(source: string): string {
  const m = decodeModule(wat(source));
  const { mutatedTables } = validateModule(m);
  const vm = computeVmLayout(m, mutatedTables);
  const features = TARGETS[setting(source, 'target', 'x86-64-v2') as 'x86-64-v2'];
  const options = { features, bounds: setting(source, 'bounds', 'guard') as 'guard', verify: true };
  const selection = new InstructionSelection(ENABLED);
  const emitter = new FunctionEmitter(ENABLED);
  const out: string[] = [];
  for (let i = 0; i < m.bodyStart.length; i++) {
    const f = new Func();
    const mf = new MachFunc();
    buildFunc(m, m.importedFuncs + i, f);
    runPasses(f, true);
    const cfg = analyseCfg(f);
    selection.run(f, cfg, m, vm, options, mf);
    out.push(`function ${m.importedFuncs + i}`, ...printMach(mf).split('\n'));
    if (setting(source, 'print', 'mach') !== 'asm') continue;
    const asm = new Assembler(features);
    emitter.run(mf, allocateRegisters(mf, options), orderBlocks(f, cfg), asm, options);
    const { code, codeBytes } = asm.finish();
    out.push('asm', ...disassembleLines(code.subarray(0, codeBytes)).map((l) => `  ${l.offset.toString(16).padStart(4)} ${l.text}`));
  }
  return out.map((line) => `${MARK} ${line}`.trimEnd()).join('\n');
}

describe('instruction selection', () => {
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.wat')).sort()) {
    test(name, () => {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      const cut = text.indexOf(`\n${MARK}`);
      const source = (cut < 0 ? text : text.slice(0, cut)).trimEnd();
      const actual = `${source}\n\n${compile(source)}\n`;
      if (process.env.WAMR_BLESS === '1') writeFileSync(path, actual);
      else expect(actual).toBe(text);
    });
  }
});
