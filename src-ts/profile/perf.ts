/**
 * Notes for Linux `perf`, which knows nothing of code that was not in a file: a map of names and addresses, or a jitdump
 * with the machine code itself, by which `perf annotate` shows it. With WAMR_PERF for a whole process, or for what
 * `wamr-native profile --perf-map` runs. Code that goes stays in the notes.
 */
import fs from 'node:fs';
import { Architecture } from '../abi/architectures.js';
import { env } from '../runtime/env.js';
import type { ModuleState } from '../runtime/module.js';
import { perfMap } from './formats.js';
import { ProfiledModule } from './recorder.js';

/** What WAMR_PERF may be. */
export type PerfNotes = 'map' | 'jitdump';

/** From now on, writes notes about every module that is loaded in this thread. */
export function notePerf(kind: PerfNotes): void {
  const e = env();
  const note = kind === 'map' ? mapWriter() : jitdumpWriter();
  e.registry.observers.add({
    onModule(state: ModuleState, artefact) {
      const [slot, address] = e.native.profileCode(state.code);
      note(new ProfiledModule(state, artefact, slot, address));
    },
  });
}

/**
 * Opens a file in /tmp, where any user may put something under a name that can be guessed: a link to a file that this
 * user may write to, say.
 * @throws Error for what is no file of this user's alone
 */
function openOwn(file: string): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const stat = fs.fstatSync(fd);
  if (stat.isFile() && stat.uid === process.getuid!() && stat.nlink === 1) return fd;
  fs.closeSync(fd);
  throw new Error(`${file} is not ours`);
}

function mapWriter(): (m: ProfiledModule) => void {
  const fd = openOwn(`/tmp/perf-${process.pid}.map`);
  return (m) => void fs.writeSync(fd, perfMap(m));
}

/** Format: tools/perf/Documentation/jitdump-specification.txt in the sources of Linux. */
const MAGIC = 0x4a695444;
const VERSION = 1;
const HEADER_BYTES = 40;
const CODE_LOAD = 0;
const LOAD_BYTES = 56;
/** `e_machine` of ELF. */
const MACHINES: Readonly<Record<number, number>> = { [Architecture.X86_64]: 62 };

/**
 * Opens `/tmp/jit-PID.dump`, whose name perf finds by an executable mapping of it. The threads of a process write one
 * file; what is older than the process is of another with the same number.
 */
function jitdumpWriter(): (m: ProfiledModule) => void {
  const file = `/tmp/jit-${process.pid}.dump`;
  const began = Date.now() - 1000 * process.uptime();
  const others = (fs.lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity) >= began;
  if (!others) fs.rmSync(file, { force: true });
  const fd = openOwn(file);
  let index = 0;
  return (m) => {
    const parts: Uint8Array[] = [];
    if (index === 0 && !others) {
      parts.push(fileHeader(m.architecture));
      env().native.profileNoteFile(fd);
    }
    for (const f of m.functions) {
      const code = m.code.subarray(f.start, f.start + f.bytes);
      parts.push(loadRecord(`${f.name} [wasm ${m.name}]`, m.address + f.start, code, index++), code);
    }
    fs.writeSync(fd, Buffer.concat(parts));
  };
}

function fileHeader(architecture: number): Uint8Array {
  const h = Buffer.alloc(HEADER_BYTES);
  h.writeUInt32LE(MAGIC, 0);
  h.writeUInt32LE(VERSION, 4);
  h.writeUInt32LE(HEADER_BYTES, 8);
  h.writeUInt32LE(MACHINES[architecture] ?? 0, 12);
  h.writeUInt32LE(process.pid, 20);
  h.writeBigUInt64LE(process.hrtime.bigint(), 24);
  return h;
}

/** A JIT_CODE_LOAD record up to the code, which follows. */
function loadRecord(name: string, address: number, code: Uint8Array, index: number): Uint8Array {
  const text = Buffer.from(`${name}\0`);
  const r = Buffer.alloc(LOAD_BYTES + text.length);
  r.writeUInt32LE(CODE_LOAD, 0);
  r.writeUInt32LE(r.length + code.length, 4);
  r.writeBigUInt64LE(process.hrtime.bigint(), 8);
  r.writeUInt32LE(process.pid, 16);
  r.writeUInt32LE(process.pid, 20);
  r.writeBigUInt64LE(BigInt(address), 24);
  r.writeBigUInt64LE(BigInt(address), 32);
  r.writeBigUInt64LE(BigInt(code.length), 40);
  r.writeBigUInt64LE(BigInt(index), 48);
  text.copy(r, LOAD_BYTES);
  return r;
}
