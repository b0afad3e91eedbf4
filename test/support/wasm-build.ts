/** Wasm bytes by hand, for tests of things that no text format can say: malformed encodings, limits, every operator. */

/** Unsigned LEB128. */
export function leb(n: number): number[] {
  const out: number[] = [];
  do {
    const b = n % 128;
    n = Math.floor(n / 128);
    out.push(n !== 0 ? b | 0x80 : b);
  } while (n !== 0);
  return out;
}

/** Signed LEB128. */
export function sleb(n: bigint): number[] {
  for (const out: number[] = []; ;) {
    const b = Number(n & 0x7fn);
    n >>= 7n;
    const done = (n === 0n && b < 0x40) || (n === -1n && b >= 0x40);
    out.push(done ? b : b | 0x80);
    if (done) return out;
  }
}

/** Bytes of a section. */
export function section(id: number, ...parts: (number | number[] | Uint8Array)[]): Uint8Array {
  const body = Buffer.concat(parts.map((p) => (typeof p === 'number' ? Buffer.from([p]) : Buffer.from(p))));
  return Buffer.concat([Buffer.from([id, ...leb(body.length)]), body]);
}

/** A module of these sections. */
export function moduleOf(...sections: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), ...sections]));
}

/** A vector of `n` times the same item. */
export function repeat(n: number, item: number[]): Uint8Array {
  const head = leb(n);
  const out = new Uint8Array(head.length + n * item.length);
  out.set(head);
  for (let i = 0; i < n; i++) out.set(item, head.length + i * item.length);
  return out;
}

export const string = (s: string): number[] => [...leb(Buffer.byteLength(s)), ...Buffer.from(s)];

/** A module with one function of the given type; `body` includes locals and the final `end`. */
export function functionModule(
  params: number[],
  results: number[],
  body: number[] | Uint8Array,
  between: { beforeCode?: Uint8Array[]; afterCode?: Uint8Array[] } = {},
): Uint8Array {
  return moduleOf(
    section(1, 1, 0x60, leb(params.length), params, leb(results.length), results),
    section(3, 1, 0),
    ...(between.beforeCode ?? []),
    section(10, 1, leb(body.length), body),
    ...(between.afterCode ?? []),
  );
}
