/** What the page shows: made by listing.ts, compressed into the page by page.ts, read by page/main.ts. */

/** The module, or those of a component, and a row for each function. */
export interface Overview {
  file: string;
  /** Of the modules (0: only the artefacts are known), and of their machine code. */
  wasmBytes: number;
  codeBytes: number;
  target: string;
  /** What `cost` is; null without a profile. */
  unit: string | null;
  functions: FunctionRow[];
  /** What is not in the page, or null. */
  limit: string | null;
}

export interface FunctionRow {
  /** In the list and in the address: `17`; of a component's modules `core2:17`. */
  id: string;
  index: number;
  name: string;
  /** `(i32) -> i32` */
  type: string;
  wasmBytes: number;
  codeBytes: number;
  cost: number;
  /** Position of its details in the page; -1: they are not in it. */
  detail: number;
}

/** A line of a column. What belongs together has the same offset in the module; -1: nothing. */
export interface Line {
  offset: number;
  text: string;
  /** Constructs that it stands in. */
  depth?: number;
  /** What may happen there: a trap. */
  trap?: string;
  /** It compares an address with the size of memory. */
  bounds?: true;
  heat?: number;
  /** In front of the text: line number, address. */
  label?: string;
  /** The title of a source file. */
  title?: true;
  /** A source line: all operators of it. */
  offsets?: number[];
}

export type ColumnName = 'wat' | 'source' | 'ir' | 'code';
export type Detail = Record<ColumnName, Line[]>;
