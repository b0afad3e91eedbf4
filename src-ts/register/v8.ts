/** V8's own WebAssembly, taken before anything replaces it, and what can be asked of its objects. */

interface Constructor {
  new (...args: any[]): any;
  prototype: any;
}

/** The namespace's own properties, as V8 made them. */
export interface V8WebAssembly {
  Module: Constructor & {
    exports(m: object): { name: string; kind: string }[];
    imports(m: object): { module: string; name: string; kind: string }[];
    customSections(m: object, name: string): ArrayBuffer[];
  };
  Instance: Constructor;
  Memory: Constructor;
  Table: Constructor;
  Global: Constructor;
  /** Since V8 9.5. */
  Tag?: Constructor;
  Exception?: Constructor;
  JSTag?: object;
  LinkError: new (message: string) => Error;
  validate(source: unknown, options?: unknown): boolean;
  compile(source: unknown, ...rest: unknown[]): Promise<object>;
  instantiate(source: unknown, imports?: unknown, ...rest: unknown[]): Promise<any>;
  compileStreaming?(source: unknown, ...rest: unknown[]): Promise<object>;
  instantiateStreaming?(source: unknown, imports?: unknown, ...rest: unknown[]): Promise<any>;
}

/** A module that imports `wasm:js-string` `test` as a function without parameters and results. */
const WRONG_BUILTIN = Uint8Array.from(
  [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 4, 1, 0x60, 0, 0],
    [2, 23, 1, 14],
    ascii('wasm:js-string'),
    [4],
    ascii('test'),
    [0, 0],
  ].flat(),
);

function ascii(text: string): number[] {
  return [...Buffer.from(text)];
}

export class V8Engine {
  private readonly tableLength: (this: unknown) => number;
  private readonly globalValue: (this: unknown) => unknown;
  private readonly memoryBuffer: (this: unknown) => unknown;
  private readonly setElement: (this: unknown, index: number, value: unknown) => void;
  /** Takes functions of V8's modules and nothing else: the one way to tell them from others. */
  private probe: object | null = null;
  private knownToResolve: boolean | undefined;

  constructor(readonly wasm: V8WebAssembly) {
    const getter = (c: Constructor, name: string) => Object.getOwnPropertyDescriptor(c.prototype, name)!.get as any;
    this.tableLength = getter(wasm.Table, 'length');
    this.globalValue = getter(wasm.Global, 'value');
    this.memoryBuffer = getter(wasm.Memory, 'buffer');
    this.setElement = wasm.Table.prototype.set;
  }

  /** Whether it takes compile options: then a module that declares a builtin with another type is none. */
  get resolvesImports(): boolean {
    return (this.knownToResolve ??= !this.wasm.validate(WRONG_BUILTIN, { builtins: ['js-string'] }));
  }

  isTable = (value: unknown): boolean => accepts(this.tableLength, value);
  isGlobal = (value: unknown): boolean => accepts(this.globalValue, value);
  isMemory = (value: unknown): boolean => accepts(this.memoryBuffer, value);
  /** Tags have nothing to ask: those of this engine inherit from V8's, so they are to be told apart before. */
  isTag = (value: object): boolean => this.wasm.Tag !== undefined && value instanceof this.wasm.Tag;

  /** Whether this is a function of a module (an Exported Function) of V8's. */
  isFunction(value: unknown): boolean {
    // Their names are their indices, unless the program has renamed them; refusing others by an error is slow.
    if (typeof value !== 'function' || !/^\d+$/.test(value.name)) return false;
    this.probe ??= new this.wasm.Table({ element: 'anyfunc', initial: 1 }) as object;
    try {
      this.setElement.call(this.probe, 0, value);
      this.setElement.call(this.probe, 0, null);
      return true;
    } catch {
      return false;
    }
  }
}

function accepts(getter: (this: unknown) => unknown, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    getter.call(value);
    return true;
  } catch {
    return false;
  }
}
