/** Sorting in place without allocation or callbacks, for passes. */

/** Ranges of up to this many items are sorted by insertion. */
const SMALL = 16;

/** Sorts items[0 .. n) ascending by `key[item]`, equal ones by the item itself. O(n log n). */
export function sortByKey(items: Int32Array, n: number, key: Float64Array): void {
  if (n <= SMALL) {
    for (let k = 1; k < n; k++) {
      const x = items[k];
      let j = k;
      for (; j > 0 && comesBefore(x, items[j - 1], key); j--) items[j] = items[j - 1];
      items[j] = x;
    }
    return;
  }
  for (let k = (n >> 1) - 1; k >= 0; k--) sink(items, k, n, key);
  for (let end = n - 1; end > 0; end--) {
    const last = items[0];
    items[0] = items[end];
    items[end] = last;
    sink(items, 0, end, key);
  }
}

function comesBefore(x: number, y: number, key: Float64Array): boolean {
  return key[x] < key[y] || (key[x] === key[y] && x < y);
}

/** Moves items[k] down the heap of n items to where nothing below comes after it. */
function sink(items: Int32Array, k: number, n: number, key: Float64Array): void {
  const x = items[k];
  for (let down = 2 * k + 1; down < n; down = 2 * k + 1) {
    if (down + 1 < n && comesBefore(items[down], items[down + 1], key)) down++;
    if (!comesBefore(x, items[down], key)) break;
    items[k] = items[down];
    k = down;
  }
  items[k] = x;
}
