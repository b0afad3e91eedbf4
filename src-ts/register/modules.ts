/**
 * Modules of the program: where each is to run, and its compiled form for either engine. The rule of the start: what the
 * cache has runs on this engine; what it has not runs on V8 at once, and is asked of the background compiler.
 */
import { dropCached, type Found, storeCached } from '../cache/cache.js';
import { ENV } from '../options.js';
import type { ModuleState } from '../runtime/module.js';
import { ContentMap } from '../util/content-map.js';
import { log } from '../util/log.js';
import {
  closeArtefact,
  findSource,
  isPlainSource,
  keyOf,
  lookUp,
  optionsFor,
  request,
  storeRefusal,
} from './requests.js';
import type { Source } from './source.js';
import type { Early } from './lean.js';
import { notePresence } from './notes.js';
import { presenceOf } from './presence.js';
import { RunRecorder } from './record.js';
import { type EngineName, type Mode, type ModuleStatus, NOT_CACHED } from './registered.js';
import { isStateless } from './sections.js';
import type { V8Engine } from './v8.js';
import type { WamrEngine } from './wamr.js';

/** What is known of a module. */
export class ModuleRecord {
  readonly objects: { wamr: object | null; v8: object | null } = { wamr: null, v8: null };
  /** No memory, table, global or start function: two instances cannot be told apart. */
  readonly stateless: boolean;
  /** The cache has it not: the background compiler is asked once V8 has accepted it. */
  wanted = false;

  constructor(
    readonly source: Source,
    readonly status: ModuleStatus,
  ) {
    this.stateless = isStateless(source.wasm);
  }
}

/** What became of a small module, when the engine that was preferred is the same. */
interface Small {
  status: ModuleStatus;
  prefer: EngineName | null;
  /** Null: it runs on V8. */
  state: ModuleState | null;
}

const WHY = {
  cached: 'it is in the cache',
  compiled: 'it was compiled now',
  small: 'it is a small module, and the others run on V8',
  unsure: 'one that the cache did not have came before it, and may have to be linked with it',
  missing: NOT_CACHED,
} as const;

/** Rows of `status()` beyond this are left out: a program may compile small modules without end. */
const MAX_ROWS = 10_000;

export class Modules {
  private readonly records = new WeakMap<object, ModuleRecord>();
  readonly rows = new Map<string, ModuleStatus>();
  private readonly small = new ContentMap<Small>();
  /** Modules that differ by content, without a cache. */
  private unnamed = 0;
  /** In a recording run, once a module runs on this engine. */
  private recorder: RunRecorder | null = null;

  constructor(
    private readonly mode: Mode,
    private readonly v8: V8Engine,
    /** The engine, or why there is none. */
    readonly wamr: WamrEngine | string,
    private readonly earlier: { readonly hasUnsure: boolean },
  ) {}

  /** Whether sources may be the program's own bytes: not where they are compiled while it goes on. */
  get mayBorrow(): boolean {
    return this.mode !== 'always';
  }

  /** Record of a module that came through here. */
  recordOf(module: unknown): ModuleRecord | undefined {
    return typeof module === 'object' && module !== null ? this.records.get(module) : undefined;
  }

  /** Compiles a module: for V8 by `compileV8`, for this engine from the cache or, in mode `always`, here and now. */
  make(source: Source, prefer: EngineName | null): object {
    const record = this.open(this.recorded(source), prefer);
    if (record.status.engine === 'wamr' && record.objects.wamr === null) this.compileNow(record);
    return this.objectOf(record, prefer);
  }

  /** The same without blocking. */
  async makeAsync(given: Source, prefer: EngineName | null): Promise<object> {
    const source = this.recorded(given);
    const record = this.open(source, prefer);
    const { status, objects } = record;
    if (status.engine === 'wamr' && objects.wamr === null) {
      const { wamr } = this.wamr as WamrEngine;
      try {
        this.take(record, await wamr.compile(source.wasm, optionsFor(source)));
      } catch (e) {
        this.refuse(record, e as Error);
      }
    }
    if (status.engine === 'v8') {
      objects.v8 = await this.v8.wasm.compile(source.wasm, source.resolved);
    }
    return this.objectOf(record, prefer);
  }

  /** The module as it is compiled in this run. */
  private recorded(source: Source): Source {
    if (!ENV.record || typeof this.wamr === 'string') return source;
    // Before the module is loaded, which it wants to see.
    this.recorder ??= new RunRecorder(this.wamr.native);
    this.recorder.add(source);
    return { ...source, count: true };
  }

  /** The module for an engine that is not the one it was meant for; null when that engine refuses it. */
  on(record: ModuleRecord, engine: EngineName): object | null {
    const { objects, source } = record;
    if (objects[engine] !== null) return objects[engine];
    try {
      if (engine === 'v8') objects.v8 = this.v8Module(this.intact(record));
      else if (typeof this.wamr !== 'string') {
        const answer = lookUp(record.status.key!);
        if (answer === null || !('artefact' in answer) || !this.load(record, answer.artefact))
          this.take(record, this.wamr.wamr.compileSync(this.intact(record).wasm, optionsFor(source)));
      }
    } catch (e) {
      log.say(`a module that should be linked on ${engine} cannot be: ${(e as Error).message}`);
    }
    return objects[engine];
  }

  /** The source, unless its bytes are others now. */
  private intact({ source, status }: ModuleRecord): Source {
    if (source.unsure === true) throw new Error('the program may have changed its bytes before they were hashed');
    if (source.borrowed === true && keyOf((this.wamr as WamrEngine).native, source) !== status.key)
      throw new Error('the program has changed its bytes since it was compiled');
    return source;
  }

