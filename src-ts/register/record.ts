/**
 * Recording runs (WAMR_RECORD=1): modules run in builds that count, and at the end of the thread those that were hot are
 * asked of the background compiler once more, with their counts as a profile. The artefact that it makes takes the place
 * of the other one, so every later run has it.
 */
import type { NativeBinding } from '../binding.js';
import { bodyKey } from '../ir/profile.js';
import type { StoredFunction, StoredProfile } from '../profile/stored.js';
import { log } from '../util/log.js';
import { packageFile } from '../util/package-files.js';
import { keyOf, request } from './requests.js';
import { bodiesOf } from './sections.js';
import type { Source } from './source.js';

/** Executions of blocks from which on a module is hot: some milliseconds. */
const HOT = 1_000_000;

export class RunRecorder {
  /** By key of the build without counters. */
  private readonly sources = new Map<string, Source>();

  /** Records what is loaded and runs in this thread from now on. */
  constructor(private readonly native: NativeBinding) {
    const { Recording } = require(packageFile('profile.js')) as typeof import('../profile/index.js');
    const recording = new Recording({ intervalUs: 0 });
    process.on('exit', () => {
      try {
        if (this.sources.size > 0) this.ask(recording.storedProfile());
      } catch (e) {
        log.say(`nothing was recorded: ${(e as Error).message}`);
      }
    });
  }

  /** A module that runs in a build that counts. */
  add({ wasm, resolved }: Source): void {
    const source = { wasm, resolved };
    this.sources.set(keyOf(this.native, source), source);
  }

  private ask(all: StoredProfile): void {
    for (const [key, source] of this.sources) {
      const profile = partOf(all, source.wasm);
      if (profile === null) continue;
      request(this.native, key, { ...source, profile }, true);
      log.say(`module of ${source.wasm.length} bytes is compiled again with its profile`);
    }
  }
}

/** What a profile says of a module; null where that is not hot. */
function partOf(all: StoredProfile, wasm: Uint8Array): StoredProfile | null {
  const functions: Record<string, StoredFunction> = {};
  let executions = 0;
  for (const body of bodiesOf(wasm)) {
    const key = bodyKey(body);
    const f = Object.hasOwn(all.functions, key) ? all.functions[key] : undefined;
    if (f === undefined) continue;
    functions[key] = f;
    for (const [, n] of f.blocks) executions += n;
  }
  return executions < HOT ? null : { ...all, functions };
}
