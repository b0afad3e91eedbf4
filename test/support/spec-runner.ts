/**
 * Runs one converted script of the specification suite (`test.json` beside its `.wasm` files) on an engine.
 *
 * Commands that need a feature the engine lacks are skipped, and so is whatever depends on them: actions on a skipped
 * module, modules that import from one, instances whose memory or table a skipped module would have written.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Engine, TrapKind } from './engine.js';
import { matchesBits, matchesJs, type SpecValue, toJs, Unsupported, writeBits } from './spec-values.js';
import { readModuleInfo, type Signature } from './wasm-sig.js';
import { hasInside, RESULTS_AT, SLOT, wrapperModule } from './wrapper.js';

interface Action {
  type: 'invoke' | 'get';
  module?: string;
  field: string;
  args: SpecValue[];
}

/** A command of a script. */
export interface Command {
  type: string;
  line: number;
  filename?: string;
  name?: string;
  as?: string;
  module?: string;
  instance?: string;
  action?: Action;
  expected?: SpecValue[];
  text?: string;
  /** Features beyond 2.0 without SIMD that the command's module needs. */
  needs?: string[];
  /** The module is invalid only without one of these features. */
  invalid_unless?: string[];
  /** The assertion is about the text format. */
  text_only?: boolean;
}

interface Script {
  source: string;
  commands: Command[];
}

interface Live {
  exports: Record<string, any>;
  /** Signatures of exported functions, by export name. */
  signatures: Map<string, Signature>;
  wrappers: Map<string, { run: () => void; memory: { buffer: ArrayBuffer } }>;
}

export interface SpecResult {
  passed: number;
  skipped: number;
  /** "source:line command: what went wrong". */
  failures: string[];
}

/** Trap texts of the specification and the kinds that may answer them. Some texts cover memory and table alike. */
const TRAP_TEXTS: [RegExp, TrapKind[]][] = [
  [/out of bounds memory/, ['oob-memory']],
  [/out of bounds array/, ['oob-array']],
  [/cast failure/, ['cast']],
  [/null (structure|array|i31|function)? ?reference/, ['null']],
  [
    /out of bounds table|undefined element|uninitialized element|out of bounds/,
    ['oob-table', 'call-indirect', 'oob-memory'],
  ],
  [/indirect call/, ['call-indirect']],
  [/divide by zero/, ['div0']],
  [/integer overflow/, ['overflow', 'conv']],
  [/invalid conversion/, ['conv']],
  [/unreachable/, ['unreachable']],
  [/unaligned atomic/, ['unaligned']],
  [/exhausted/, ['exhaustion']],
];

const NUMERIC = new Set(['i32', 'i64', 'f32', 'f64', 'v128']);

/** Whether a call must go through memory, since JavaScript's numbers would not show its bits. */
function needsBits(s: Signature): boolean {
  const all = [...s.params, ...s.results];
  return (
    all.length < 2000 && all.every((t) => NUMERIC.has(t)) && all.some((t) => t === 'f32' || t === 'f64' || t === 'v128')
  );
}

/** The host module that the suite's scripts import. */
function spectest({ wasm, features }: Engine): Record<string, unknown> {
  const print = (): void => {};
  return {
    print,
    print_i32: print,
    print_i64: print,
    print_f32: print,
    print_f64: print,
    print_i32_f32: print,
    print_f64_f64: print,
    global_i32: new wasm.Global({ value: 'i32' }, 666),
    global_i64: new wasm.Global({ value: 'i64' }, 666n),
    global_f32: new wasm.Global({ value: 'f32' }, 666.6),
    global_f64: new wasm.Global({ value: 'f64' }, 666.6),
    table: new wasm.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    memory: new wasm.Memory({ initial: 1, maximum: 2 }),
    shared_memory: new wasm.Memory({ initial: 1, maximum: 2, shared: true }),
    table64: features.has('memory64')
      ? new wasm.Table({ initial: 10n, maximum: 20n, element: 'anyfunc', address: 'i64' } as never)
      : undefined,
  };
}

const readScript = (file: string): Script => JSON.parse(fs.readFileSync(file, 'utf8')) as Script;

export const commandsOf = (file: string): Command[] => readScript(file).commands;

/** Runs a script, or some of its commands, as far as the engine's features go; `file` is its test.json. */
export function runSpecScript(engine: Engine, file: string, { from = 0, to = Infinity } = {}): SpecResult {
  const { source, commands } = readScript(file);
  return new ScriptRun(engine, path.dirname(file), source).runAll(commands.slice(from, to));
}

