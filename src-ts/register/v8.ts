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
  LinkError: new (message: string) => Error;
  compile(source: unknown, ...rest: unknown[]): Promise<object>;
  instantiate(source: unknown, imports?: unknown, ...rest: unknown[]): Promise<any>;
  compileStreaming?(source: unknown, ...rest: unknown[]): Promise<object>;
  instantiateStreaming?(source: unknown, imports?: unknown, ...rest: unknown[]): Promise<any>;
}

export class V8Engine {
  private readonly tableLength: (this: unknown) => number;
  private readonly globalValue: (this: unknown) => unknown;
  private readonly memoryBuffer: (this: unknown) => unknown;
  private readonly setElement: (this: unknown, index: number, value: unknown) => void;
  /** Takes functions of V8's modules and nothing else: the one way to tell them from others. */
  private probe: object | null = null;

  constructor(readonly wasm: V8WebAssembly) {
    const getter = (c: Constructor, name: string) => Object.getOwnPropertyDescriptor(c.prototype, name)!.get as any;
    this.tableLength = getter(wasm.Table, 'length');
    this.globalValue = getter(wasm.Global, 'value');
    this.memoryBuffer = getter(wasm.Memory, 'buffer');
    this.setElement = wasm.Table.prototype.set;
  }

  isTable = (value: unknown): boolean => accepts(this.tableLength, value);
  isGlobal = (value: unknown): boolean => accepts(this.globalValue, value);
  isMemory = (value: unknown): boolean => accepts(this.memoryBuffer, value);

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
