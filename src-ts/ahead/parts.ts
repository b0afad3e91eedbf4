/**
 * The parts of the compiler that were translated ahead of time (ahead/memory.ts): SSA construction, passes, selection,
 * register allocation, emission. The same steps in the same order, on copies of what they read; answers are the same to the last bit.
 */
import type { EmitOptions } from '../codegen/back-end.js';
import type { FinishedCode } from '../codegen/code-buffer.js';
import type { Allocation, MachFunc } from '../codegen/mach.js';
import { type MachineFacts, REGISTERS } from '../codegen/machine.js';
import type { ModuleFacts } from '../codegen/module-facts.js';
import type { EmittedFrame, PreservedRegisters } from '../codegen/preserved.js';
import { growValues } from '../codegen/regalloc/edges.js';
import type { SelectOptions } from '../codegen/selection.js';
import type { Func } from '../ir/func.js';
import type { Cfg } from '../opt/cfg.js';
import type { Enabled } from '../util/switches.js';
import { AheadBuilder, type BuildSource } from './build.js';
import { Ahead, type AheadModule, SHIFTS } from './memory.js';
import { type Fields, Mirror } from './mirror.js';
import { AheadSelection } from './selection.js';

/** What says how many entries of an array are in use. */
type MachGroup = 'values' | 'blocksAt' | 'instructions' | 'instructionsAt' | 'uses' | 'preserved' | 'landingPads';
const MACH: Fields<MachGroup> = {
  arrays: { values: ['valueClass', 'valueSize', 'valueBlock', 'constOf'], blocksAt: ['instAt'] },
  vecs: {
    instructions: [
      ...['op', 'form', 'cond', 'addr', 'disp', 'imm', 'imm2', 'wrap', 'pos'],
      ...['def', 'defFixed', 'tied', 'commutes', 'tempGpr', 'tempVector', 'clobbers'],
    ],
    instructionsAt: ['useAt'],
    uses: ['useValue', 'useFixed'],
    preserved: ['preserved'],
    landingPads: ['landingPads'],
  },
  numbers: ['nVals', 'nInst', 'outBytes', 'unknownCalls', 'calleeBytes'],
  flags: ['hasCalls'],
  links: ['func', 'cfg', 'machine'],
};
type FuncGroup =
  | 'values'
  | 'order'
  | 'bounds'
  | 'blocks'
  | 'blocksAt'
  | 'edges'
  | 'edgesAt'
  | 'params'
  | 'args'
  | 'blockWeights'
  | 'edgeWeights'
  | 'parts'
  | 'pool'
  | 'ways'
  | 'inlined';
const FUNC: Fields<FuncGroup> = {
  arrays: {
    values: ['op', 'type', 'a', 'b', 'c', 'imm', 'imm2', 'block', 'pos'],
    order: ['order'],
    bounds: ['boundKind', 'least', 'most'],
    blocks: ['isLoopHeader', 'blockPos', 'part', 'idom', 'domDepth'],
    blocksAt: ['blockStart', 'paramAt', 'predAt', 'succAt'],
    edges: ['edgeFrom', 'edgeTo', 'wayAt', 'predEdge', 'succEdge'],
    edgesAt: ['argAt'],
    params: ['params'],
    args: ['args'],
    blockWeights: ['blockWeight', 'partRow', 'partScale'],
    edgeWeights: ['edgeWeight'],
    parts: ['partKeys', 'partCount', 'partTaken'],
  },
  vecs: { pool: ['pool'], ways: ['ways'], inlined: ['inlined'] },
  numbers: ['nv', 'nb', 'ne', 'index', 'typeIndex', 'localBytes'],
  flags: ['bounded', 'weighted'],
  links: [],
};
const CFG: Fields<'blocks' | 'edges'> = {
  arrays: {
    blocks: ['loopOf', 'loopParent', 'loopDepth', 'loopPlace', 'loopSize', 'cold', 'freq'],
    edges: ['prob', 'edgeFreq'],
  },
  vecs: {},
  numbers: [],
  flags: [],
  links: [],
};

/** Steps between `pressure` and `color`, for functions that do not fit into registers. */
const SPILLING = ['distances', 'spill', 'stores', 'prune'] as const;

