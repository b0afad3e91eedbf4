/** Loop nest, branch probabilities and block frequencies of a function. O(blocks + edges). Filled by `analyseCfg`. */
export interface Cfg {
  /** Innermost loop header of each block, or -1; a header's own entry is itself. */
  loopOf: Int32Array;
  /** By header: header of the enclosing loop, or -1. */
  loopParent: Int32Array;
  loopDepth: Int32Array;
  /** Every way on leads to a trap. */
  cold: Uint8Array;
  /** Per edge: probability that its source takes it. */
  prob: Float64Array;
  /** Executions per call of the function. */
  freq: Float64Array;
  edgeFreq: Float64Array;
}
