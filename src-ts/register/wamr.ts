/**
 * This package's engine as `register` uses it: loaded when the first module runs on it, so that a program all of whose
 * modules run on V8 does not pay for it.
 */
import type { NativeBinding } from '../binding.js';
import { REGISTRY } from '../addon.js';
import type { Registry } from '../runtime/registry.js';
import { packageFile } from '../util/package-files.js';
import { CARRIER } from '../util/v8-wasm.js';
import type { CodeCache } from '../cache/code-cache.js';
import type { V8Engine } from './v8.js';

export type Wamr = typeof import('../index.js');

export class WamrEngine {
  private loaded: Wamr | null = null;

  constructor(
    readonly native: NativeBinding,
    private readonly code: CodeCache | null,
    private readonly v8: V8Engine,
    private readonly onLoad: (wamr: Wamr) => void,
  ) {}

  /** Whether a module runs on it. */
  get isLoaded(): boolean {
    return this.loaded !== null;
  }

  get wamr(): Wamr {
    if (this.loaded === null) {
      const file = packageFile('index.js');
      this.loaded = (this.code === null ? require(file) : this.code.require(file)) as Wamr;
      this.loaded.internals.useBinding(this.native);
      this.onLoad(this.loaded);
    }
    return this.loaded;
  }

  /** What this engine's objects are, also of those that the program made through the package itself. */
  private get registry(): Registry | undefined {
    return (this.native as { [REGISTRY]?: Registry })[REGISTRY];
  }

  isModule = (value: object): boolean => this.registry?.modules.has(value) || this.isArrived(value);

  /** Whether it came here from another thread; the engine is loaded for it. */
  private isArrived(value: object): boolean {
    if (this.sectionsOf(value).length === 0) return false;
    const { env, ModuleState } = this.wamr.internals;
    return ModuleState.of(env(), value) !== null;
  }

  private sectionsOf(value: object): ArrayBuffer[] {
    try {
      return this.v8.wasm.Module.customSections(value, CARRIER);
    } catch {
      return [];
    }
  }

  isFunction = (value: Function): boolean => this.registry?.funcs.has(value) ?? false;
  isTable = (value: object): boolean => this.registry?.tables.has(value) ?? false;
  isGlobal = (value: object): boolean => this.registry?.globals.has(value) ?? false;
  isMemory = (value: object): boolean => this.registry?.memories.has(value) ?? false;
  isTag = (value: object): boolean => this.registry?.tags.has(value) ?? false;
}

/**
 * Objects of this engine count as instances of V8's classes, which are those of the namespace: `instanceof` and
 * `constructor` say the same whatever a module runs on.
 */
export function inheritFromV8(wamr: Wamr, v8: V8Engine): void {
  for (const name of ['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag', 'Exception'] as const) {
    const ours: object = wamr.WebAssembly[name].prototype;
    const theirs = v8.wasm[name];
    if (theirs === undefined) continue;
    const prototype = theirs.prototype as object;
    Object.setPrototypeOf(ours, prototype);
    Object.defineProperty(ours, 'constructor', Object.getOwnPropertyDescriptor(prototype, 'constructor')!);
  }
}
