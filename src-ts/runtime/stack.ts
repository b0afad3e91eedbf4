/**
 * Wasm frames in the stacks of errors. V8 knows nothing of our frames: between an imported function and the exported
 * one that was called it sees what carries the call. Here the stack of an error gets the wasm frames in that place,
 * whether the error is a trap or was made in an imported function, and `Error.prepareStackTrace` of the program
 * (source maps, error reporters) gets them as call sites like any other.
 *
 * V8 asks `Error.prepareStackTrace` when a stack is looked at first; so that property becomes an accessor which always
 * answers with our function, and what the program assigns is what ours calls. Where that is not possible (frozen
 * intrinsics; source maps of Node 20, which has no default to call) traps carry their frames as text, and errors of
 * imported functions show what V8 sees.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFrame } from '../dwarf/index.js';
import { handOut } from '../util/hand-out.js';

/** One wasm frame. */
export interface WasmFrame {
  /** Name of the module, from its name section or the first digits of its hash. */
  module: string;
  /** Function index. */
  func: number;
  /** From the name section, or null. */
  name: string | null;
  /** Byte offset in the wasm module, or -1 where the artefact does not know. */
  offset: number;
  /**
   * Where that is in the source, by the module's DWARF: innermost first where the compiler has inlined calls. Empty or
   * absent without.
   */
  readonly source?: readonly SourceFrame[];
}

/** A frame as it is shown: one for each function of the source. */
interface ShownFrame {
  frame: WasmFrame;
  name: string | null;
  place: SourceFrame | null;
}

function shownFrames(frame: WasmFrame): ShownFrame[] {
  const { source } = frame;
  if (source === undefined || source.length === 0) return [{ frame, name: frame.name, place: null }];
  const shown: ShownFrame[] = [];
  // The name section knows the outermost function better: by its whole name.
  for (let i = 0; i < source.length; i++)
    shown.push({
      frame,
      name: i === source.length - 1 ? (frame.name ?? source[i].name) : source[i].name,
      place: source[i],
    });
  return shown;
}

/** Name of every function that calls an imported one: from its frame to the exported function's all is ours. */
export const HANDLER_NAME = 'wasm to JavaScript';

/**
 * `name (file.c:4:25)` for each function of the source where the module has DWARF, else `name
 * (wasm://wasm/module:wasm-function[3]:0x2a)`, as V8 prints it.
 */
export function formatFrame(frame: WasmFrame): string[] {
  const shown = shownFrames(frame);
  const texts: string[] = [];
  for (let i = 0; i < shown.length; i++) texts.push(format(shown[i]));
  return texts;
}

function format({ frame: f, name, place: p }: ShownFrame): string {
  const place =
    p === null
      ? `wasm://wasm/${f.module}:wasm-function[${f.func}]${f.offset < 0 ? '' : `:0x${f.offset.toString(16)}`}`
      : `${p.file}:${p.line}:${p.column}`;
  return name === null ? place : `${name} (${place})`;
}

/** What was known of the wasm below an error when it was thrown. */
interface Noted {
  /** Frames above the JavaScript ones: of the wasm that trapped. */
  top: readonly WasmFrame[];
  /** Frames of the activations that were waiting further down, as `NativeBinding.captureStack` gives them. */
  rows: Uint32Array;
}

/** What the stacks need from the runtime. */
export interface Activations {
  /** Rows of the waiting activations, now. */
  captureStack(): Uint32Array;
  /** The frames of one of them, counted from the innermost. */
  describeFrames(rows: Uint32Array, activation: number): WasmFrame[];
}

type CallSite = NodeJS.CallSite;
type Prepare = (error: Error, sites: CallSite[]) => unknown;

// Taken now: programs replace and remove these.
const { captureStackTrace } = Error;
const errorToString = Error.prototype.toString;

/** In the package as it is shipped this file is part of a bundle that has nothing of the program in it. */
const OUR_FILE = existsSync(join(__dirname, 'compiler.js')) ? __filename : '';

const noted = new WeakMap<object, Noted>();
let hook: Prepare | null | undefined;

/** From now on stacks have wasm frames; the first call per realm counts. */
export function showWasmFrames(activations: Activations): void {
  if (hook === undefined) hook = install(activations);
}

/** Notes which activations an error goes through that an imported function has thrown. */
export function noteThrown(error: unknown, rows: Uint32Array): void {
  if (typeof error === 'object' && error !== null && rows.length > 0 && !noted.has(error))
    noted.set(error, { top: [], rows });
}

/**
 * Gives a new error its stack: wasm frames, then the JavaScript frames below `top`, then wasm and JavaScript in turns.
 * `waiting`: the frames are those of the first activation in `rows`, which stand below the handler's.
 */
export function giveStack(
  error: Error,
  frames: readonly WasmFrame[],
  rows: Uint32Array,
  top: Function,
  waiting = false,
): void {
  if (typeof captureStackTrace !== 'function') return;
  noted.set(error, { top: waiting ? [] : frames, rows });
  if (hook === undefined || hook === null) giveText(error, frames, top);
  else captureStackTrace(error, top);
}

