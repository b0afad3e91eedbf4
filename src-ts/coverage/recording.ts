/** The recorder of this realm, as test runners find it: they end realms and threads without an event. */

export interface Recording {
  /** Goes on after `stop`. */
  start(): void;
  /** Writes what was counted until now; modules that are loaded from now on are not seen. */
  stop(): void;
}

const RECORDING = Symbol.for('wamr-native.coverage');
const realm = globalThis as { [RECORDING]?: Recording };

export const recording = (): Recording | undefined => realm[RECORDING];

export function setRecording(recorder: Recording): void {
  realm[RECORDING] = recorder;
}