  private v8Module({ wasm, resolved }: Source): object {
    return new this.v8.wasm.Module(wasm, resolved) as object;
  }

  /** Takes over a module that ran on V8 before anything else was loaded. */
  takeOver({ module, source, presence, status }: Early): void {
    const { wamr } = this;
    if (typeof wamr === 'string') status.why = wamr;
    // What is there no longer has no name.
    const isThere = typeof wamr !== 'string' && presenceOf(source.wasm) === presence;
    const { key, answer } = isThere ? findSource(wamr.native, source) : { key: null, answer: null };
    status.key = key;
    this.rows.set(key ?? `#${this.unnamed++}`, status);
    log.say(`module of ${status.bytes} bytes runs on v8: ${status.why}`);
    const record = new ModuleRecord(source, status);
    record.objects.v8 = module;
    this.records.set(module, record);
    if (answer !== null) notePresence(source.wasm);
    if (answer !== null && 'artefact' in answer) closeArtefact(answer);
    if (answer === null && isThere) request(wamr.native, key!, source, this.mode === 'cached');
  }

  /** Decides where a module is to run, and loads it if the cache has it. */
  private open(source: Source, prefer: EngineName | null): ModuleRecord {
    const { wamr } = this;
    if (typeof wamr === 'string') return this.record(source, null, 'v8', wamr);
    const again = this.isSmall(source) ? this.again(source, prefer, wamr) : null;
    if (again !== null) return again;
    const { key, answer } = findSource(wamr.native, source);
    if (answer !== null && 'refused' in answer) return this.record(source, key, 'v8', answer.refused);
    const isSmall = prefer === 'v8' && isStateless(source.wasm) && this.mode !== 'always';
    if (isSmall || this.earlier.hasUnsure) {
      if (answer !== null) closeArtefact(answer);
      const why = isSmall ? WHY.small : answer === null ? WHY.missing : WHY.unsure;
      return this.record(source, key, 'v8', why, answer === null);
    }
    if (answer !== null) {
      const record = this.record(source, key, 'wamr', WHY.cached);
      if (this.load(record, answer.artefact)) return record;
    }
    if (this.mode === 'always') return this.record(source, key, 'wamr', WHY.compiled);
    return this.record(source, key, 'v8', WHY.missing, true);
  }

  private isSmall = (source: Source): boolean => isPlainSource(source) && this.small.takes(source.wasm);

  /** The record of a small module whose bytes have come before. */
  private again(source: Source, prefer: EngineName | null, engine: WamrEngine): ModuleRecord | null {
    const known = this.small.get(source.wasm);
    if (known === undefined || known.prefer !== prefer) return null;
    const record = new ModuleRecord(source, known.status);
    if (known.state !== null) record.objects.wamr = engine.wamr.internals.anotherModule(known.state);
    return known.state === null || record.objects.wamr !== null ? record : null;
  }

  private record(source: Source, key: string | null, engine: EngineName, why: string, wanted = false): ModuleRecord {
    const { length } = source.wasm;
    const name = key ?? `#${this.unnamed++}`;
    let row = this.rows.get(name);
    if (row === undefined || row.engine !== engine) {
      row = { key, bytes: length, engine, why, instances: { wamr: 0, v8: 0 } };
      if (this.rows.size < MAX_ROWS) this.rows.set(name, row);
      log.say(`module of ${length} bytes runs on ${engine}: ${why}`);
    }
    const record = new ModuleRecord(source, row);
    record.wanted = wanted;
    return record;
  }

  /** Loads an artefact of the cache; false, and it is dropped, when it is damaged. */
  private load(record: ModuleRecord, found: Found): boolean {
    const { internals, AotError } = (this.wamr as WamrEngine).wamr;
    try {
      record.objects.wamr = 'bytes' in found ? internals.load(found.bytes) : internals.loadFile(found.fd, found.path);
      return true;
    } catch (e) {
      if (!(e instanceof AotError)) throw e;
      dropCached(record.status.key!);
      return false;
    } finally {
      closeArtefact({ artefact: found });
    }
  }

  private compileNow(record: ModuleRecord): void {
    try {
      const { source } = record;
      this.take(record, (this.wamr as WamrEngine).wamr.compileSync(source.wasm, optionsFor(source)));
    } catch (e) {
      this.refuse(record, e as Error);
    }
  }

  /** Takes what was compiled here, and keeps it for the next time. */
  private take(record: ModuleRecord, artefact: Uint8Array): void {
    storeCached(record.status.key!, artefact);
    notePresence(record.source.wasm);
    record.objects.wamr = (this.wamr as WamrEngine).wamr.load(artefact);
  }

  /** The compiler wants none of it: V8 runs it, or says what is wrong with it. */
  private refuse({ source, status }: ModuleRecord, { message }: Error): void {
    storeRefusal(status.key!, message);
    notePresence(source.wasm);
    status.engine = 'v8';
    status.why = message;
    log.say(`module of ${status.bytes} bytes runs on v8: ${message}`);
  }

  private objectOf(record: ModuleRecord, prefer: EngineName | null): object {
    const { objects, status, source } = record;
    if (status.engine === 'v8') objects.v8 ??= this.v8Module(source);
    if (record.wanted) request((this.wamr as WamrEngine).native, status.key!, source, this.mode === 'cached');
    record.wanted = false;
    const object = objects[status.engine]!;
    this.records.set(object, record);
    if (typeof this.wamr !== 'string' && this.isSmall(source)) {
      const { internals } = status.engine === 'wamr' ? this.wamr.wamr : { internals: null };
      const state = internals === null ? null : internals.ModuleState.of(internals.env(), object);
      this.small.set(source.wasm, { status, prefer, state });
    }
    return object;
  }
}
