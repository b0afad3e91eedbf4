/**
 * The allocator as it was translated ahead of time (codegen/ahead.ts): the same steps in the same order, on copies of what
 * they read. Answers are the same to the last bit.
 */
import type { Enabled } from '../../util/switches.js';
import { Ahead, type AheadModule, Column, VecColumn } from '../ahead.js';
import type { Allocation, MachFunc } from '../mach.js';
import { Cls, type MachineFacts } from '../machine.js';
import { growValues } from './edges.js';
import { popcount } from './state.js';

/** Arrays of a function that the allocator reads, by the number of entries that it has in use. */
const OF_VALUES = ['valueClass', 'valueSize', 'valueBlock', 'constOf'] as const;
const OF_INSTRUCTIONS = ['op', 'def', 'defFixed', 'tied', 'commutes', 'tempGpr', 'tempVector', 'clobbers'] as const;
const OF_USES = ['useValue', 'useFixed'] as const;
/** Of the SSA function. `At`: one more than there are blocks or edges. */
const BLOCKS = ['idom'] as const;
const BLOCKS_AT = ['paramAt', 'predAt', 'succAt'] as const;
const EDGES = ['edgeFrom', 'edgeTo', 'predEdge', 'succEdge'] as const;
const CFG_BLOCKS = ['loopOf', 'loopParent', 'loopSize', 'freq'] as const;
const CFG_EDGES = ['prob', 'edgeFreq'] as const;

/** Steps between `pressure` and `color`, for functions that do not fit into registers. */
const SPILLING = ['distances', 'spill', 'stores', 'prune'] as const;

/** With more memory an instance is not kept for the next compilation. */
const MAX_KEPT_BYTES = 32 << 20;

type Columns<K extends string> = Record<K, Column>;

export class AheadAllocator {
  private readonly ahead: Ahead;
  private running = false;
  private readonly enabledAt: number;
  private readonly allocator: number;
  private readonly state: number;
  // --- copies of what is read ---
  private readonly mach: number;
  private readonly func: number;
  private facts: MachineFacts | null = null;
  private readonly values: Columns<(typeof OF_VALUES)[number]>;
  private readonly instructions: Record<(typeof OF_INSTRUCTIONS)[number], VecColumn>;
  private readonly uses: Record<(typeof OF_USES)[number], VecColumn>;
  private readonly instAt: Column;
  private readonly useAt: VecColumn;
  private readonly landingPads: VecColumn;
  private readonly preserved: VecColumn;
  private readonly blocks: Columns<(typeof BLOCKS)[number]>;
  private readonly blocksAt: Columns<(typeof BLOCKS_AT)[number]>;
  private readonly edges: Columns<(typeof EDGES)[number]>;
  private readonly params: Column;
  private readonly argAt: Column;
  private readonly args: Column;
  private readonly cfgBlocks: Columns<(typeof CFG_BLOCKS)[number]>;
  private readonly cfgEdges: Columns<(typeof CFG_EDGES)[number]>;

  constructor(module: AheadModule) {
    const ahead = (this.ahead = new Ahead(module));
    this.enabledAt = ahead.make('Enabled');
    this.allocator = ahead.exports.create(this.enabledAt);
    ahead.renew();
    this.state = ahead.int(ahead.field(this.allocator, 'Allocator', 'state'));
    const mach = (this.mach = ahead.make('MachFunc'));
    const func = (this.func = ahead.make('Func'));
    const cfg = ahead.make('Cfg');
    ahead.setInt(ahead.field(mach, 'MachFunc', 'func'), func);
    ahead.setInt(ahead.field(mach, 'MachFunc', 'cfg'), cfg);
    const columns = <K extends string>(object: number, name: string, fields: readonly K[]): Columns<K> =>
      Object.fromEntries(fields.map((f) => [f, new Column(ahead, object, name, f)])) as Columns<K>;
    const vecs = <K extends string>(fields: readonly K[]): Record<K, VecColumn> =>
      Object.fromEntries(fields.map((f) => [f, new VecColumn(ahead, mach, 'MachFunc', f)])) as Record<K, VecColumn>;
    this.values = columns(mach, 'MachFunc', OF_VALUES);
    this.instructions = vecs(OF_INSTRUCTIONS);
    this.uses = vecs(OF_USES);
    this.instAt = new Column(ahead, mach, 'MachFunc', 'instAt');
    this.useAt = new VecColumn(ahead, mach, 'MachFunc', 'useAt');
    this.landingPads = new VecColumn(ahead, mach, 'MachFunc', 'landingPads');
    this.preserved = new VecColumn(ahead, mach, 'MachFunc', 'preserved');
    this.blocks = columns(func, 'Func', BLOCKS);
    this.blocksAt = columns(func, 'Func', BLOCKS_AT);
    this.edges = columns(func, 'Func', EDGES);
    this.params = new Column(ahead, func, 'Func', 'params');
    this.argAt = new Column(ahead, func, 'Func', 'argAt');
    this.args = new Column(ahead, func, 'Func', 'args');
    this.cfgBlocks = columns(cfg, 'Cfg', CFG_BLOCKS);
    this.cfgEdges = columns(cfg, 'Cfg', CFG_EDGES);
  }