/** Without the hook. The text is composed on first use. */
function giveText(error: Error, frames: readonly WasmFrame[], top: Function): void {
  const script = { name: error.name, message: error.message, stack: '' };
  captureStackTrace(script, top);
  const define = (value: unknown): void => {
    Object.defineProperty(error, 'stack', { value, writable: true, configurable: true });
  };
  Object.defineProperty(error, 'stack', {
    configurable: true,
    get() {
      const header = headerOf(error);
      const stack = String(script.stack);
      const below = stack.startsWith(header) ? stack.slice(header.length) : `\n${stack}`;
      let text = header;
      for (let i = 0; i < frames.length; i++) for (const line of formatFrame(frames[i])) text += `\n    at ${line}`;
      text += below;
      define(text);
      return text;
    },
    set: define,
  });
}

function install(activations: Activations): Prepare | null {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const original = before?.value as Prepare | undefined;
  if (original === undefined && (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true) return null;
  let chosen = original;
  const ours: Prepare = (error, sites) => {
    const shown = withWasmFrames(activations, error, sites);
    const prepare = typeof chosen === 'function' ? chosen : original;
    return prepare === undefined ? defaultText(error, shown) : Reflect.apply(prepare, Error, [error, shown]);
  };
  const defined = Reflect.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: before?.enumerable ?? true,
    get: () => ours,
    set: (value: Prepare | undefined) => {
      chosen = value === ours ? original : value;
    },
  });
  return defined ? ours : null;
}

function headerOf(error: Error): string {
  try {
    return Reflect.apply<Error, [], string>(errorToString, error, []);
  } catch {
    return '<error>';
  }
}

function defaultText(error: Error, sites: readonly CallSite[]): string {
  let text = headerOf(error);
  for (let i = 0; i < sites.length; i++) text += `\n    at ${sites[i].toString()}`;
  return text;
}

/** What V8 saw, with wasm frames for what is ours in it, up to `Error.stackTraceLimit`. */
function withWasmFrames(activations: Activations, error: Error, sites: CallSite[]): CallSite[] {
  const known = noted.get(error);
  if (known === undefined && !isInImport(sites)) return sites;
  const rows = known?.rows ?? activations.captureStack();
  const shown: CallSite[] = [];
  for (const f of known?.top ?? []) pushSites(shown, f);
  let activation = 0;
  let carrying = false;
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i];
    const name = site.getFunctionName();
    if (name === HANDLER_NAME) carrying = true;
    else if (carrying) {
      // Exported functions have the numbers of their functions as names.
      const frames = activations.describeFrames(rows, activation);
      if (frames.length === 0 || name !== String(frames[frames.length - 1].func)) continue;
      for (const f of frames) pushSites(shown, f);
      activation++;
      carrying = false;
    } else if (OUR_FILE === '' || site.getFileName() !== OUR_FILE) shown.push(site);
  }
  // The limit cut off what is ours: V8 counts its own frames.
  if (carrying) for (const f of activations.describeFrames(rows, activation)) pushSites(shown, f);
  const limit: unknown = Error.stackTraceLimit;
  return handOut(typeof limit === 'number' && shown.length > limit ? shown.slice(0, Math.max(0, limit)) : shown);
}

/** `sites` is an array of the program's: its methods are not to be trusted. */
function isInImport(sites: readonly CallSite[]): boolean {
  for (let i = 0; i < sites.length; i++) if (sites[i].getFunctionName() === HANDLER_NAME) return true;
  return false;
}

/** A wasm frame as a call site, with V8's answers. A class, because some tools copy what is on the prototype. */
class WasmCallSite {
  readonly #shown: ShownFrame;
  constructor(shown: ShownFrame) {
    this.#shown = shown;
  }
  getThis(): undefined {}
  getTypeName(): null {
    return null;
  }
  getFunction(): number {
    return this.#shown.frame.func;
  }
  getFunctionName(): string | null {
    return this.#shown.name;
  }
  getMethodName(): null {
    return null;
  }
  getFileName(): string {
    return this.#shown.place?.file ?? `wasm://wasm/${this.#shown.frame.module}`;
  }
  getScriptNameOrSourceURL(): string {
    return this.getFileName();
  }
  getScriptHash(): string {
    return '';
  }
  /** Wasm itself is one line; its column counts from 1. */
  getLineNumber(): number {
    return this.#shown.place?.line ?? 1;
  }
  getColumnNumber(): number | null {
    const { place, frame } = this.#shown;
    return place !== null ? place.column : frame.offset < 0 ? null : frame.offset + 1;
  }
  getEnclosingLineNumber(): number {
    return 1;
  }
  getEnclosingColumnNumber(): null {
    return null;
  }
  getPosition(): number {
    return Math.max(0, this.#shown.frame.offset);
  }
  getEvalOrigin(): undefined {}
  getPromiseIndex(): null {
    return null;
  }
  isToplevel(): boolean {
    return false;
  }
  isEval(): boolean {
    return false;
  }
  isNative(): boolean {
    return false;
  }
  isConstructor(): boolean {
    return false;
  }
  isAsync(): boolean {
    return false;
  }
  isPromiseAll(): boolean {
    return false;
  }
  toString(): string {
    return format(this.#shown);
  }
}

function pushSites(sites: CallSite[], frame: WasmFrame): void {
  const shown = shownFrames(frame);
  for (let i = 0; i < shown.length; i++) sites.push(new WasmCallSite(shown[i]) as unknown as CallSite);
}
