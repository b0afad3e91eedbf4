/** The start of the memory of translated passes: constants of their sources that are arrays and objects. */
import { FIRST, TOP } from './helpers.mjs';
import { ARRAYS, Unsupported } from './model.mjs';

export class Constants {
  /** By value: its address. */
  places = new Map();
  /** What is written there once all layouts are known: functions of the memory. */
  writes = [];
  end = FIRST;

  constructor(module) {
    this.module = module;
  }

  /** Address of a constant of this kind. */
  address(value, kind, node) {
    const known = this.places.get(value);
    if (known !== undefined) return known;
    const array = ARRAYS[kind];
    if (array !== undefined) return this.array(value, array, node);
    if (typeof value !== 'object' || kind.object === undefined) throw new Unsupported(node, 'constant');
    const layout = this.module.layout(kind.object, kind.type);
    const at = this.take(layout.size);
    this.places.set(value, at);
    for (const [name, field] of Object.entries(layout.fields)) {
      const part = value[name];
      if (typeof part === 'function' || part === undefined) continue;
      const isNumber = typeof part === 'number' || typeof part === 'boolean';
      if (!isNumber && part !== null && ARRAYS[field.kind] === undefined && field.kind.object === undefined) continue;
      if (field.kind === 'List' && !isIntegers(part)) {
        this.writes.push(() => {
          if (field.used) throw new Unsupported(node, `list ${name}`);
        });
        continue;
      }
      const x = isNumber ? Number(part) : part === null ? 0 : this.address(part, field.kind, node);
      this.writes.push((view) =>
        field.float ? view.setFloat64(at + field.offset, x, true) : view.setInt32(at + field.offset, x, true),
      );
    }
    return at;
  }

  array(given, { shift }, node) {
    // A list of integers is an array of them.
    const value = isIntegers(given) ? Int32Array.from(given) : given;
    if (!ArrayBuffer.isView(value) || value.BYTES_PER_ELEMENT !== 1 << shift) throw new Unsupported(node, 'array');
    const at = this.take(8 + value.byteLength) + 8;
    this.places.set(given, at);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    this.writes.push((view) => {
      view.setInt32(at - 8, value.length, true);
      new Uint8Array(view.buffer).set(bytes, at);
    });
    return at;
  }

  take(bytes) {
    const at = this.end;
    this.end = (at + bytes + 7) & -8;
    return at;
  }

  bytes() {
    const view = new DataView(new ArrayBuffer(this.end));
    view.setInt32(TOP, this.end, true);
    for (const write of this.writes) write(view);
    return new Uint8Array(view.buffer);
  }
}

const isIntegers = (value) => Array.isArray(value) && value.every((x) => x === (x | 0));
