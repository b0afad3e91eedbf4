/** A trap in V8's own WebAssembly, which must go on working whatever signal handlers there are. */

/** (module (memory 1) (func (export "f") (drop (i32.load (i32.const 0x7fffffff))))) */
const MODULE = '0061736d0100000001040160000003020100050301000107050101660000' + '0a0e010c0041ffffffff072802001a0b';
const { f } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, 'hex'))).exports;

/** Traps in V8. @throws Error when that is lost. */
export function trapInV8(): void {
  try {
    (f as () => void)();
  } catch (e) {
    if (e instanceof WebAssembly.RuntimeError) return;
  }
  throw new Error('V8 lost a trap');
}
