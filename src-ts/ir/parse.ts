/**
 * Reads the text form of a function that `print.ts` writes: for file tests of passes. `printFunc(parseFunc(text)) ===
 * text`. Lines may carry `;` comments. Errors name the line. The result is not verified here.
 */
import { Hint } from '../wasm/branch-hints.js';
import { linkEdges } from './compact.js';
import { computeDominators } from './dominators.js';
import { Func } from './func.js';
import { Op } from './ops.js';
import { poolEnd, poolStart } from './operands.js';
import { ARITY, Effect, EFFECTS, isAccess, hasTable, hasType, isTerminator, RESULT_TYPE } from './opinfo.js';
import { immediateNames, operatorsByName, TYPE_NAMES } from './text.js';

const TYPES = new Map([...TYPE_NAMES].map(([type, name]) => [name, type]));

export function parseFunc(text: string): Func {
  return new Parser(text).run();
}

class Parser {
  /** Numbers and hexadecimal bits, values (v12), names (i32.add, offset), punctuation. */
  private readonly token = /\s*(->|0x[0-9a-f]+|-?\d+|[a-z_][\w.]*|[=:,()[\]@])/y;
  private readonly operators = operatorsByName();
  private readonly f = new Func();
  private line = '';
  private lineNumber = 0;
  private at = 0;
  /** Value by the number in its name. Until `resolveNames`, operands, pool entries and arguments hold names. */
  private readonly named: number[] = [];
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly args: number[][] = [];
  private readonly params: number[][] = [];
  private readonly blockPos: number[] = [];
  private readonly loops: number[] = [];

  constructor(private readonly text: string) {}

  run(): Func {
    const lines = this.text.split('\n');
    for (const raw of lines) {
      this.lineNumber++;
      this.line = raw.replace(/;.*/, '').trimEnd();
      this.at = 0;
      const word = this.peek();
      if (word === '') continue;
      if (word === 'func') this.header();
      else if (word === 'block') this.block();
      else this.instruction();
    }
    this.resolveNames();
    this.finish();
    return this.f;
  }

  private fail(message: string): never {
    throw new Error(`IR text, line ${this.lineNumber}: ${message}: ${this.line.trim()}`);
  }

  private peek(): string {
    this.token.lastIndex = this.at;
    return this.token.exec(this.line)?.[1] ?? this.line.slice(this.at).trim();
  }

  private next(): string {
    this.token.lastIndex = this.at;
    const token = this.token.exec(this.line);
    if (token === null) this.fail(`unexpected end or character at column ${this.at + 1}`);
    this.at = this.token.lastIndex;
    return token[1];
  }

  private accept(token: string): boolean {
    if (this.peek() !== token) return false;
    this.next();
    return true;
  }

  private expect(token: string): void {
    const got = this.next();
    if (got !== token) this.fail(`'${token}' expected instead of '${got}'`);
  }

  private number(): number {
    const token = this.next();
    const value = Number(token);
    return Number.isNaN(value) ? this.fail(`number expected instead of '${token}'`) : value;
  }

  private name(): number {
    const token = this.next();
    return /^v\d+$/.test(token) ? Number(token.slice(1)) : this.fail(`value expected instead of '${token}'`);
  }

  private nameList(): number[] {
    const names: number[] = [];
    this.expect('(');
    while (!this.accept(')')) {
      if (names.length > 0) this.expect(',');
      names.push(this.name());
    }
    return names;
  }

  private typeName(): number {
    const token = this.next();
    return TYPES.get(token) ?? this.fail(`unknown type '${token}'`);
  }

  private attribute(name: string): number {
    this.expect(name);
    this.expect('=');
    return this.number();
  }

  private header(): void {
    this.expect('func');
    this.f.index = this.number();
    this.expect('type');
    this.f.typeIndex = this.number();
    this.f.localBytes = 0;
    if (this.peek() === 'locals') {
      this.expect('locals');
      this.f.localBytes = this.number();
    }
  }

  private add(op: number): number {
    const { f } = this;
    if (f.nv === f.op.length) f.growValues(f.nv + 1);
    const v = f.nv++;
    f.op[v] = op;
    f.type[v] = RESULT_TYPE[op];
    f.a[v] = f.b[v] = f.c[v] = -1;
    f.imm[v] = f.imm2[v] = 0;
    f.block[v] = this.params.length - 1;
    f.pos[v] = this.blockPos[this.params.length - 1];
    return v;
  }

  private define(name: number, v: number): void {
    if (this.named[name] !== undefined) this.fail(`v${name} is defined twice`);
    this.named[name] = v;
  }

  private block(): void {
    this.expect('block');
    const b = this.number();
    if (b !== this.params.length) this.fail(`block ${this.params.length} expected`);
    const params: number[] = [];
    this.params.push(params);
    this.blockPos.push(0);
    this.loops.push(this.accept('loop') ? 1 : 0);
    if (this.accept('(')) {
      do {
        const v = this.add(Op.PARAM);
        this.define(this.name(), v);
        this.expect(':');
        this.f.type[v] = this.typeName();
        this.f.imm[v] = params.push(v) - 1;
      } while (this.accept(','));
      this.expect(')');
    }
    if (this.accept('@')) this.blockPos[b] = this.number();
    for (const v of params) this.f.pos[v] = this.blockPos[b];
    this.expect(':');
  }

