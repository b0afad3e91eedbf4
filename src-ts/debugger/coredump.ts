/**
 * What a program was when it trapped, in the format of WebAssembly's tool conventions
 * (https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md, as wasm-tools reads it): a module with the
 * stack, the instances on it, their memories and globals. Locals are not in it: compiled code does not keep them.
 * `run --coredump FILE` and WAMR_COREDUMP write it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { UNKNOWN_OFFSET } from '../abi/artefact.js';
import { FrameRow as Row, ObjectKind } from '../abi/objects.js';
import { DebugInfo } from '../aot/debug-info.js';
import { type Artefact, Section } from '../aot/format.js';
import { internals } from '../index.js';
import type { InstanceState } from '../runtime/instance.js';
import type { ModuleState } from '../runtime/module.js';
import { log } from '../util/log.js';
import { decodeModule } from '../wasm/module.js';
import { type MemoryType, ValType } from '../wasm/types.js';
import { ByteWriter } from './bytes.js';

const enum SectionId {
  CUSTOM = 0,
  MEMORY = 5,
  GLOBAL = 6,
  DATA = 11,
}
const MISSING = 0x01;
const END = 0x0b;
/** Zeros so many bytes long are left out between two data segments. */
const PIECE = 4096;

/** A frame, and what it ran in. */
interface DumpedFrame {
  instance: InstanceState;
  func: number;
  /** Offset in the module; -1: not known. */
  offset: number;
}

/** Where the bodies of a module's functions begin, by the index of defined functions; -1: not known. */
export type BodyStarts = (module: ModuleState, defined: number) => number;

/**
 * Calls `write` for every trap in this thread, before the program sees its error. It must not throw: a program does
 * not fail for its dump.
 * @returns a function that ends it
 */
export function watchTraps(write: (core: (program: string, starts: BodyStarts) => Uint8Array) => void): () => void {
  const { registry, native } = internals.env();
  const observer = {
    onTrap(rows: Uint32Array): void {
      const frames: DumpedFrame[] = [];
      for (let i = 0; i < rows.length; i += Row.WORDS) {
        const instance = native.state(ObjectKind.INSTANCE, rows[i + Row.INSTANCE]) as InstanceState | undefined;
        if (instance === undefined || rows[i + Row.ACTIVATION] !== 0) continue;
        for (const { func, offset } of instance.module.expandPlace(rows[i + Row.FUNCTION], rows[i + Row.OFFSET]))
          frames.push({ instance, func, offset: offset === UNKNOWN_OFFSET ? -1 : offset });
      }
      if (frames.length > 0) write((program, starts) => coreDump(program, frames, starts));
    },
  };
  registry.observers.add(observer);
  return () => void registry.observers.delete(observer);
}

/** The starts that a module's own bytes tell, for the module that was instantiated of them. */
export function bodyStartsOf(wasm: Uint8Array): BodyStarts {
  const { bodyStart } = decodeModule(wasm);
  return (_, defined) => bodyStart[defined] ?? -1;
}

/** `WAMR_COREDUMP=FOLDER`: a file for each of the first traps of this thread. */
export function dumpTraps(folder: string): void {
  const debug = new WeakMap<ModuleState, DebugInfo>();
  const { registry } = internals.env();
  registry.observers.add({
    onModule(state: ModuleState, artefact: Artefact) {
      const section = artefact.read(Section.DEBUG);
      if (section.length > 0) debug.set(state, new DebugInfo(section));
    },
  });
  let dumped = 0;
  const stop = watchTraps((core) => {
    const name = `core.${process.pid}.${threadId}.${++dumped}.wasm`;
    try {
      fs.mkdirSync(folder, { recursive: true });
      const starts: BodyStarts = (module, defined) => debug.get(module)?.record(defined).bodyStart ?? -1;
      fs.writeFileSync(path.join(folder, name), core(path.basename(process.argv[1] ?? 'node'), starts));
      log.say(`wrote the coredump ${path.join(folder, name)}`);
    } catch (e) {
      log.sayOnce('no coredump', (e as Error).message);
    }
    // Some programs trap all the time, and mean it.
    if (dumped === MAX_DUMPS) stop();
  });
}

const MAX_DUMPS = 10;

