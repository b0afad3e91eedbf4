/**
 * Progress of long compilations: a bar on stderr, on a terminal only, and only when it takes long enough to be read.
 */
import { err, stderr } from './output.js';

const SHOW_AFTER_MS = 300;

/** A callback for `CompileOptions.onProgress`, and `stop`, which removes the bar. */
export interface Progress {
  onProgress: ((done: number, total: number) => void) | undefined;
  stop(): void;
}

/** A bar labelled with the file that is compiled; does nothing when stderr is no terminal. */
export async function startProgress(label: string): Promise<Progress> {
  if (process.env.CI || !stderr.isTerminal) return { onProgress: undefined, stop() {} };
  const { Presets, SingleBar } = await import('cli-progress');
  const bar = new SingleBar(
    {
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 50,
      format: `${label} ${err.cyan('{bar}')} {percentage} % · {eta} s left`,
    },
    Presets.shades_classic,
  );
  const began = Date.now();
  let shown = false;
  return {
    onProgress(done, total) {
      if (shown) bar.update(done);
      else if (Date.now() - began >= SHOW_AFTER_MS && done < total) {
        shown = true;
        bar.start(total, done);
      }
    },
    stop: () => bar.stop(),
  };
}
