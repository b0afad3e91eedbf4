/**
 * Runs scripts of the specification (`.wast`): modules, calls, and assertions about both. Texts of traps are compared
 * with the specification's; of the errors of modules only the kind is, since their words are every implementation's own.
 */
import { CompileError, compileSync, type CompileOptions, LinkError, load, type Module, WebAssembly } from '../index.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { decodeModule } from '../wasm/module.js';
import { ExternKind } from '../wasm/types.js';
import { type Action, type Command, type ModuleSource, readCommands, type ScriptValue } from './commands.js';
import { ScriptError } from './s-expressions.js';
import { HIDDEN, HostValues, matches, readLanes, show, toJs, writeLanes } from './values.js';
import { functionWrapper, globalWrapper, isHidden, isPassed, isPlain, isWrappable, SLOT } from './wrapper.js';

/** Text to a module's bytes. Throws an Error whose message says where and why. */
export type Assemble = (text: string) => Promise<Uint8Array>;

export interface ScriptResult {
  passed: number;
  failures: { line: number; what: string }[];
}

/** A command did not do what the script says. */
class Failure extends Error {}

/** Carries out a script's commands in order; a failure does not stop it. */
export async function runScript(source: string, assemble: Assemble, options: CompileOptions): Promise<ScriptResult> {
  const result: ScriptResult = { passed: 0, failures: [] };
  const commands = readCommands(source);
  const run = new ScriptRun(assemble, options);
  for (const command of commands) {
    try {
      await run.execute(command);
      result.passed++;
    } catch (e) {
      if (e instanceof ScriptError) throw e;
      result.failures.push({
        line: command.line,
        what: `${titleOf(command)}: ${e instanceof Failure ? e.message : unexpected(e)}`,
      });
    }
  }
  return result;
}

const unexpected = (e: unknown): string => (e instanceof Error ? `${e.name}: ${e.message}` : String(e));

function titleOf(c: Command): string {
  const name = c.kind === 'module' || c.kind === 'action' || c.kind === 'register' ? c.kind : `assert_${c.kind}`;
  if ('action' in c) return `${name === 'action' ? c.action.kind : name} ${JSON.stringify(c.action.name)}`;
  return c.kind === 'unknown' ? c.name : c.kind === 'definition' || c.kind === 'instance' ? `module ${c.kind}` : name;
}

/** A compiled module, and what its types are. */
interface Definition {
  module: Module;
  shape: WasmModule;
}

interface Live {
  exports: Record<string, unknown>;
  shape: WasmModule;
}

class ScriptRun {
  private readonly registry: Record<string, object> = { spectest: spectest() };
  private readonly definitions = new Map<string | null, Definition>();
  /** By name; null: the last. */
  private readonly instances = new Map<string | null, Live>();
  private readonly hosts = new HostValues();
  private readonly wrappers = new Map<string, Module>();

  constructor(
    private readonly assemble: Assemble,
    private readonly options: CompileOptions,
  ) {}

  async execute(c: Command): Promise<void> {
    switch (c.kind) {
      case 'module':
        this.instances.delete(null);
        return this.keep(c.module.id, this.instantiate(await this.compile(c.module)));
      case 'definition': {
        this.definitions.delete(null);
        const made = await this.compile(c.module);
        for (const key of new Set([c.module.id, null])) this.definitions.set(key, made);
        return;
      }
      case 'instance': {
        const definition = this.definitions.get(c.definition);
        if (definition === undefined) throw new Failure(`there is no module ${c.definition ?? ''}`);
        return this.keep(c.id, this.instantiate(definition));
      }
      case 'register':
        this.registry[c.as] = this.instance(c.module).exports;
        return;
      case 'action':
        await this.act(c.action);
        return;
      case 'return': {
        const results = await this.act(c.action);
        if (results.length !== c.results.length || !results.every((r, k) => matches(r, c.results[k], this.hosts)))
          throw new Failure(`got ${list(results.map(show))}, not ${list(c.results.map(show))}`);
        return;
      }
      case 'trap':
      case 'exhaustion':
        return expectTrap(c.text, () => this.act(c.action));
      case 'exception':
        return expect(
          'an exception',
          () => this.act(c.action),
          (e) => e instanceof WebAssembly.Exception,
        );
      case 'uninstantiable': {
        const definition = await this.compile(c.module);
        return expectTrap(c.text, () => this.instantiate(definition));
      }
      case 'unlinkable': {
        const definition = await this.compile(c.module);
        return expect(
          `"${c.text}"`,
          () => this.instantiate(definition),
          (e) => e instanceof LinkError,
        );
      }
      case 'invalid': {
        const bytes = await this.bytesOf(c.module);
        return expect(`"${c.text}"`, () => this.compileBytes(bytes), isCompileError);
      }
      case 'malformed':
        return expect(
          `"${c.text}"`,
          async () => this.compileBytes(await this.bytesOf(c.module)),
          (e) => e instanceof TextError || isCompileError(e),
        );
      case 'unknown':
        throw new Failure('this runner does not know the command');
    }
  }

  private keep(id: string | null, live: Live): void {
    for (const key of new Set([id, null])) this.instances.set(key, live);
  }

  private async compile(source: ModuleSource): Promise<Definition> {
    return this.compileBytes(await this.bytesOf(source));
  }

  private compileBytes(bytes: Uint8Array): Definition {
    return { module: load(compileSync(bytes, this.options)), shape: decodeModule(bytes) };
  }