  /** Whether it can take up another compilation: no call has trapped, and it does not hold much memory. */
  get usable(): boolean {
    return !this.running && this.ahead.memoryBytes <= MAX_KEPT_BYTES;
  }

  /** As `Allocator.run`. Where that would throw, or V8 gives no more memory, it throws what V8 does for a trap, and is of no use any more. */
  run(mf: MachFunc, enabled: Enabled, savedRegs: number): Allocation {
    const { ahead, allocator, state } = this;
    const { exports } = ahead;
    this.running = true;
    this.copyIn(mf, enabled);
    ahead.setInt(ahead.field(allocator, 'Allocator', 'savedRegs'), savedRegs);
    exports.begin(state, this.mach);
    exports.liveness(allocator);
    exports.pressure(allocator);
    if (exports.fits(state) === 0) for (const step of SPILLING) exports[step](allocator);
    exports.color(allocator);
    exports.slots(allocator);
    exports.hoist(allocator);
    ahead.renew();
    this.copyNewValues(mf);
    const answer = this.answer(mf);
    this.running = false;
    return answer;
  }

  private copyIn(mf: MachFunc, enabled: Enabled): void {
    const { ahead } = this;
    const { func: f, cfg, nInst, nVals } = mf;
    const { nb, ne } = f;
    if (mf.machine !== this.facts) this.copyFacts(mf.machine);
    for (const name of ahead.fields('Enabled'))
      ahead.setInt(ahead.field(this.enabledAt, 'Enabled', name), enabled[name as keyof Enabled] ? 1 : 0);
    const set = (object: number, name: string, field: string, x: number): void =>
      ahead.setInt(ahead.field(object, name, field), x);
    set(this.mach, 'MachFunc', 'nVals', nVals);
    set(this.mach, 'MachFunc', 'nInst', nInst);
    set(this.func, 'Func', 'nb', nb);
    set(this.func, 'Func', 'ne', ne);
    const nUse = mf.useAt.a[nInst];
    for (const name of OF_VALUES) this.values[name].put(mf[name], nVals);
    for (const name of OF_INSTRUCTIONS) this.instructions[name].put(mf[name], nInst);
    for (const name of OF_USES) this.uses[name].put(mf[name], nUse);
    this.instAt.put(mf.instAt, nb + 1);
    this.useAt.put(mf.useAt, nInst + 1);
    this.landingPads.put(mf.landingPads, mf.landingPads.n);
    this.preserved.put(mf.preserved, mf.preserved.n);
    for (const name of BLOCKS) this.blocks[name].put(f[name], nb);
    for (const name of BLOCKS_AT) this.blocksAt[name].put(f[name], nb + 1);
    for (const name of EDGES) this.edges[name].put(f[name], ne);
    this.params.put(f.params, f.paramAt[nb]);
    this.argAt.put(f.argAt, ne + 1);
    this.args.put(f.args, f.argAt[ne]);
    for (const name of CFG_BLOCKS) this.cfgBlocks[name].put(cfg[name], nb);
    for (const name of CFG_EDGES) this.cfgEdges[name].put(cfg[name], ne);
  }

