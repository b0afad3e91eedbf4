/** Tables: `Table` of the JavaScript interface, and the state behind it. */
import type { TableId } from '../binding.js';
import { MAX_TABLE, ObjectKind, TableCell } from '../abi/objects.js';
import { isRef, topOf } from '../wasm/ref-types.js';
import { type TableType, ValType } from '../wasm/types.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { Cells } from './cells.js';
import { type Env, env } from './env.js';
import type { Cache, Owner } from './lifetimes.js';
import { incompatible } from './signature.js';
import { typeName } from '../wasm/type-names.js';
import { MORE_ROOM } from '../errors.js';
import { TYPE_NAMES, defineInterface, isObject, type LimitBounds, toAddress, toDOMString, toLimits } from './webidl.js';

const BOUNDS: LimitBounds = {
  initial: MAX_TABLE,
  maximum: 0xffff_ffff,
  initial64: MAX_TABLE,
  maximum64: Infinity,
};
/** Entries whose functions are remembered. */
const MAX_KNOWN = 65_536;
const NOT_A_FUNCTION = 'function-typed object must be null (if nullable) or a Wasm function object';

/** What entries were found to hold, and the version of the table then; until the next look at references. */
interface Known {
  values: (Function | null | undefined)[];
  versions: Float64Array;
}

/** The objects that stand for one. */
const tablesOf = (e: Env): Brand<TableState> => e.registry.tables as Brand<TableState>;

/** A table as instances use it. */
export class TableState implements Owner, Cache {
  holds: unknown = null;
  private wrapper: object | null = null;
  readonly id: TableId;
  /** Its cell: `TableCell` from `at` on. */
  private readonly cell: Float64Array;
  private readonly at: number;
  private known: Known | null = null;
  private readonly hasFunctions: boolean;

  constructor(
    readonly env: Env,
    readonly type: TableType,
  ) {
    this.hasFunctions = topOf(env.types, type.type) === ValType.FUNCREF;
    this.id = env.native.tableCreate(this.hasFunctions, type.min, Math.min(type.max ?? MAX_TABLE, MAX_TABLE));
    if (this.id <= 0) throw new RangeError('WebAssembly.Table(): could not allocate table: ' + MORE_ROOM);
    const cell = env.u32[0];
    this.cell = env.cells.block(cell).f64;
    this.at = Cells.offset(cell) / 8;
    env.lifetimes.born(ObjectKind.TABLE, this.id, this);
  }

  /** State of a value that may be a table, or null. */
  static of(e: Env, value: unknown): TableState | null {
    if (!isObject(value)) return null;
    return tablesOf(e).get(value) ?? (e.registry.adopter?.table(value) as TableState | null | undefined) ?? null;
  }

  get object(): object {
    if (this.wrapper === null) this.standFor(uncloneable(Table.prototype));
    return this.wrapper!;
  }

  standFor(object: object): void {
    this.wrapper = object;
    tablesOf(this.env).set(object, this);
  }

  get length(): number {
    return this.cell[this.at + TableCell.LENGTH];
  }

  /** Indices have 64 bits. */
  get address64(): boolean {
    return this.type.address64 === true;
  }

  /** Reference of a JavaScript value; throws what `refuse` makes for one that does not fit. */
  reference(value: unknown, refuse: () => Error): number {
    if (this.type.type === ValType.EXTERNREF) return this.env.toExtern(value) >>> 0;
    try {
      if (this.type.type === ValType.FUNCREF) return this.env.toFuncref(value);
      return this.env.toReference(this.type.type, value) >>> 0;
    } catch {
      throw refuse();
    }
  }

  /** The value of an entry within the table. */
  get(index: number): unknown {
    if (this.type.type === ValType.EXTERNREF) return this.env.fromExtern(this.env.tableGet(this.id, index));
    if (!this.hasFunctions) {
      if (topOf(this.env.types, this.type.type) === ValType.EXNREF) throw incompatible();
      return this.env.fromReference(this.type.type, this.env.tableGet(this.id, index));
    }
    const { known } = this;
    const version = this.cell[this.at + TableCell.VERSION];
    if (known !== null && known.versions[index] === version) {
      const value = known.values[index];
      if (value !== undefined) return value;
    }
    const value = this.env.fromFuncref(this.env.tableGet(this.id, index)) as Function | null;
    this.note(index, value, version);
    return value;
  }

  private note(index: number, value: Function | null, version: number): void {
    if (index >= MAX_KNOWN) return;
    if (this.known === null || this.known.values.length <= index) {
      const size = Math.min(this.length, MAX_KNOWN);
      this.known = { values: new Array<undefined>(size), versions: new Float64Array(size) };
      this.env.lifetimes.remember(this);
    }
    this.known.values[index] = value;
    this.known.versions[index] = version;
  }

