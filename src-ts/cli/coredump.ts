/**
 * `run --coredump FILE`: what a program was when it trapped, in the format of WebAssembly's tool conventions
 * (https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md, as wasm-tools reads it): a module with the
 * stack, all instances, their memories and globals. Locals are not in it: compiled code does not keep them.
 */
import fs from 'node:fs';
import { internals, type TrapFrame } from '../index.js';
import { ByteWriter } from '../debugger/bytes.js';
import type { InstanceState } from '../runtime/instance.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { decodeModule } from '../wasm/module.js';
import { type MemoryType, ValType } from '../wasm/types.js';

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

/** Collects the instances of a program, from before it starts. */
export class CoreDump {
  private readonly instances: InstanceState[] = [];
  private readonly observer = {
    onModule: (): void => {},
    onInstance: (state: object): void => void this.instances.push(state as InstanceState),
  };

  constructor() {
    internals.env().registry.observers.add(this.observer);
  }

  /**
   * Writes the file.
   * @param wasm the program's module where it is at hand: places count from the start of a function, which only it tells
   */
  write(file: string, program: string, frames: readonly TrapFrame[], wasm: Uint8Array | null): void {
    internals.env().registry.observers.delete(this.observer);
    const decoded = wasm === null ? null : decodeModule(wasm);
    const space = new IndexSpace(this.instances);
    const w = new ByteWriter().append(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    const custom = (name: string, contents: ByteWriter): void =>
      section(w, SectionId.CUSTOM, new ByteWriter().append(nameBytes(name)).append(contents.take()));
    custom('core', new ByteWriter().u8(0).append(nameBytes(program)));
    const modules = [...new Set(this.instances.map((i) => i.module))];
    custom(
      'coremodules',
      vector(modules, (to, m) => to.u8(0).append(nameBytes(m.displayName))),
    );
    custom(
      'coreinstances',
      vector(this.instances, (to, i) => {
        to.u8(0).uleb(modules.indexOf(i.module));
        to.append(vector(space.memoriesOf(i), (t, index) => t.uleb(index)).take());
        to.append(vector(space.globalsOf(i), (t, index) => t.uleb(index)).take());
      }),
    );
    custom('corestack', new ByteWriter().u8(0).append(nameBytes('main')).append(this.stack(frames, decoded).take()));
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
    fs.writeFileSync(file, w.take());
  }

  private stack(frames: readonly TrapFrame[], decoded: WasmModule | null): ByteWriter {
    return vector(frames, (to, f) => {
      const instance = Math.max(
        0,
        this.instances.findLastIndex((i) => i.module.displayName === f.module),
      );
      const module = this.instances[instance]?.module;
      const body = decoded !== null && module === this.instances[this.instances.length - 1]?.module ? decoded : null;
      const start = body?.bodyStart[f.func - body.importedFuncs] ?? -1;
      const params = body === null ? 0 : body.types[body.funcTypes[f.func]].params.length;
      to.u8(0)
        .uleb(instance)
        .uleb(f.func)
        .uleb(start < 0 || f.offset < start ? 0 : f.offset - start);
      to.append(
        vector(
          Array.from({ length: params }, () => MISSING),
          (t, x) => t.u8(x),
        ).take(),
      );
      to.append(vector([], () => {}).take());
    });
  }
}

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