/** With more memory an instance is not kept for the next compilation. */
const MAX_KEPT_BYTES = 32 << 20;

/** A function's code, and its frame. */
export interface Emitted extends EmittedFrame {
  readonly code: FinishedCode;
}

/** A pass: translated, or (`runHere`) what runs instead if its translated question says so. */
export interface AheadPass {
  readonly name: string;
  readonly runHere: (() => boolean | void) | null;
}

export class AheadParts {
  private readonly ahead: Ahead;
  private running = false;
  private readonly enabledAt: number;
  private readonly enabledFields: readonly (readonly [name: keyof Enabled, at: number])[];
  /** Made when they are first wanted. */
  private builder: AheadBuilder | undefined;
  private selection: AheadSelection | undefined;
  private readonly preservation: number;
  private readonly allocator: number;
  private readonly state: number;
  private readonly answerAt: number;
  /** The allocator's parts that know it. */
  private readonly answerParts: readonly number[];
  private readonly analysis: number;
  private readonly blockOrder: number;
  /** What a pass works on: the function and the passes. */
  private readonly subject: number;
  // --- copies of what is read ---
  private readonly mach: Mirror<MachGroup>;
  private readonly func: Mirror<FuncGroup>;
  private readonly cfg: Mirror<keyof typeof CFG.arrays>;
  private facts: MachineFacts | null = null;
  /** Where the address of the order of blocks is. */
  private readonly orderPlace: number;
  /** The function that was built here and is nowhere else. */
  private built: Func | null = null;
  /** The function whose SSA and control flow are here. */
  private present: Func | null = null;
  /** … and nowhere else, as it was before selection; and the words in its pool then. */
  private kept: Func | null = null;
  private poolWords = 0;
  /** The machine function that was selected here last. */
  private selected: MachFunc | null = null;
  /** The profile whose list of parts is here. */
  private partKeys: Int32Array | null = null;
  /** Emitters by the options that they have. */
  private readonly emitters = new Map<string, number>();

  constructor(module: AheadModule) {
    const ahead = (this.ahead = new Ahead(module));
    this.enabledAt = ahead.make('Enabled');
    this.enabledFields = (ahead.fields('Enabled') as (keyof Enabled)[]).map((name) => [
      name,
      ahead.field(this.enabledAt, 'Enabled', name),
    ]);
    const { exports } = ahead;
    this.allocator = exports.create(this.enabledAt);
    this.analysis = exports.createAnalysis(this.enabledAt);
    this.blockOrder = exports.createBlockOrder(this.enabledAt);
    this.preservation = exports.createPreserved();
    const passes = exports.createPasses(this.enabledAt);
    ahead.renew();
    this.state = ahead.int(ahead.field(this.allocator, 'Allocator', 'state'));
    this.answerAt = ahead.int(ahead.field(this.allocator, 'Allocator', 'answer'));
    this.answerParts = ['coloring', 'edges', 'slots'].map((part) =>
      ahead.int(ahead.field(this.allocator, 'Allocator', part)),
    );
    this.mach = new Mirror(ahead, ahead.make('MachFunc'), 'MachFunc', MACH);
    this.func = new Mirror(ahead, ahead.make('Func'), 'Func', FUNC);
    const cfg = ahead.int(ahead.field(this.analysis, 'CfgAnalysis', 'cfg'));
    this.cfg = new Mirror(ahead, cfg, 'Cfg', CFG);
    ahead.setInt(ahead.field(this.mach.object, 'MachFunc', 'func'), this.func.object);
    ahead.setInt(ahead.field(this.mach.object, 'MachFunc', 'cfg'), cfg);
    this.subject = ahead.make('PassSubject');
    ahead.setInt(ahead.field(this.subject, 'PassSubject', 'func'), this.func.object);
    ahead.setInt(ahead.field(this.subject, 'PassSubject', 'passes'), passes);
    this.orderPlace = ahead.make('IntVec');
  }

  /** Whether it can take up another compilation: no call has trapped, and it does not hold much memory. */
  get usable(): boolean {
    return !this.running && this.ahead.memoryBytes <= MAX_KEPT_BYTES;
  }

