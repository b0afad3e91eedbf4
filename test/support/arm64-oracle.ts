/** AArch64 instructions as Capstone reads them: what the encoder and the disassembler are compared with. */
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import { disassembleLines } from '../../src-ts/arm64/asm/disasm.js';
import { Assembler } from '../../src-ts/arm64/asm/encode.js';
import { npmPackages } from './registry.js';

interface Capstone {
  disasm(code: Uint8Array, address: number): { address: number; mnemonic: string; op_str: string }[];
}
interface Module {
  Capstone: new (architecture: number, mode: number) => Capstone;
  ARCH_ARM64: number;
  MODE_ARM: number;
}

/** Loads Capstone, from the npm registry if it is not there yet. */
export async function loadCapstone(): Promise<(code: Uint8Array, base?: number) => string[]> {
  const dir = npmPackages({ '@alexaltea/capstone-js': '5.0.9' });
  const { default: load } = createRequire(`${dir}/x.js`)('@alexaltea/capstone-js') as {
    default: () => Promise<Module>;
  };
  const module = await load();
  const capstone = new module.Capstone(module.ARCH_ARM64, module.MODE_ARM);
  // A word that is no instruction ends the list: read word by word.
  return (code, base = 0) =>
    Array.from({ length: code.length / 4 }, (_, k) => {
      const [line] = capstone.disasm(code.subarray(4 * k, 4 * k + 4), base + 4 * k);
      return line === undefined ? '?' : `${line.mnemonic} ${line.op_str}`.trim().replace(/\[0xf\]/, '[15]');
    });
}

/** Collects instructions and their expected texts, and compares at the end. */
export class Expectations {
  readonly asm = new Assembler();
  private readonly texts: string[] = [];

  constructor(private readonly disassemble: (code: Uint8Array) => string[]) {}

  /** The instructions emitted read like this. */
  add(emit: (a: Assembler) => void, ...texts: string[]): void {
    const from = this.asm.pos;
    emit(this.asm);
    expect(this.asm.pos - from, texts.join('; ')).toBe(4 * texts.length);
    this.texts.push(...texts);
  }

  /** Capstone reads what is expected, and so does the listing. */
  check(): void {
    expect(this.texts.length).toBeGreaterThan(0);
    const code = this.asm.finish().code;
    expect(this.disassemble(code)).toEqual(this.texts);
    expect(disassembleLines(code, 0, false).map(({ text }) => text)).toEqual(this.texts);
  }
}

export const x = (r: number): string => (r === 31 ? 'xzr' : `x${r}`);
export const w = (r: number): string => (r === 31 ? 'wzr' : `w${r}`);
/** By width. */
export const reg = (wide: number, r: number): string => (wide !== 0 ? x(r) : w(r));
/** Immediates as Capstone writes them. */
export const imm = (n: number): string =>
  n > 9 ? `#0x${n.toString(16)}` : n < -9 ? `#-0x${(-n).toString(16)}` : `#${n}`;