class ScriptRun {
  private readonly result: SpecResult = { passed: 0, skipped: 0, failures: [] };
  private readonly registry: Record<string, Record<string, any>>;
  private readonly named = new Map<string, Live>();
  private readonly definitions = new Map<string, { bytes: Uint8Array; module: object }>();
  private current: Live | undefined;
  private definition: { bytes: Uint8Array; module: object } | undefined;
  // What was skipped, to skip what depends on it.
  private currentSkipped = false;
  private readonly skippedNames = new Set<string>();
  private readonly skippedRegistrations = new Set<string>();
  private readonly tainted = new Set<object>();

  constructor(
    private readonly engine: Engine,
    private readonly dir: string,
    private readonly source: string,
  ) {
    this.registry = { spectest: spectest(engine) };
  }

  runAll(commands: Command[]): SpecResult {
    for (const c of commands) {
      if (this.mustSkip(c)) {
        this.result.skipped++;
        continue;
      }
      try {
        const problem = this.execute(c);
        if (problem === undefined) this.result.passed++;
        else this.fail(c, problem);
      } catch (e) {
        if (e instanceof Unsupported) this.result.skipped++;
        else this.fail(c, `unexpected ${e}`);
      }
    }
    return this.result;
  }

  private fail(c: Command, problem: string): void {
    this.result.failures.push(
      `${this.source}:${c.line} ${c.type} ${c.action?.field ?? c.filename ?? ''}: ${problem.slice(0, 300)}`,
    );
  }

  private bytesOf(c: Command): Uint8Array {
    return fs.readFileSync(path.join(this.dir, c.filename!));
  }

  // --- skipping
  // ---------------------------------------------------------------------------------------------------------------------------------

  private mustSkip(c: Command): boolean {
    const has = (f: string): boolean => this.engine.features.has(f);
    if (c.text_only || c.invalid_unless?.every((f) => f === 'core' || has(f))) return true;
    if (c.needs && !c.needs.every(has)) {
      if (c.filename && !c.action) this.taintImportsOf(c);
      if (c.type === 'module') this.skipModule(c);
      if (c.type === 'module_definition') this.definition = undefined;
      return true;
    }
    if (c.type === 'module') this.currentSkipped = false;
    if (!this.dependsOnSkipped(c)) return false;
    if (c.type === 'module') this.skipModule(c);
    return true;
  }

  private skipModule(c: Command): void {
    this.current = undefined;
    this.currentSkipped = true;
    if (c.name) this.skippedNames.add(c.name);
  }

  /** A skipped module might have written to the instances that it imports. */
  private taintImportsOf(c: Command): void {
    let modules = Object.keys(this.registry);
    try {
      modules = readModuleInfo(this.bytesOf(c)).imports.map((i) => i.module);
    } catch {
      // Not readable: any registered instance may be meant.
    }
    for (const m of modules) if (m !== 'spectest' && this.registry[m]) this.tainted.add(this.registry[m]);
  }

  private dependsOnSkipped(c: Command): boolean {
    if (c.type === 'register') {
      const skipped = c.name ? this.skippedNames.has(c.name) : this.currentSkipped;
      if (skipped) this.skippedRegistrations.add(c.as!);
      return skipped;
    }
    if (c.type === 'module_instance') {
      if (c.module ? this.definitions.has(c.module) : this.definition) return false;
      this.currentSkipped = true;
      if (c.instance) this.skippedNames.add(c.instance);
      return true;
    }
    if (c.action) {
      const name = c.action.module;
      if (name ? this.skippedNames.has(name) : this.currentSkipped) return true;
      const live = name ? this.named.get(name) : this.current;
      return live !== undefined && this.tainted.has(live.exports);
    }
    if (this.skippedRegistrations.size === 0 || !c.filename) return false;
    if (!['module', 'assert_unlinkable', 'assert_uninstantiable', 'assert_trap'].includes(c.type)) return false;
    try {
      return readModuleInfo(this.bytesOf(c)).imports.some((i) => this.skippedRegistrations.has(i.module));
    } catch {
      return false;
    }
  }

  // --- commands
  // ---------------------------------------------------------------------------------------------------------------------------------

