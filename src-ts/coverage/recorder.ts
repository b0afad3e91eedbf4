/**
 * Counts what is executed of the modules of this thread (WAMR_COVERAGE), which are compiled for that (`forHere`), and
 * writes it into a folder when the thread ends: a file for each thread and the modules themselves, as counted.ts reads
 * them. Instances need not live until then: the addon keeps the sums.
 */
import fs from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { DebugInfo } from '../aot/debug-info.js';
import { type Artefact, Section } from '../aot/format.js';
import { env } from '../runtime/env.js';
import type { ModuleState } from '../runtime/module.js';
import { crypto } from '../util/builtin.js';
import { type CountedFile, type CountedRow, FORMAT, VERSION } from './counted.js';
import { type Recording, setRecording } from './recording.js';

interface Module {
  /** SHA-256 of the wasm. */
  wasm: string;
  state: ModuleState;
  debug: DebugInfo;
}

/** Starts, in this thread and realm. `folder` is made. */
export function recordCoverage(folder: string): void {
  setRecording(new Recorder(path.resolve(folder)));
}

class Recorder implements Recording {
  private readonly e = env();
  private readonly modules: Module[] = [];
  private readonly file: string;
  private active = false;
  private readonly observer = {
    onModule: (state: ModuleState, artefact: Artefact): void => this.add(state, artefact),
  };

  constructor(private readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true });
    const name = [process.pid, threadId, crypto().randomBytes(4).toString('hex')].join('-');
    this.file = path.join(folder, `${name}.json`);
    this.start();
    process.on('exit', () => {
      if (this.active) this.stop();
    });
  }

  start(): void {
    this.active = true;
    this.e.registry.observers.add(this.observer);
  }

  stop(): void {
    this.active = false;
    this.e.registry.observers.delete(this.observer);
    if (this.modules.length === 0) return;
    const file: CountedFile = { format: FORMAT, version: VERSION, modules: this.modules.map((m) => this.count(m)) };
    this.write(this.file, JSON.stringify(file));
  }

  private add(state: ModuleState, artefact: Artefact): void {
    if (artefact.section(Section.MODULE) === null) return;
    const bytes = artefact.read(Section.MODULE);
    const wasm = crypto().createHash('sha256').update(bytes).digest('hex');
    const copy = path.join(this.folder, `${wasm}.wasm`);
    if (!fs.existsSync(copy)) this.write(copy, bytes);
    const module = { wasm, state, debug: new DebugInfo(artefact.read(Section.DEBUG)) };
    this.modules.push(module);
    // From now on counts of instances that end are kept.
    this.counters(module);
  }

  private counters({ state }: Module): BigUint64Array {
    const { vm } = state.meta;
    return new BigUint64Array(this.e.native.codeCounters(state.code, vm.counters, (vm.size - vm.counters) >> 3));
  }

  private count(module: Module): CountedRow {
    const counters = this.counters(module);
    const places = new Map<number, number>();
    for (let d = 0; d < module.debug.functions; d++) {
      const { places: list, firstCounter } = module.debug.record(d);
      for (let k = 0; k < list.length; k += 2) {
        const n = Number(counters[firstCounter + list[k + 1]]);
        if (n > 0) places.set(list[k], (places.get(list[k]) ?? 0) + n);
      }
    }
    return { wasm: module.wasm, places: [...places] };
  }

  /** Readers see all of a file or nothing. */
  private write(file: string, contents: string | Uint8Array): void {
    const made = `${file}.${process.pid}-${threadId}.tmp`;
    fs.writeFileSync(made, contents);
    fs.renameSync(made, file);
  }
}