  private async bytesOf({ kind, bytes, text }: ModuleSource): Promise<Uint8Array> {
    if (kind === 'binary') return bytes;
    if (text === null) throw new TextError('the text is no UTF-8');
    try {
      return await this.assemble(text);
    } catch (e) {
      throw new TextError((e as Error).message);
    }
  }

  private instantiate({ module, shape }: Definition): Live {
    return { exports: new WebAssembly.Instance(module, this.registry).exports, shape };
  }

  private instance(id: string | null): Live {
    const live = this.instances.get(id);
    if (live === undefined)
      throw new Failure(id === null ? 'there is no module before it' : `there is no module ${id}`);
    return live;
  }

  /** Carries an action out; the results are JavaScript's values, or the lanes of what went through a memory. */
  private async act({ kind, module, name, args }: Action): Promise<unknown[]> {
    const { exports, shape } = this.instance(module);
    const exported = shape.exports.find((e) => e.name === name);
    if (exported?.kind !== (kind === 'get' ? ExternKind.GLOBAL : ExternKind.FUNC))
      throw new Failure(`the module has no such ${kind === 'get' ? 'global' : 'function'}`);
    const target = exports[name];
    if (kind === 'get') {
      const type = shape.globals[exported.index];
      const signature = { params: [], results: [type.type] };
      if (isPlain(signature) || !isWrappable(signature)) return [(target as { value: unknown }).value];
      return this.through(globalWrapper(type), target, signature, []);
    }
    const signature = shape.types[shape.funcTypes[exported.index]];
    if (isPlain(signature) || !isWrappable(signature)) {
      const result: unknown = (target as Function)(...args.map((a) => toJs(a, this.hosts)));
      return signature.results.length === 0
        ? []
        : signature.results.length === 1
          ? [result]
          : [...(result as unknown[])];
    }
    return this.through(functionWrapper(signature), target, signature, args);
  }

  /** By a wrapper: numbers lie in its memory. */
  private async through(
    text: string,
    target: unknown,
    { params, results }: { params: number[]; results: number[] },
    args: ScriptValue[],
  ): Promise<unknown[]> {
    let module = this.wrappers.get(text);
    if (module === undefined) this.wrappers.set(text, (module = load(compileSync(await this.assemble(text)))));
    const { run, memory } = new WebAssembly.Instance(module, { target: { it: target } }).exports as {
      run: Function;
      memory: { buffer: ArrayBuffer };
    };
    const view = (k: number): DataView => new DataView(memory.buffer, SLOT * k, SLOT);
    args.forEach((a, k) => 'lanes' in a && writeLanes(view(k), a.lanes));
    const result: unknown = run(...args.filter((_, k) => isPassed(params[k])).map((a) => toJs(a, this.hosts)));
    const passed = results.filter(isPassed).length;
    const references = passed === 0 ? [] : passed === 1 ? [result] : [...(result as unknown[])];
    return results.map((type, k) => {
      if (isPassed(type)) return references.shift();
      const at = view(params.length + k);
      // What may not be seen is null or something.
      return isHidden(type) ? (at.getUint32(0, true) === 1 ? null : HIDDEN) : readLanes(at, type);
    });
  }
}

/** The text cannot be assembled. */
class TextError extends Error {
  override readonly name = 'text';
}

const isCompileError = (e: unknown): boolean => e instanceof CompileError;

async function expect(what: string, action: () => unknown, isWanted: (e: unknown) => boolean): Promise<void> {
  try {
    await action();
  } catch (e) {
    if (isWanted(e)) return;
    throw new Failure(`${e instanceof Failure ? e.message : unexpected(e)}, not ${what}`);
  }
  throw new Failure(`nothing happened, not ${what}`);
}

/** Words of the specification's scripts and the engine's, where neither begins with the other. */
const SAME_TRAP: readonly (readonly [script: RegExp, ours: RegExp])[] = [
  [/^null \w+ reference$/, /^null reference$/],
  [/^out of bounds table access$/, /^undefined element$/],
  [/^undefined$/, /^undefined element$|^out of bounds table access$/],
  [/^uninitialized/, /^uninitialized element$/],
];

async function expectTrap(text: string, action: () => unknown): Promise<void> {
  await expect(`trap "${text}"`, action, (e) => {
    const trap = (e as { trap?: unknown }).trap;
    if (!(e instanceof Error) || typeof trap !== 'string') return false;
    return text.startsWith(trap) || trap.startsWith(text) || SAME_TRAP.some(([a, b]) => a.test(text) && b.test(trap));
  });
}

const list = (texts: string[]): string => (texts.length === 0 ? 'nothing' : texts.join(' '));

/** The host module of the specification's scripts. */
function spectest(): Record<string, unknown> {
  const { Global, Memory, Table } = WebAssembly;
  const print = (): void => {};
  const prints = ['', '_i32', '_i64', '_f32', '_f64', '_i32_f32', '_f64_f64'].map((name) => [`print${name}`, print]);
  return {
    ...Object.fromEntries(prints),
    global_i32: new Global({ value: 'i32' }, 666),
    global_i64: new Global({ value: 'i64' }, 666n),
    global_f32: new Global({ value: 'f32' }, 666.6),
    global_f64: new Global({ value: 'f64' }, 666.6),
    table: new Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    table64: new Table({ initial: 10n, maximum: 20n, element: 'anyfunc', address: 'i64' } as never),
    memory: new Memory({ initial: 1, maximum: 2 }),
    shared_memory: new Memory({ initial: 1, maximum: 2, shared: true }),
  };
}
