/**
 * `.wasm` and `.aot` files as modules of the program, by `import` (after the proposal for the integration of
 * WebAssembly with ES modules) and by `require`. What a module imports are modules, named by specifiers; its exports
 * are the instance's, globals by their values. A module that imports a global of another one gets the global itself.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Link } from '../sections.js';
import { kindOf } from './files.js';

type Exports = Record<string, unknown>;

/** The namespace's classes, as `register` has made them. */
export interface Interface {
  Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): Link[];
    exports(module: object): Omit<Link, 'module'>[];
  };
  Instance: new (module: object, imports?: object) => { exports: Exports };
  LinkError: new (message: string) => Error;
}

export class Importer {
  /** Instances by the module's namespace, or by what `require` gave. */
  private readonly instances = new WeakMap<object, Exports>();
  /** Modules that were compiled when they were found, until they are evaluated: by URL. */
  private readonly compiled = new Map<string, object>();

  constructor(
    private readonly wasm: Interface,
    /** Loads an artefact. */
    private readonly load: (file: string) => object,
    /** Where Node's own importer is used: loaded artefacts, by what it takes for their bytes. */
    private readonly loaded: WeakMap<object, object>,
  ) {}

  /** Compiles a module that will be linked; its imports and exports. */
  prepare(url: string, bytes: Uint8Array | null): { imports: Link[]; exports: Omit<Link, 'module'>[] } {
    const module = this.moduleOf(url, bytes);
    this.compiled.set(url, module);
    const { Module } = this.wasm;
    return { imports: Module.imports(module), exports: Module.exports(module) };
  }

  /** What Node's importer may take for the bytes of the artefact at this URL. */
  standInBytes(url: string): Uint8Array {
    const bytes = new Uint8Array(8);
    this.loaded.set(bytes, this.moduleOf(url, null));
    return bytes;
  }

  /**
   * Evaluates the ES module that stands for a module of WebAssembly (`standIn` of files.ts): the values of its exports,
   * in order. `self` is its namespace; `imports`: the namespaces of what it imports.
   */
  link(
    url: string,
    self: object,
    imports: [specifier: string, namespace: Exports][],
    base64: string | null,
  ): unknown[] {
    const module = this.compiled.get(url) ?? this.moduleOf(url, base64 === null ? null : Buffer.from(base64, 'base64'));
    this.compiled.delete(url);
    return this.instantiate(module, self, imports).map(([, value]) => value);
  }

  /** `require(file)`: its imports are required, as seen from the file. */
  require(file: string, result: Exports): void {
    const url = pathToFileURL(file).href;
    const module = this.moduleOf(url, null);
    const require = createRequire(file);
    const specifiers = new Set(this.wasm.Module.imports(module).map((i) => i.module));
    const imports = [...specifiers].map((specifier): [string, Exports] => [specifier, require(specifier) as Exports]);
    for (const [name, value] of this.instantiate(module, result, imports))
      Object.defineProperty(result, name, { value, enumerable: true, writable: true, configurable: true });
  }

  private instantiate(module: object, self: object, imports: [string, Exports][]): [name: string, value: unknown][] {
    const { Module, Instance } = this.wasm;
    const links = Module.imports(module);
    const importObject = Object.create(null) as Record<string, Exports>;
    for (const [specifier, namespace] of imports) {
      const exporter = this.instances.get(namespace);
      importObject[specifier] = namespace;
      if (exporter === undefined) continue;
      const globals = links.filter((l) => l.kind === 'global' && l.module === specifier);
      importObject[specifier] = Object.assign(Object.create(null), namespace) as Exports;
      for (const { name } of globals) importObject[specifier][name] = exporter[name];
    }
    const { exports } = new Instance(module, importObject);
    this.instances.set(self, exports);
    const kinds = new Map(Module.exports(module).map(({ name, kind }) => [name, kind]));
    return [...kinds].map(([name, kind]) => [name, kind === 'global' ? valueOf(exports[name]) : exports[name]]);
  }

  /** Compiles a module of these bytes, or of the file at the URL; loads an artefact. */
  private moduleOf(url: string, bytes: Uint8Array | null): object {
    if (kindOf(url) === 'aot') return this.load(fileURLToPath(url));
    const wasm = bytes ?? fs.readFileSync(fileURLToPath(url));
    const { Module } = this.wasm;
    let module: object;
    try {
      module = new Module(wasm);
    } catch (e) {
      const error = e as Error;
      error.message = `${url.startsWith('file:') ? fileURLToPath(url) : url}: ${error.message}`;
      throw error;
    }
    this.checkNames(url, module);
    return module;
  }

  /** Names that the proposal keeps for itself. */
  private checkNames(url: string, module: object): void {
    const { Module, LinkError } = this.wasm;
    const reserved = (name: string): boolean => name.startsWith('wasm:') || name.startsWith('wasm-js:');
    for (const link of Module.imports(module))
      if (link.module.startsWith('wasm-js:') || reserved(link.name))
        throw new LinkError(`Invalid Wasm import "${link.module}" "${link.name}" in ${url}`);
    for (const { name } of Module.exports(module))
      if (reserved(name)) throw new LinkError(`Invalid Wasm export name "${name}" in ${url}`);
  }
}

/** The value of a global; undefined of a v128, which JavaScript has no value for. */
function valueOf(global: unknown): unknown {
  try {
    return (global as { value: unknown }).value;
  } catch {
    return undefined;
  }
}