  // ------------------------------------------------------------------ SSA construction

  /**
   * Builds SSA of the function `index`, as `AheadBuilder.run`. Of `f` only the numbers and the places of inlined bodies are
   * filled, `optimise` goes on with what is here; unless `copy` wants all of it.
   */
  build(source: BuildSource, index: number, f: Func, enabled: Enabled, copy: boolean): void {
    const { ahead, func } = this;
    this.running = true;
    this.present = this.kept = this.selected = this.built = null;
    this.setEnabled(enabled);
    this.builder ??= new AheadBuilder(ahead, this.enabledAt);
    this.builder.run(source, index, func.object);
    func.copyNumbersOut(f);
    func.copyArraysOut(f, { ...NOTHING, inlined: 0 });
    const { profile } = source.guide;
    if (profile !== null) {
      // The lists that the function here has are the profile's own.
      this.partKeys = null;
      f.partKeys = profile.partKeys;
      f.partCount = profile.partCount;
      f.partTaken = profile.partTaken;
    }
    if (copy) this.copyOut(f);
    this.running = false;
    this.built = f;
  }

  /** Whether what was built last is this function. */
  has(f: Func): boolean {
    return this.built === f;
  }

  // ------------------------------------------------------------------ passes over SSA

  /**
   * Runs these passes over `f`, then the analysis of its control flow into `cfg`; returns the order of its blocks.
   * Traps where a pass would throw; `f` is then as it was, or as `runHere` has left it. `keep`: what became of `f` stays
   * here for `select` (of `f` only its numbers are right), until `giveBack`.
   */
  optimise(f: Func, cfg: Cfg, enabled: Enabled, passes: readonly AheadPass[], keep: boolean): Int32Array {
    const { ahead, func } = this;
    const { exports } = ahead;
    const isHere = this.built === f;
    this.running = true;
    this.present = this.kept = this.selected = this.built = null;
    this.setEnabled(enabled);
    if (!isHere) this.copyFunc(f);
    let changed = isHere;
    for (let k = 0; k < passes.length; k++) {
      const { name, runHere } = passes[k];
      if (exports[name](this.subject) === 0) continue;
      if (runHere !== null) this.passHere(f, runHere);
      changed = true;
    }
    exports.analyse(this.analysis, func.object);
    const order = exports.orderBlocks(this.blockOrder, func.object, this.cfg.object);
    ahead.renew();
    func.copyNumbersOut(f);
    if (keep) {
      this.kept = f;
      this.poolWords = ahead.vec(ahead.field(func.object, 'Func', 'pool')).length;
    } else {
      // Passes that changed nothing have found out bounds at most.
      if (changed) this.copyOut(f);
      else func.copyArraysOut(f, { ...NOTHING, bounds: f.bounded ? f.nv : -1 });
      this.cfg.copyArraysOut(cfg, { blocks: f.nb, edges: f.ne });
    }
    ahead.setInt(this.orderPlace, order);
    this.running = false;
    this.present = f;
    return ahead.view(this.orderPlace, 2, f.nb).slice() as Int32Array;
  }

  private copyFunc(f: Func): void {
    const { ahead, func } = this;
    // The profile's lists are those of all functions.
    const parts = f.weighted && f.partKeys !== this.partKeys ? f.partKeys.length : -1;
    if (parts >= 0) {
      for (const list of FUNC.arrays.parts!) ahead.setInt(ahead.field(func.object, 'Func', list), 0);
      this.partKeys = f.partKeys;
    }
    func.copyIn(f, { ...countsOf(f), parts });
  }

  /** A pass that is not translated. */
  private passHere(f: Func, run: () => boolean | void): void {
    this.ahead.renew();
    this.copyOut(f);
    if (run() === true) this.func.copyIn(f, countsOf(f));
  }

  private copyOut(f: Func): void {
    const { ahead } = this;
    this.func.copyNumbersOut(f);
    const last = (name: string, k: number): number =>
      ahead.int(ahead.int(ahead.field(this.func.object, 'Func', name)) + 4 * k);
    const { nb, ne } = f;
    this.func.copyArraysOut(f, {
      ...countsOf(f),
      order: last('blockStart', nb),
      params: last('paramAt', nb),
      args: last('argAt', ne),
    });
  }