/** The contents of a dump of these frames, innermost first, and of the instances that they ran in. */
function coreDump(program: string, frames: readonly DumpedFrame[], starts: BodyStarts): Uint8Array {
  const instances = [...new Set(frames.map((f) => f.instance))];
  const space = new IndexSpace(instances);
  const w = new ByteWriter().append(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  const custom = (name: string, contents: ByteWriter): void =>
    section(w, SectionId.CUSTOM, new ByteWriter().append(nameBytes(name)).append(contents.take()));
  custom('core', new ByteWriter().u8(0).append(nameBytes(program)));
  const modules = [...new Set(instances.map((i) => i.module))];
  custom(
    'coremodules',
    vector(modules, (to, m) => to.u8(0).append(nameBytes(m.displayName))),
  );
  custom(
    'coreinstances',
    vector(instances, (to, i) => {
      to.u8(0).uleb(modules.indexOf(i.module));
      to.append(vector(space.memoriesOf(i), (t, index) => t.uleb(index)).take());
      to.append(vector(space.globalsOf(i), (t, index) => t.uleb(index)).take());
    }),
  );
  const stack = vector(frames, (to, f) => writeFrame(to, f, instances.indexOf(f.instance), starts));
  custom('corestack', new ByteWriter().u8(0).append(nameBytes('main')).append(stack.take()));
  section(
    w,
    SectionId.MEMORY,
    vector(space.memories, (to, m) => writeMemoryType(to, m.type)),
  );
  section(
    w,
    SectionId.GLOBAL,
    vector(space.globals, (to, g) => writeGlobal(to, g.type, g.value)),
  );
  section(
    w,
    SectionId.DATA,
    vector(
      [...space.memories.entries()].flatMap(([k, m]) => segments(k, m)),
      writeSegment,
    ),
  );
  return w.take();
}

function writeFrame(to: ByteWriter, f: DumpedFrame, instance: number, starts: BodyStarts): void {
  const { module } = f.instance;
  const start = starts(module, f.func - module.meta.importedFuncs);
  to.u8(0)
    .uleb(instance)
    .uleb(f.func)
    .uleb(start < 0 || f.offset < start ? 0 : f.offset - start);
  const params = Array.from({ length: parameters(module.typeOf(f.func)) }, () => MISSING);
  to.append(vector(params, (t, x) => t.u8(x)).take());
  to.append(vector([], () => {}).take());
}

/** Parameters of the type with this number. */
const parameters = (type: number): number => internals.env().types.types[type].params.length;

/** Memories and globals of all instances, those that several share once. */
class IndexSpace {
  readonly memories: { type: MemoryType; bytes: Uint8Array }[] = [];
  readonly globals: { type: ValType; value: unknown }[] = [];
  private readonly known = new Map<object, number>();
  private readonly ofInstance = new Map<InstanceState, { memories: number[]; globals: number[] }>();

  constructor(instances: readonly InstanceState[]) {
    for (const i of instances) {
      const { meta } = i.module;
      const memories = i.memories.map((m, k) =>
        this.number(m, this.memories, () => {
          const bytes = new Uint8Array(m.buffer);
          // As large as it is now.
          const { pageShift = 16, ...type } = meta.memories[k];
          return { type: { ...type, pageShift, min: Math.ceil(bytes.length / 2 ** pageShift) }, bytes };
        }),
      );
      const globals = meta.globals.flatMap((g, k) => {
        if (g.type > ValType.I32 || g.type < ValType.F64) return [];
        const state = i.global(k);
        return [this.number(state, this.globals, () => ({ type: g.type, value: state.value }))];
      });
      this.ofInstance.set(i, { memories, globals });
    }
  }

  memoriesOf = (i: InstanceState): number[] => this.ofInstance.get(i)!.memories;
  globalsOf = (i: InstanceState): number[] => this.ofInstance.get(i)!.globals;

  private number<T>(key: object, list: T[], make: () => T): number {
    let index = this.known.get(key);
    if (index === undefined) this.known.set(key, (index = list.push(make()) - 1));
    return index;
  }
}

interface Segment {
  memory: number;
  wide: boolean;
  at: number;
  bytes: Uint8Array;
}

/** The parts of a memory that are not zero. */
function segments(memory: number, { type, bytes }: { type: MemoryType; bytes: Uint8Array }): Segment[] {
  const found: Segment[] = [];
  for (let at = 0, from = -1; at < bytes.length || from >= 0; at += PIECE) {
    const zero = at >= bytes.length || isZero(bytes.subarray(at, at + PIECE));
    if (!zero && from < 0) from = at;
    if (!zero || from < 0) continue;
    found.push({ memory, wide: type.address64 === true, at: from, bytes: bytes.subarray(from, at) });
    from = -1;
  }
  return found;
}

const ZEROS = Buffer.alloc(PIECE);
const isZero = (bytes: Uint8Array): boolean => ZEROS.subarray(0, bytes.length).equals(bytes);

function writeSegment(to: ByteWriter, { memory, wide, at, bytes }: Segment): void {
  if (memory === 0) to.u8(0);
  else to.u8(2).uleb(memory);
  to.u8(wide ? 0x42 : 0x41)
    .append(signedLeb(wide ? at : at | 0))
    .u8(END);
  to.uleb(bytes.length).append(bytes);
}

function writeMemoryType(to: ByteWriter, { min, max, address64, shared, pageShift = 16 }: MemoryType): void {
  const flags =
    (max === null ? 0 : 1) | (shared === true ? 2 : 0) | (address64 === true ? 4 : 0) | (pageShift === 16 ? 0 : 8);
  to.u8(flags).uleb(min);
  if (max !== null) to.uleb(max);
  if (pageShift !== 16) to.uleb(pageShift);
}

function writeGlobal(to: ByteWriter, type: ValType, value: unknown): void {
  to.u8(type, 0);
  const bits = Buffer.alloc(8);
  switch (type) {
    case ValType.I32:
      to.u8(0x41).append(signedLeb(value as number));
      break;
    case ValType.I64:
      to.u8(0x42).append(signedLeb(value as bigint));
      break;
    case ValType.F32:
      bits.writeFloatLE(value as number);
      to.u8(0x43).append(bits.subarray(0, 4));
      break;
    default:
      bits.writeDoubleLE(value as number);
      to.u8(0x44).append(bits);
  }
  to.u8(END);
}

function signedLeb(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  for (let x = BigInt(value); ;) {
    const byte = Number(x & 0x7fn);
    x >>= 7n;
    const done = (x === 0n && byte < 0x40) || (x === -1n && byte >= 0x40);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return Uint8Array.from(bytes);
  }
}

function vector<T>(items: readonly T[], write: (to: ByteWriter, item: T) => unknown): ByteWriter {
  const w = new ByteWriter().uleb(items.length);
  for (const item of items) write(w, item);
  return w;
}

function nameBytes(name: string): Uint8Array {
  const text = Buffer.from(name);
  return new ByteWriter().uleb(text.length).append(text).take();
}

function section(to: ByteWriter, id: SectionId, contents: ByteWriter): void {
  to.u8(id).uleb(contents.n).append(contents.take());
}
