/** Results of the allocator's steps as notes in the text of a machine function, for dumps and file tests. */
import { type Notes, printAllocated, printMach } from '../print.js';
import type { Coloring } from './color.js';
import { type State, UseFlag } from './state.js';

const names = (list: Iterable<number>): string =>
  [...list]
    .sort((a, b) => a - b)
    .map((v) => `v${v}`)
    .join(' ');

const line = (title: string, list: Iterable<number>): string[] => {
  const text = names(list);
  return text === '' ? [] : [`${title}: ${text}`];
};

const printWith = (s: State, notes: Notes): string => `${printMach(s.mf, notes)}\n`;

/** The values alive at the start of each block. */
export const printLiveness = (s: State): string =>
  printWith(s, { block: (b) => line('live', s.liveV.subarray(s.liveAt[b], s.liveAt[b + 1])) });

/** The most values alive at once in each block, by class, and what that means for the function. */
export function printPressure(s: State): string {
  const text = printWith(s, {
    block: (b) => [`pressure: ${s.pressure[2 * b]} general, ${s.pressure[2 * b + 1]} vector`],
  });
  const across = `${s.acrossGpr} general${s.acrossVector !== 0 ? ' and some vector' : ''} across calls`;
  return `${text}; needs ${s.needGpr} general, ${s.needVector} vector; ${across}; may use ${s.kGpr} general, ${s.kVector} vector\n`;
}

/** Which values are in registers at the ends of each block, which uses reload or are the last, where values are stored. */
export function printResidence(s: State): string {
  const { inAt, inV, outAt, outV, mf, useFlags, usesMemory } = s;
  const stored = (b: number): number[] => {
    const list: number[] = [];
    if (usesMemory) for (let k = inAt[b]; k < inAt[b + 1]; k++) if (s.storeIn[k] !== 0) list.push(inV[k]);
    return list;
  };
  return printWith(s, {
    block: (b) => [
      ...line('in registers', inV.subarray(inAt[b], inAt[b + 1])),
      ...line('stored here', stored(b)),
      ...line('out in registers', outV.subarray(outAt[b], outAt[b + 1])),
    ],
    instruction: (i) => {
      const reloaded: number[] = [];
      for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++)
        if ((useFlags[u] & UseFlag.RELOAD) !== 0 && s.remat[mf.useValue.a[u]] === 0) reloaded.push(mf.useValue.a[u]);
      const d = mf.def.a[i];
      const isStored = usesMemory && d >= 0 && s.needMem[d] !== 0 && s.storeAt[d] >= 0;
      return [...line('reloads', new Set(reloaded)), ...(isStored ? line('stores', [d]) : [])];
    },
  });
}

/** The registers of operands and results; moves and loads inside blocks. Edges and slots come with a later step. */
export function printColors(s: State, c: Coloring): string {
  const allocation = {
    code: c.code.a,
    codeAt: c.codeAt,
    edgeCode: new Int32Array(0),
    edgeAt: new Int32Array(s.ne + 1),
    useReg: c.useReg,
    defReg: c.defReg,
    tempAt: c.tempAt,
    temps: c.temps.toArray(),
    slotOf: new Int32Array(s.mf.nVals),
    spillBytes: 0,
    savedRegs: 0,
    weights: { reloads: 0, stores: 0, moves: 0, saves: 0 },
  };
  // Slots have no place yet: only whose they are is told.
  const lines = printAllocated(s.mf, allocation)
    .replaceAll(/slot0\((v\d+)\)/g, 'slot($1)')
    .split('\n');
  return `${lines.slice(0, -1).join('\n')}\n`;
}