  /** Copies out what `optimise` has kept. After a trap, too: then it is as it was before selection. */
  giveBack(f: Func, cfg: Cfg): void {
    const { ahead } = this;
    if (this.kept !== f) return;
    this.kept = null;
    ahead.renew();
    this.copyOut(f);
    f.pool.n = this.poolWords;
    this.cfg.copyArraysOut(cfg, { blocks: f.nb, edges: f.ne });
  }

  private setEnabled(enabled: Enabled): void {
    const { enabledFields } = this;
    for (let k = 0; k < enabledFields.length; k++)
      this.ahead.setInt(enabledFields[k][1], enabled[enabledFields[k][0]] ? 1 : 0);
  }

  // ------------------------------------------------------------------ selection

  /**
   * Selects instructions for the function that was optimised last, with this control flow, for `mf`; as
   * `AheadSelection.run`. They stay here for `allocate`; of `mf` only its numbers are right.
   */
  select(f: Func, cfg: Cfg, m: ModuleFacts, options: SelectOptions, merges: boolean, mf: MachFunc): void {
    const { ahead, func, mach } = this;
    this.running = true;
    this.selection ??= new AheadSelection(ahead, this.enabledAt);
    this.selection.run(m, options, merges, func.object, this.cfg.object, mach.object);
    this.facts = null; // The machine is the constant that selection knows.
    mf.func = f;
    mf.cfg = cfg;
    mach.copyNumbersOut(mf);
    this.selected = mf;
    this.running = false;
  }

  // ------------------------------------------------------------------ register allocation

  /**
   * As `Allocator.run`. Where that would throw, or V8 gives no more memory, it throws what V8 does for a trap, and is of no
   * use any more. Without `copy` the answer stays here, for `emit`: only what it costs is told.
   */
  allocate(mf: MachFunc, enabled: Enabled, savedRegs: number, copy: boolean): Allocation {
    const { ahead, allocator, state } = this;
    const { exports } = ahead;
    this.running = true;
    this.setEnabled(enabled);
    if (this.selected !== mf) this.copyIn(mf);
    else if (copy) this.copySelected(mf);
    ahead.setInt(ahead.field(allocator, 'Allocator', 'savedRegs'), savedRegs);
    exports.begin(state, this.mach.object);
    exports.liveness(allocator);
    exports.pressure(allocator);
    if (exports.fits(state) === 0) for (const step of SPILLING) exports[step](allocator);
    exports.color(allocator);
    exports.slots(allocator);
    exports.hoist(allocator);
    exports.answer(this.answerAt, state, ...this.answerParts);
    ahead.renew();
    if (copy) this.copyNewValues(mf);
    const answer = this.answer(mf, copy);
    this.running = false;
    return answer;
  }

  /** Copies out what was selected, and what that changed. */
  private copySelected(mf: MachFunc): void {
    const f = mf.func;
    const { nb, ne } = f;
    this.mach.copyArraysOut(mf, { ...IN_USE, values: mf.nVals, blocksAt: nb + 1 });
    this.func.copyArraysOut(f, { ...NOTHING, args: f.argAt[ne], pool: 1 });
  }

  private copyIn(mf: MachFunc): void {
    const { func: f, cfg, nInst, nVals, useAt, landingPads, preserved } = mf;
    const { nb, ne } = f;
    this.selected = null;
    if (mf.machine !== this.facts) this.copyFacts(mf.machine);
    if (this.present !== f) {
      this.func.copyIn(f, countsOf(f));
      this.cfg.copyIn(cfg, { blocks: nb, edges: ne });
    } else this.func.copyIn(f, { ...NOTHING, args: f.argAt[ne], pool: f.pool.n }); // What selection changes.
    this.present = null;
    this.mach.copyIn(mf, {
      values: nVals,
      blocksAt: nb + 1,
      instructions: nInst,
      instructionsAt: nInst + 1,
      uses: useAt.a[nInst],
      preserved: preserved.n,
      landingPads: landingPads.n,
    });
  }

