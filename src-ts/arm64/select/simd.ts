/** Selection of vector operators. */
import type { Selector } from './selector.js';

export function lowerSimd(s: Selector, v: number): void {
  s.unsupported(`vector operation 0x${s.f.op[v].toString(16)}`);
}
