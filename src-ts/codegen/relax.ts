/**
 * The end of emission: jump threading, removal of jumps to the next instruction, short branches, alignment, the
 * read-only tail, and translation of all recorded offsets.
 *
 * Branches arrive in their long form and only ever shrink, so each sweep is valid by itself; a handful of sweeps finds
 * nearly all (a branch that only fits once another one in its span has shrunk waits for the next sweep). While
 * deciding, alignment counts with its largest padding: real spans are never longer than the modelled ones. O(sweeps ×
 * (branches + labels)) + one move of the bytes.
 */
import {
  CODE_ALIGNMENT,
  type CodeBuffer,
  EV_ALIGN,
  EV_JMP,
  type FinishedCode,
  LINE,
  WRAP_FIELDS,
} from './code-buffer.js';
import type { BranchForms } from './machine.js';

const MAX_SWEEPS = 8;
/** Longest chain of jumps to jumps that is followed. */
const MAX_THREAD = 8;

/** Relaxation, with its arrays: reused from function to function. */
export class Relaxation {
  /** Where each label leads after jump threading: itself or another label. */
  private resolved = new Int32Array(256);
  /** Offset of each label in the current layout. */
  private labelPos = new Int32Array(256);
  private evSize = new Int32Array(256);
  private evRawSize = new Int32Array(256);
  /** Final offset of the end of each event. */
  private evOutEnd = new Int32Array(256);

  constructor(private readonly forms: BranchForms) {}