  set(index: number, reference: number): void {
    this.env.tableSet(this.id, index, reference);
  }

  forget(): void {
    this.known = null;
  }
}

/** `WebAssembly.Table`. */
export class Table {
  /** Limits are numbers, with `address: 'i64'` BigInts. */
  constructor(
    descriptor: {
      element: 'anyfunc' | 'externref' | 'anyref' | 'eqref' | 'i31ref' | 'structref' | 'arrayref';
      initial: number | bigint;
      maximum?: number | bigint;
      address?: 'i32' | 'i64';
    },
    init?: unknown,
  ) {
    const where = 'WebAssembly.Table()';
    if (!isObject(descriptor)) throw new TypeError(`${where}: Argument 0 must be a table descriptor`);
    const type = TYPE_NAMES[toDOMString((descriptor as { element?: unknown }).element)];
    if (type === undefined || !isRef(type) || type === ValType.EXNREF)
      throw new TypeError(`${where}: Descriptor property 'element' must be a WebAssembly reference type`);
    const limits = toLimits(where, descriptor, BOUNDS);
    const state = new TableState(env(), { type, ...limits });
    // The default of externref is `undefined`, which wasm sees as a reference that is not null; a table's own default
    // is null.
    const initial =
      arguments.length > 1 && (init !== undefined || type === ValType.EXTERNREF)
        ? init
        : type === ValType.EXTERNREF
          ? undefined
          : null;
    if (initial !== null) {
      const reference = state.reference(
        initial,
        () =>
          new TypeError(
            `${where}: Argument 2 must be undefined or a value of type compatible with the type of the new table: ${NOT_A_FUNCTION}.`,
          ),
      );
      for (let i = 0; i < limits.min; i++) state.set(i, reference);
    }
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    state.standFor(object);
    return object;
  }

  /** A BigInt if indices have 64 bits, as all numbers of such a table; declared as TypeScript's own library does. */
  get length(): number {
    const state = stateOf(this, 'WebAssembly.Table.length()');
    return state.address64 ? (BigInt(state.length) as unknown as number) : state.length;
  }

  /** Adds elements; returns the old length. */
  grow<N extends number | bigint>(delta: N, init?: unknown): N extends bigint ? bigint : number;
  grow(delta: number | bigint, init?: unknown): number | bigint {
    const where = 'WebAssembly.Table.grow()';
    const state = stateOf(this, where);
    const n = toAddress(where, 'Argument 0', delta, state.address64);
    const value =
      arguments.length > 1 && init !== undefined ? init : state.type.type === ValType.EXTERNREF ? undefined : null;
    const reference = state.reference(value, () => new TypeError(`${where}: Argument 1 is invalid: ${NOT_A_FUNCTION}`));
    const old = state.env.native.tableGrow(state.id, Number(n), reference);
    if (old < 0) throw new RangeError(`${where}: failed to grow table by ${n}`);
    return state.address64 ? BigInt(old) : old;
  }

  /** Sets an element. RangeError beyond the table, TypeError for a value that does not fit. */
  set(index: number | bigint, value?: unknown): void {
    const where = 'WebAssembly.Table.set()';
    const state = stateOf(this, where);
    const i = toAddress(where, 'Argument 0', index, state.address64);
    const externs = state.type.type === ValType.EXTERNREF;
    // Of a function the index is looked at first; any value is an externref.
    if (!externs && i >= state.length) throw outOfRange(where, i, state);
    const given = arguments.length > 1 ? value : externs ? undefined : null;
    const reference = state.reference(
      given,
      () => new TypeError(`${where}: Argument 1 is invalid for table: ${NOT_A_FUNCTION}`),
    );
    if (i >= state.length) throw outOfRange(where, i, state);
    state.set(Number(i), reference);
  }

  /** An element. RangeError beyond the table. */
  get(index: number | bigint): unknown {
    const where = 'WebAssembly.Table.get()';
    const state = stateOf(this, where);
    const i = toAddress(where, 'Argument 0', index, state.address64);
    if (i >= state.length) throw outOfRange(where, i, state);
    return state.get(Number(i));
  }
}
defineInterface(Table, 'Table', { constructor: 1, grow: 1, set: 1 });

function outOfRange(where: string, index: number | bigint, state: TableState): RangeError {
  if (state.address64)
    return new RangeError(
      `${where}: invalid address ${index} in ${typeName(state.type.type)} table of size ${state.length}`,
    );
  return new RangeError(
    `${where}: invalid index ${index} into ${state.type.type === ValType.EXTERNREF ? 'externref' : 'function'} table`,
  );
}

function stateOf(value: unknown, where: string): TableState {
  const state = TableState.of(env(), value);
  if (state === null) throw new TypeError(`${where}: Receiver is not a WebAssembly.Table`);
  return state;
}