  /** The machine: once. */
  private copyFacts(machine: MachineFacts): void {
    const { ahead } = this;
    this.facts = machine;
    const facts = ahead.make('MachineFacts');
    const registers = ahead.make('RegisterFile');
    const operations = ahead.make('Operations');
    ahead.setInt(ahead.field(this.mach.object, 'MachFunc', 'machine'), facts);
    ahead.setInt(ahead.field(facts, 'MachineFacts', 'registers'), registers);
    ahead.setInt(ahead.field(facts, 'MachineFacts', 'operations'), operations);
    ahead.setInt(ahead.field(facts, 'MachineFacts', 'alignsLoops'), machine.alignsLoops ? 1 : 0);
    this.keepWhole(operations, 'Operations', machine.operations);
    this.keepWhole(registers, 'RegisterFile', machine.registers);
  }

  /** Numbers, and arrays whose lengths count. */
  private keepWhole(object: number, name: string, from: object): void {
    const { ahead } = this;
    for (const field of ahead.fields(name)) {
      const value = (from as Record<string, number | Int32Array | Uint8Array>)[field];
      const place = ahead.field(object, name, field);
      if (typeof value === 'number') {
        ahead.setInt(place, value);
        continue;
      }
      const shift = SHIFTS[ahead.kind(name, field)];
      const at = ahead.makeArray(value.length, shift);
      ahead.setInt(place, at);
      ahead.write(at, shift, value, value.length);
    }
  }

