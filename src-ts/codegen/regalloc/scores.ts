/**
 * The scores that `Coloring.choose` adds up for each free register, to decide which preference counts when not all can
 * be had. Only their order matters, and which of them together outweigh another; the numbers themselves do not.
 */
export const enum Score {
  /** The next constraint on the register is that this value must be in it, and nothing is in the way: no move at all. */
  FIXED_NEXT = 1000,
  /** Where the parameter that the value feeds is at home: the edge needs no move, if the value can stay until then … */
  WISH = 500,
  /** … perhaps none, where it ends inside the block but something takes the register before; or hardly any. */
  WISH_CUT_SHORT = 100,
  WISH_LOST = 20,
  /** The fixed register in which the value's life ends; the same if something takes the register before. */
  FIXED_END = 300,
  FIXED_END_CUT_SHORT = 10,
  /**
   * The register that the value was in before. If it leaves the block that saves a move on an edge, more than any wish
   * but the first.
   */
  HOME = 400,
  HOME_CUT_SHORT = 20,
  HOME_INSIDE = 90,
  /** A callee-saved register for a value that leaves the block and lives across calls: it needn't be saved around them. */
  SAVED_ACROSS_CALLS = 300,
  /** Any other register for one that doesn't: callee-saved ones are for those that need them. */
  UNSAVED = 60,
  /** The register is free until the value's life ends: less for more room behind it, which others may need. */
  LASTS = 200,
  /** Most that counts of how long after (or before) that the register stays free, in instructions. */
  SPARE = 100,
  SHORT = 150,
  /** The same of a value that leaves the block: how long until something takes the register. */
  LEAVING_ROOM = 200,
  /** Instructions of the loop take the register: what leaves the block had to make room there each time. */
  TAKEN_IN_LOOP = -150,
  /** First use of a callee-saved register, which costs saving it: next to never for a value that no call forces there. */
  FIRST_SAVED = 2000,
  FIRST_SAVED_ACROSS_CALLS = 40,
}
/** Score of one instruction of room. */
export const ROOM = 0.2;