  /** Does all of the above to the function in `b`: see `finished`. Linear in its size. */
  run(b: CodeBuffer): void {
    const { jump, branch } = this.forms;
    const nEvents = b.evAt.n;
    const nLabels = b.labelAt.n;
    if (nLabels > this.resolved.length) {
      this.resolved = new Int32Array(nLabels * 2);
      this.labelPos = new Int32Array(nLabels * 2);
    }
    if (nEvents > this.evSize.length) {
      this.evSize = new Int32Array(nEvents * 2);
      this.evRawSize = new Int32Array(nEvents * 2);
      this.evOutEnd = new Int32Array(nEvents * 2);
    }
    for (let e = 0; e < nEvents; e++) {
      const cc = b.evCc.a[e];
      this.evRawSize[e] = this.evSize[e] = cc === EV_ALIGN ? LINE - 1 : cc === EV_JMP ? jump : branch;
    }
    this.threadJumps(b);
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      this.placeLabels(b);
      if (!this.shrink(b)) break;
    }
    b.codeBytes = this.moveBytes(b);
    this.mapOffsets(b, b.fixups.a, b.fixups.n, 3);
    this.mapOffsets(b, b.relocs.a, b.relocs.n, 2);
    this.mapOffsets(b, b.traps.a, b.traps.n, 3);
    this.mapOffsets(b, b.wraps.a, b.wraps.n, WRAP_FIELDS);
    this.mapOffsets(b, b.wraps.a, b.wraps.n, WRAP_FIELDS, 3);
    this.mapOffsets(b, b.debug.a, b.debug.n, 3);
    this.mapOffsets(b, b.handlers.a, b.handlers.n, 2);
    b.pos = this.layoutTail(b, b.codeBytes);
    this.patchBranches(b);
    this.patchFixups(b);
    for (let i = 0; i < b.dispatch.n; i++) b.dispatch.a[i] = this.targetOf(b, b.dispatch.a[i]);
    for (let i = 1; i < b.handlers.n; i += 2) b.handlers.a[i] = this.targetOf(b, b.handlers.a[i]);
  }

  /**
   * Redirects labels that stand at a jump to where the jump goes, drops jumps that only such labels reached, and turns
   * `jcc over; jmp far; over:` into `jncc far`.
   */
  private threadJumps(b: CodeBuffer): void {
    const { forms } = this;
    const nEvents = b.evAt.n;
    const nLabels = b.labelAt.n;
    const evAt = b.evAt.a;
    const evCc = b.evCc.a;
    const evLabel = b.evLabel.a;
    const labelAt = b.labelAt.a;
    const bound = b.boundOrder.a;
    const nBound = b.boundOrder.n;
    // One step: label → target of the jump it stands at.
    for (let l = 0; l < nLabels; l++) this.labelPos[l] = l;
    let e = 0;
    for (let i = 0; i < nBound; i++) {
      const l = bound[i];
      const at = labelAt[l];
      while (e < nEvents && evAt[e] < at) e++;
      if (e < nEvents && evAt[e] === at && evCc[e] === EV_JMP) this.labelPos[l] = evLabel[e];
    }
    // Whole chains; a cycle (an empty endless loop) stays as it is.
    for (let l = 0; l < nLabels; l++) {
      let to = l;
      let steps = 0;
      while (this.labelPos[to] !== to && steps <= MAX_THREAD) {
        to = this.labelPos[to];
        steps++;
      }
      this.resolved[l] = steps > MAX_THREAD ? l : to;
    }
    let i = 0;
    for (e = 0; e < nEvents; e++) {
      const cc = evCc[e];
      if (cc === EV_ALIGN) continue;
      const at = evAt[e];
      while (i < nBound && labelAt[bound[i]] < at) i++;
      let reached = false;
      while (i < nBound && labelAt[bound[i]] === at) {
        if (this.resolved[bound[i]] === bound[i]) reached = true;
        i++;
      }
      if (cc === EV_JMP && !reached) {
        if (b.evDead.a[e] === 1) this.evSize[e] = 0;
        // `jcc over; jmp far; over:`
        else if (
          e > 0 &&
          evCc[e - 1] >= 0 &&
          evAt[e - 1] + forms.branch === at &&
          labelAt[evLabel[e - 1]] === at + forms.jump
        ) {
          evCc[e - 1] = forms.invert(evCc[e - 1]);
          evLabel[e - 1] = evLabel[e];
          this.evSize[e] = 0;
          // The jump after it was dead because of this one; now the branch falls through to it.
          if (e + 1 < nEvents && evAt[e + 1] === at + forms.jump) b.evDead.a[e + 1] = 0;
        }
      }
    }
    for (e = 0; e < nEvents; e++) if (evCc[e] !== EV_ALIGN) evLabel[e] = this.resolved[evLabel[e]];
  }

  /** Offsets of the labels under the current sizes. */
  private placeLabels(b: CodeBuffer): void {
    const nEvents = b.evAt.n;
    const evAt = b.evAt.a;
    const labelAt = b.labelAt.a;
    const bound = b.boundOrder.a;
    const nBound = b.boundOrder.n;
    let saved = 0;
    let e = 0;
    for (let i = 0; i < nBound; i++) {
      const l = bound[i];
      const at = labelAt[l];
      for (; e < nEvents && evAt[e] < at; e++) saved += this.evRawSize[e] - this.evSize[e];
      this.labelPos[l] = at - saved;
    }
  }

  /** Shortens what reaches. Returns whether anything changed. */
  private shrink(b: CodeBuffer): boolean {
    const { near, nearFrom, nearTo, shortCondition, shortReach, middleJump, middleBranch, middleReach } = this.forms;
    const nEvents = b.evAt.n;
    const evAt = b.evAt.a;
    const evCc = b.evCc.a;
    const evLabel = b.evLabel.a;
    let saved = 0;
    let changed = false;
    for (let e = 0; e < nEvents; e++) {
      const size = this.evSize[e];
      if (evCc[e] !== EV_ALIGN && size !== 0) {
        const at = evAt[e] - saved;
        const target = this.labelPos[evLabel[e]];
        const short = evCc[e] >= shortCondition;
        if (target > at) {
          // Forward: the distance from the branch's end does not depend on its own size.
          const distance = target - at - size;
          if (distance === 0) {
            this.evSize[e] = 0;
            changed = true;
          } else if (size > near && distance <= (short ? shortReach : nearTo)) {
            this.evSize[e] = near;
            changed = true;
          }
        } else if (size > near && target - (at + near) >= (short ? -shortReach : nearFrom)) {
          this.evSize[e] = near;
          changed = true;
        }
        const middle = evCc[e] === EV_JMP ? middleJump : middleBranch;
        if (middle > 0 && this.evSize[e] > middle && Math.abs(target - at) < middleReach) {
          this.evSize[e] = middle;
          changed = true;
        }
      }
      // Positions in this sweep are those that `labelPos` was computed with.
      saved += this.evRawSize[e] - size;
    }
    return changed;
  }

  /**
   * Moves the bytes together, writes opcodes and padding, fixes the labels' final offsets. Returns the number of code
   * bytes.
   */
  private moveBytes(b: CodeBuffer): number {
    const nEvents = b.evAt.n;
    const evAt = b.evAt.a;
    const evCc = b.evCc.a;
    const code = b.code;
    let from = 0;
    let out = 0;
    let saved = 0;
    for (let e = 0; e < nEvents; e++) {
      const at = evAt[e];
      out = moveSegment(code, out, from, at);
      from = at + this.evRawSize[e];
      const cc = evCc[e];
      const size = this.evSize[e];
      if (cc === EV_ALIGN) {
        const pad = -out & (this.alignmentOf(b, e, from - saved) - 1);
        this.forms.pad(code, out, pad);
        out += pad;
      } else if (size !== 0) {
        this.forms.write(code, out, size, cc);
        out += size;
      }
      this.evOutEnd[e] = out;
      saved += this.evRawSize[e] - size;
    }
    out = moveSegment(code, out, from, b.pos);
    // Labels: as mapOffsets does, over the order of binding.
    const labelAt = b.labelAt.a;
    const bound = b.boundOrder.a;
    let e = 0;
    for (let i = 0; i < b.boundOrder.n; i++) {
      const l = bound[i];
      const at = labelAt[l];
      while (e < nEvents && evAt[e] < at) e++;
      this.labelPos[l] = e === 0 ? at : this.evOutEnd[e - 1] + at - (evAt[e - 1] + this.evRawSize[e - 1]);
    }
    return out;
  }

  /** What the loop behind padding e begins at a multiple of. It begins at `start`, as `labelPos` has it. */
  private alignmentOf(b: CodeBuffer, e: number, start: number): number {
    const end = b.evLabel.a[e];
    if (end < 0) return CODE_ALIGNMENT;
    const bytes = this.labelPos[end] - start;
    if ((bytes + LINE - 1) >> 6 === (bytes + CODE_ALIGNMENT + LINE - 1) >> 6) return CODE_ALIGNMENT;
    b.alignment = LINE;
    return LINE;
  }

  /** Translates a column of records that are sorted by it from raw to final offsets. */
  private mapOffsets(b: CodeBuffer, a: Int32Array, n: number, stride: number, column = 0): void {
    const nEvents = b.evAt.n;
    const evAt = b.evAt.a;
    let e = 0;
    for (let i = column; i < n; i += stride) {
      const at = a[i];
      while (e < nEvents && evAt[e] < at) e++;
      if (e > 0) a[i] = this.evOutEnd[e - 1] + at - (evAt[e - 1] + this.evRawSize[e - 1]);
    }
  }

  /** Places constants (largest first) and jump tables after the code. Returns the total size. */
  private layoutTail(b: CodeBuffer, codeBytes: number): number {
    const consts = b.consts;
    const tables = b.tables;
    if (consts.n === 0 && tables.n === 0) return codeBytes;
    b.grow(codeBytes + 16 + consts.n * 3 + tables.n * 4);
    const code = b.code;
    let at = codeBytes;
    for (let size = 16; size >= 4; size >>= 1) {
      for (let i = 0; i < consts.n; i += 6) {
        if (consts.a[i + 1] !== size) continue;
        at = this.padTail(code, at, size);
        this.bindInTail(b, consts.a[i], at);
        for (let w = 0; w < size >> 2; w++, at += 4) writeI32(code, at, consts.a[i + 2 + w]);
      }
    }
    at = this.padTail(code, at, 4);
    // Targets may be in the code only, so one pass is enough.
    for (let i = 0; i < tables.n;) {
      const n = tables.a[i + 1];
      const start = at;
      this.bindInTail(b, tables.a[i], start);
      i += 2;
      for (let k = 0; k < n; k++, i++, at += 4) writeI32(code, at, this.targetOf(b, tables.a[i]) - start);
    }
    return at;
  }

  private padTail(code: Uint8Array, at: number, n: number): number {
    const to = (at + n - 1) & -n;
    code.fill(this.forms.filler, at, to);
    return to;
  }

  private bindInTail(b: CodeBuffer, label: number, at: number): void {
    b.labelAt.a[label] = at;
    this.labelPos[label] = at;
  }

  /** Final offset of a label. */
  private targetOf(b: CodeBuffer, label: number): number {
    const l = this.resolved[label];
    if (b.labelAt.a[l] === -1) throw new Error(`label ${l} is used but never bound`);
    return this.labelPos[l];
  }

  private patchBranches(b: CodeBuffer): void {
    const code = b.code;
    for (let e = 0; e < b.evAt.n; e++) {
      const size = this.evSize[e];
      if (size === 0 || b.evCc.a[e] === EV_ALIGN) continue;
      const end = this.evOutEnd[e];
      const distance = this.targetOf(b, b.evLabel.a[e]) - end;
      this.forms.patch(code, end, size, distance);
    }
  }

  private patchFixups(b: CodeBuffer): void {
    const a = b.fixups.a;
    for (let i = 0; i < b.fixups.n; i += 3) {
      this.forms.refer(b.code, a[i], a[i + 1], this.targetOf(b, a[i + 2]));
    }
  }
}

/** What is in a buffer that was relaxed. */
export const finished = (b: CodeBuffer): FinishedCode => ({
  code: b.code.subarray(0, b.pos),
  alignment: b.alignment,
  codeBytes: b.codeBytes,
  dispatch: b.dispatch.a.subarray(0, b.dispatch.n),
  relocs: b.relocs.a.subarray(0, b.relocs.n),
  traps: b.traps.a.subarray(0, b.traps.n),
  wraps: b.wraps.a.subarray(0, b.wraps.n),
  debug: b.debug.a.subarray(0, b.debug.n),
  handlers: b.handlers.a.subarray(0, b.handlers.n),
});

function moveSegment(code: Uint8Array, out: number, from: number, to: number): number {
  if (out === from) return to;
  // copyWithin costs a call into the runtime; most segments are a few instructions.
  if (to - from > 96) {
    code.copyWithin(out, from, to);
    return out + to - from;
  }
  while (from < to) code[out++] = code[from++];
  return out;
}

export function writeI32(code: Uint8Array, at: number, x: number): void {
  code[at] = x;
  code[at + 1] = x >> 8;
  code[at + 2] = x >> 16;
  code[at + 3] = x >> 24;
}
