/** Wasm text in tests. */
import wabtInit from 'wabt';

const wabt = await wabtInit();

/** Bytes of a module in text form. */
export function wat(text: string): Uint8Array<ArrayBuffer> {
  const parsed = wabt.parseWat('test.wat', text, {
    extended_const: true,
    tail_call: true,
    exceptions: true,
    threads: true,
    memory64: true,
  });
  try {
    return parsed.toBinary({ write_debug_names: true }).buffer.slice();
  } finally {
    parsed.destroy();
  }
}