  /** Carries a command out; returns what is wrong, or undefined. */
  private execute(c: Command): string | undefined {
    switch (c.type) {
      case 'module':
        this.current = undefined;
        this.current = this.instantiate(this.bytesOf(c));
        if (c.name) this.named.set(c.name, this.current);
        return;
      case 'module_definition': {
        const bytes = this.bytesOf(c);
        this.definition = { bytes, module: this.engine.compile(bytes) };
        if (c.name) this.definitions.set(c.name, this.definition);
        return;
      }
      case 'module_instance': {
        const d = c.module ? this.definitions.get(c.module)! : this.definition!;
        this.current = undefined;
        this.current = this.instantiate(d.bytes, d.module);
        if (c.instance) this.named.set(c.instance, this.current);
        return;
      }
      case 'register':
        this.registry[c.as!] = this.live(c.name).exports;
        return;
      case 'action':
        this.act(c.action!, []);
        return;
      case 'assert_return':
        return this.act(c.action!, c.expected!);
      case 'assert_trap':
      case 'assert_exhaustion':
      case 'assert_uninstantiable':
        return this.expectError(
          () => (c.action ? this.act(c.action, []) : this.instantiate(this.bytesOf(c))),
          (e) => this.judgeTrap(c, e),
        );
      case 'assert_exception':
        return this.expectError(
          () => this.act(c.action!, []),
          (e) => (this.engine.isException(e) ? undefined : `other error ${e}`),
        );
      case 'assert_invalid':
      case 'assert_malformed':
        return this.expectError(
          () => this.engine.compile(this.bytesOf(c)),
          (e) => (this.engine.isCompileError(e) ? undefined : `other error ${e}`),
          `accepted, want: ${c.text}`,
        );
      case 'assert_unlinkable':
        return this.expectError(
          () => this.instantiate(this.bytesOf(c)),
          (e) => (this.engine.isLinkError(e) ? undefined : `other error ${e}`),
          `linked, want: ${c.text}`,
        );
      case 'assert_malformed_custom':
      case 'assert_invalid_custom':
        throw new Unsupported('custom sections that only the text format checks');
      default:
        throw new Unsupported(c.type);
    }
  }

  private expectError(
    action: () => unknown,
    judge: (e: unknown) => string | undefined,
    nothing = 'no error',
  ): string | undefined {
    try {
      action();
    } catch (e) {
      if (e instanceof Unsupported) throw e;
      return judge(e);
    }
    return nothing;
  }

  private judgeTrap(c: Command, e: unknown): string | undefined {
    if (!this.engine.isTrap(e)) return `not a trap: ${e}`;
    const kind = this.engine.trapKind(e);
    const allowed = TRAP_TEXTS.find(([re]) => re.test(c.text ?? ''))?.[1];
    return kind === undefined || allowed === undefined || allowed.includes(kind)
      ? undefined
      : `want "${c.text}", got "${(e as Error).message}"`;
  }

  private live(name: string | undefined): Live {
    const live = name ? this.named.get(name) : this.current;
    if (!live) throw new Error(`no instance ${name ?? ''}`);
    return live;
  }

  private instantiate(bytes: Uint8Array, module = this.engine.compile(bytes)): Live {
    const { exports } = this.engine.instantiate(module, this.registry);
    const signatures = new Map<string, Signature>();
    for (const e of readModuleInfo(bytes).exports) if (e.type) signatures.set(e.name, e.type);
    return { exports, signatures, wrappers: new Map() };
  }

  /** Carries an action out and compares its results with `expected` as far as that goes. */
  private act(a: Action, expected: SpecValue[]): string | undefined {
    const live = this.live(a.module);
    const target = live.exports[a.field];
    if (target === undefined) return `no export ${a.field}`;
    if (a.type === 'get') return this.compareJs([target.value], expected);
    const signature = live.signatures.get(a.field);
    if (signature && (needsBits(signature) || hasInside(signature)))
      return this.callThroughMemory(live, a, signature, expected);
    const r = target(...a.args.map(toJs));
    const results = r === undefined ? [] : Array.isArray(r) ? r : expected.length > 1 ? [...r] : [r];
    return this.compareJs(results, expected);
  }

  private compareJs(results: unknown[], expected: SpecValue[]): string | undefined {
    const ok = expected.every((e, i) => matchesJs(results[i], e));
    return ok ? undefined : `got ${results.map(String)}, want ${JSON.stringify(expected)}`;
  }

  private callThroughMemory(live: Live, a: Action, s: Signature, expected: SpecValue[]): string | undefined {
    let wrapper = live.wrappers.get(a.field);
    if (!wrapper) {
      const { exports } = this.engine.instantiate(wrapperModule(this.engine, s), { t: { f: live.exports[a.field] } });
      live.wrappers.set(a.field, (wrapper = { run: exports.r, memory: exports.m }));
    }
    const mem = new DataView(wrapper.memory.buffer);
    a.args.forEach((v, i) => writeBits(mem, SLOT * i, v));
    wrapper.run();
    if (expected.every((e, i) => matchesBits(mem, RESULTS_AT + SLOT * i, e))) return undefined;
    const got = s.results.map((t, i) => `${t}:0x${mem.getBigUint64(RESULTS_AT + SLOT * i, true).toString(16)}`);
    return `got ${got}, want ${JSON.stringify(expected)}`;
  }
}