  /** Scratch values that the allocator appended. */
  private copyNewValues(mf: MachFunc): void {
    const { ahead } = this;
    const mach = this.mach.object;
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

  private answer({ func: { nb, ne }, nInst, nVals, useAt }: MachFunc, copy: boolean): Allocation {
    const { ahead } = this;
    const at = (name: string): number => ahead.field(this.answerAt, 'AnswerInPlace', name);
    const ints = (name: string, n: number): Int32Array<ArrayBuffer> => ahead.ints(at(name), copy ? n : 0);
    const bytes = (name: string, n: number): Int8Array<ArrayBuffer> => ahead.bytes(at(name), copy ? n : 0);
    const codeAt = ints('codeAt', nb + 1);
    const edgeAt = ints('edgeAt', ne + 1);
    const tempAt = ints('tempAt', nInst + 1);
    const weights = ahead.int(at('weights'));
    const weight = (name: string): number => ahead.float(ahead.field(weights, 'SpillWeights', name));
    return {
      code: ints('code', codeAt[nb]),
      codeAt,
      edgeCode: ints('edgeCode', edgeAt[ne]),
      edgeAt,
      useReg: bytes('useReg', useAt.a[nInst]),
      defReg: bytes('defReg', nInst),
      tempAt,
      temps: ints('temps', tempAt[nInst]),
      slotOf: ints('slotOf', nVals),
      spillBytes: ahead.int(at('spillBytes')),
      savedRegs: ahead.int(at('savedRegs')),
      weights: {
        reloads: weight('reloads'),
        stores: weight('stores'),
        moves: weight('moves'),
        saves: weight('saves'),
      },
    };
  }

  /** What the function that was emitted last, with this answer, preserves (codegen/preserved.ts). */
  preserved(options: EmitOptions, { frameBytes, stackBytes }: Emitted): PreservedRegisters {
    const { ahead, preservation } = this;
    const emitter = this.emitter(options);
    const plan = ahead.int(ahead.field(emitter, 'FunctionEmitter', 'plan'));
    const names = ahead.int(ahead.field(plan, 'FramePlan', 'bareHw'));
    ahead.exports.notePreserved(preservation, this.mach.object, this.answerAt, names, frameBytes, stackBytes);
    const word = (name: string): number => ahead.int(ahead.field(preservation, 'Preserved', name));
    return { general: word('general'), vector: word('vector'), stack: word('stack') };
  }

  // ------------------------------------------------------------------ emission

  /** Emits the function that `allocate` was about; traps as that does. `order`: as for `MachineEmitter.run`. */
  emit(options: EmitOptions, mf: MachFunc, order: Int32Array): Emitted {
    const { ahead } = this;
    this.running = true;
    const emitter = this.emitter(options);
    const buffer = ahead.int(ahead.field(emitter, 'FunctionEmitter', 'buffer'));
    ahead.put(this.orderPlace, 2, order, mf.func.nb);
    const frameBytes = ahead.exports.emit(emitter, this.mach.object, this.answerAt, ahead.int(this.orderPlace));
    ahead.exports.relax(buffer);
    ahead.renew();
    this.running = false;
    const plan = ahead.int(ahead.field(emitter, 'FunctionEmitter', 'plan'));
    return {
      frameBytes,
      stackBytes: ahead.exports.stackBytes(emitter),
      names: ahead.byteView(ahead.field(plan, 'FramePlan', 'bareHw'), REGISTERS),
      code: this.finished(buffer),
    };
  }

  /** Of the function emitted last, as `MachineEmitter` has them. */
  units(options: EmitOptions): { cold: number; votes: Int32Array; places: Int32Array } {
    const { ahead } = this;
    const e = ahead.int(ahead.field(this.emitter(options), 'FunctionEmitter', 'e'));
    const vec = (name: string): Int32Array => ahead.vec(ahead.field(e, 'MachEmitter', name)).slice();
    return { cold: ahead.int(ahead.field(e, 'MachEmitter', 'coldUnits')), votes: vec('votes'), places: vec('places') };
  }

  private emitter({ features, debugInfo, count }: EmitOptions): number {
    const { ahead } = this;
    const key = `${features} ${debugInfo} ${count}`;
    let emitter = this.emitters.get(key);
    if (emitter === undefined) {
      const at = ahead.make('EmitOptions');
      ahead.setInt(ahead.field(at, 'EmitOptions', 'features'), features);
      ahead.setInt(ahead.field(at, 'EmitOptions', 'debugInfo'), Number(debugInfo === true));
      ahead.setInt(ahead.field(at, 'EmitOptions', 'count'), Number(count === true));
      emitter = ahead.exports.createEmitter(this.enabledAt, at);
      ahead.renew();
      this.emitters.set(key, emitter);
    }
    return emitter;
  }

  /** What is in a relaxed buffer, where it is: valid until the next call. */
  private finished(buffer: number): FinishedCode {
    const { ahead } = this;
    const at = (name: string): number => ahead.field(buffer, 'Assembler', name);
    return {
      code: ahead.byteView(at('code'), ahead.int(at('pos'))),
      alignment: ahead.int(at('alignment')),
      codeBytes: ahead.int(at('codeBytes')),
      dispatch: ahead.vec(at('dispatch')),
      relocs: ahead.vec(at('relocs')),
      traps: ahead.vec(at('traps')),
      wraps: ahead.vec(at('wraps')),
      debug: ahead.vec(at('debug')),
      handlers: ahead.vec(at('handlers')),
    };
  }
}

/** Of vectors, which know their lengths, any number does. */
const IN_USE: Record<MachGroup, number> = {
  values: 0,
  blocksAt: 0,
  instructions: 0,
  instructionsAt: 0,
  uses: 0,
  preserved: 0,
  landingPads: 0,
};
const NOTHING: Record<FuncGroup, number> = {
  values: -1,
  order: -1,
  bounds: -1,
  blocks: -1,
  blocksAt: -1,
  edges: -1,
  edgesAt: -1,
  params: -1,
  args: -1,
  blockWeights: -1,
  edgeWeights: -1,
  parts: -1,
  pool: -1,
  ways: -1,
  inlined: -1,
};

/** Entries in use of the arrays of a function; below 0: they are not in use. */
const countsOf = (f: Func): Record<FuncGroup, number> => ({
  values: f.nv,
  order: f.blockStart[f.nb],
  bounds: f.bounded ? f.nv : -1,
  blocks: f.nb,
  blocksAt: f.nb + 1,
  edges: f.ne,
  edgesAt: f.ne + 1,
  params: f.paramAt[f.nb],
  args: f.argAt[f.ne],
  blockWeights: f.weighted ? f.nb : -1,
  edgeWeights: f.weighted ? f.ne : -1,
  parts: -1,
  pool: f.pool.n,
  ways: f.ways.n,
  inlined: -1,
});