  /** The machine: once. */
  private copyFacts(machine: MachineFacts): void {
    const { ahead } = this;
    this.facts = machine;
    const facts = ahead.make('MachineFacts');
    const registers = ahead.make('RegisterFile');
    const operations = ahead.make('Operations');
    ahead.setInt(ahead.field(this.mach, 'MachFunc', 'machine'), facts);
    ahead.setInt(ahead.field(facts, 'MachineFacts', 'registers'), registers);
    ahead.setInt(ahead.field(facts, 'MachineFacts', 'operations'), operations);
    const { flags } = machine.operations;
    new Column(ahead, operations, 'Operations', 'flags').put(flags, flags.length);
    for (const name of ahead.fields('RegisterFile')) {
      const value = machine.registers[name as keyof typeof machine.registers];
      const field = ahead.field(registers, 'RegisterFile', name);
      if (typeof value === 'number') ahead.setInt(field, value);
      else this.keepWhole(field, value, ahead.kind('RegisterFile', name) === 'Int32Array' ? 2 : 0);
    }
  }

  /** An array whose length counts. */
  private keepWhole(field: number, from: Int32Array | Uint8Array, shift: number): void {
    const at = this.ahead.makeArray(from.length, shift);
    this.ahead.setInt(field, at);
    this.ahead.write(at, shift, from, from.length);
  }

  /** Scratch values that the allocator appended. */
  private copyNewValues(mf: MachFunc): void {
    const { ahead, mach } = this;
    const n = ahead.int(ahead.field(mach, 'MachFunc', 'nVals'));
    if (n === mf.nVals) return;
    growValues(mf, n);
    const bytes = (field: string): Int8Array => ahead.bytes(ahead.field(mach, 'MachFunc', field), n);
    const cls = bytes('valueClass');
    const size = bytes('valueSize');
    for (let v = mf.nVals; v < n; v++) {
      mf.valueClass[v] = cls[v];
      mf.valueSize[v] = size[v];
      mf.valueBlock[v] = mf.constOf[v] = -1;
    }
    mf.nVals = n;
  }

  private answer(mf: MachFunc): Allocation {
    const { ahead } = this;
    const part = (name: string): number => ahead.int(ahead.field(this.allocator, 'Allocator', name));
    const coloring = part('coloring');
    const edges = part('edges');
    const slots = part('slots');
    const at = (name: string): number => ahead.field(coloring, 'Coloring', name);
    const vec = (field: number): Int32Array<ArrayBuffer> => {
      const object = ahead.int(field);
      return ahead.ints(ahead.field(object, 'IntVec', 'a'), ahead.int(ahead.field(object, 'IntVec', 'n')));
    };
    const { nb, ne } = mf.func;
    const usedGpr = ahead.int(ahead.int(at('usedMask')) + 4 * Cls.GPR);
    const savedRegs = usedGpr & mf.machine.registers.calleeSavedMask;
    return {
      code: vec(at('code')),
      codeAt: ahead.ints(at('codeAt'), nb + 1),
      edgeCode: vec(ahead.field(edges, 'EdgeCode', 'edgeCode')),
      edgeAt: ahead.ints(ahead.field(edges, 'EdgeCode', 'edgeAt'), ne + 1),
      useReg: ahead.bytes(at('useReg'), mf.useAt.a[mf.nInst]),
      defReg: ahead.bytes(at('defReg'), mf.nInst),
      tempAt: ahead.ints(at('tempAt'), mf.nInst + 1),
      temps: Int8Array.from(vec(at('temps'))),
      slotOf: ahead.ints(ahead.field(slots, 'Slots', 'slotOf'), mf.nVals),
      spillBytes: ahead.int(ahead.field(slots, 'Slots', 'spillBytes')),
      savedRegs,
      weights: {
        reloads: ahead.float(at('wReloads')),
        stores: ahead.float(at('wStores')),
        moves: ahead.float(at('wMoves')),
        saves: popcount(savedRegs) * mf.cfg.freq[0],
      },
    };
  }
}