  private instruction(): void {
    if (this.params.length === 0) this.fail('no block');
    const result = /^v\d+$/.test(this.peek()) ? this.name() : -1;
    if (result >= 0) this.expect('=');
    const word = this.next();
    const op = this.operators.get(word) ?? -1;
    if (op < 0) this.fail(`unknown operation '${word}'`);
    const { f } = this;
    const v = this.add(op);
    if (result >= 0) this.define(result, v);
    for (let k = 0; k < ARITY[op]; k++) {
      if (k > 0) this.expect(',');
      const name = this.name();
      if (k === 0) f.a[v] = name;
      else if (k === 1) f.b[v] = name;
      else f.c[v] = name;
    }
    this.immediates(op, v);
    if (RESULT_TYPE[op] === 0 && this.accept(':')) f.type[v] = this.typeName();
    if ((f.type[v] !== 0) !== result >= 0)
      this.fail(result >= 0 ? 'the operation has no result or lacks its type' : 'the result has no name');
    if (isTerminator(op) && this.accept('->')) {
      do {
        this.from.push(f.block[v]);
        this.to.push(this.number());
        this.args.push(this.nameList());
      } while (this.accept(','));
    }
    if (this.peek() !== '') this.fail(`unexpected '${this.peek()}'`);
  }

  private immediates(op: number, v: number): void {
    const { f } = this;
    const { pool } = f;
    switch (op) {
      case Op.I32_CONST:
        f.imm[v] = this.number();
        f.imm2[v] = f.imm[v] >> 31;
        return;
      case Op.I64_CONST:
      case Op.F32_CONST:
      case Op.F64_CONST: {
        const bits = BigInt(this.next());
        f.imm[v] = Number(BigInt.asIntN(32, bits));
        f.imm2[v] = Number(BigInt.asIntN(32, bits >> 32n));
        return;
      }
      case Op.V128_CONST: {
        const bits = BigInt(this.next());
        f.imm[v] = pool.n;
        for (let k = 0n; k < 4n; k++) pool.push(Number(BigInt.asIntN(32, bits >> (32n * k))));
        return;
      }
      case Op.BR_IF:
        f.imm[v] = this.accept('likely') ? Hint.LIKELY : this.accept('unlikely') ? Hint.UNLIKELY : Hint.NONE;
        return;
      case Op.BR_TABLE:
        f.imm[v] = pool.n;
        this.expect('[');
        while (!this.accept(']')) {
          pool.push(this.number());
          f.imm2[v]++;
        }
        return;
      case Op.RETURN: {
        const names = this.nameList();
        f.imm[v] = pool.n;
        f.imm2[v] = names.length;
        for (const name of names) pool.push(name);
        return;
      }
      case Op.CALL:
      case Op.CALL_INDIRECT:
      case Op.CALL_REF:
      case Op.HELPER:
      case Op.TAIL_CALL:
      case Op.TAIL_CALL_INDIRECT:
      case Op.TAIL_CALL_REF:
      case Op.THROW: {
        f.imm2[v] = this.attribute(
          op === Op.HELPER ? 'number' : hasType(op) ? 'type' : op === Op.THROW ? 'tag' : 'func',
        );
        if (hasTable(op)) f.b[v] = this.attribute('table');
        const names = this.nameList();
        f.imm[v] = pool.push(names.length);
        for (const name of names) pool.push(name);
        return;
      }
      default:
        immediateNames(op).forEach((name, k) => {
          const value = this.attribute(name);
          if (k === 0) f.imm[v] = value;
          else f.imm2[v] = value;
        });
        if (isAccess(op) && this.peek() === 'memory') f.imm2[v] |= this.attribute('memory') << 4;
        if ((EFFECTS[op] & Effect.ACCESS) !== 0 && this.accept('base')) f.c[v] = this.name();
    }
  }

  private resolveNames(): void {
    const { f, named } = this;
    const { pool } = f;
    const value = (name: number): number => {
      const v = named[name];
      if (v === undefined) throw new Error(`IR text: v${name} is used but not defined`);
      return v;
    };
    for (let v = 0; v < f.nv; v++) {
      const op = f.op[v];
      if (f.a[v] >= 0) f.a[v] = value(f.a[v]);
      if (f.b[v] >= 0 && !hasTable(op)) f.b[v] = value(f.b[v]);
      if (f.c[v] >= 0) f.c[v] = value(f.c[v]);
      for (let k = poolStart(f, v); k < poolEnd(f, v); k++) pool.a[k] = value(pool.a[k]);
    }
    for (const list of this.args) list.forEach((name, j) => (list[j] = value(name)));
  }

  private finish(): void {
    const { f } = this;
    const nb = this.params.length;
    f.nb = nb;
    f.ne = this.from.length;
    if (this.to.some((b) => b < 0 || b >= nb))
      throw new Error('IR text: a branch leads to a block that does not exist');
    f.order = Int32Array.from({ length: f.nv }, (_, v) => v);
    f.blockStart = new Int32Array(nb + 1);
    for (let v = 0; v < f.nv; v++) f.blockStart[f.block[v] + 1] = v + 1;
    f.blockPos = Int32Array.from(this.blockPos);
    f.part = new Uint8Array(f.nb);
    f.wayAt = new Int32Array(f.ne).fill(-1);
    f.isLoopHeader = Uint8Array.from(this.loops);
    f.paramAt = starts(this.params);
    f.params = Int32Array.from(this.params.flat());
    f.edgeFrom = Int32Array.from(this.from);
    f.edgeTo = Int32Array.from(this.to);
    f.argAt = starts(this.args);
    f.args = Int32Array.from(this.args.flat());
    linkEdges(f);
    const { idom, depth } = computeDominators(f);
    f.idom = idom;
    f.domDepth = depth;
  }
}

/** Start of each list in their concatenation, and the end of the last. */
function starts(lists: number[][]): Int32Array<ArrayBuffer> {
  const at = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (at[i + 1] = at[i] + list.length));
  return at;
}
