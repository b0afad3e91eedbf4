/**
 * Places and numbers in an artefact that the addon reads too (aot/format.ts describes the whole): the header, which it
 * hashes, and the tables that it uses as they are. `scripts/gen-header.mjs` writes them into the addon's header.
 */
import { Architecture } from './architectures.js';

/** Byte offsets in the header. */
export const enum Header {
  MAGIC = 0,
  /** u32. */
  FORMAT = 8,
  /** u32: bytes of the header. */
  HEADER_BYTES = 12,
  /** u64. */
  FILE_BYTES = 16,
  /** 32 bytes, which are not hashed themselves. */
  HASH = 24,
  HASH_END = 56,
  /** u32: 1 = explicit bounds checks. */
  FLAGS = 56,
  /** u32: required CPU features (x64/features.ts for x86-64). */
  FEATURES = 60,
  /** u64: guard bytes behind the 4 GiB of a memory that the code relies on. */
  GUARD_BYTES = 64,
  /** u32: number of sections. */
  SECTIONS = 72,
  /** u32: abi/architectures.ts. */
  ARCHITECTURE = 76,
  /** Compiler version, UTF-8, zero padded. */
  VERSION = 80,
  /** Rows of `DirectoryRow`. */
  DIRECTORY = 112,
  /** Of the whole header. */
  BYTES = 512,
}

/** A row of the section directory; the four bytes behind the id are 0. */
export const enum DirectoryRow {
  /** u32. */
  ID = 0,
  /** u64. */
  OFFSET = 8,
  /** u64. */
  BYTES = 16,
  SIZE = 24,
}

/** The code section starts at a multiple of this in the file. */
export const SECTION_PAGE = 4096;
/**
 * So does the image, which is mapped, at a multiple of the largest pages that systems on the machine have: the addon keeps
 * places within a page.
 */
export const imagePage = (architecture: number): number =>
  architecture === Architecture.AARCH64 ? 65536 : SECTION_PAGE;

/** The file is hashed in pieces of so many bytes, on several threads. */
export const HASH_LEAF = 1 << 20;

/**
 * Reserved address space behind the first 4 GiB of a memory that guard-mode code relies on: offsets below 2^31 and the
 * widest access.
 */
export const GUARD_BYTES = 0x8001_0000;

/** A row of FUNCS: u32 each. */
export const enum FunctionRow {
  /** In the code section. */
  OFFSET = 0,
  BYTES = 4,
  /** Type index, with `LEAF_FUNCTION`. */
  TYPE = 8,
  /** `frameWord`. */
  FRAME = 12,
  SIZE = 16,
}

/**
 * In the type's word: a function that neither calls, traps, accesses or measures memory nor repeats anything, and takes little
 * stack. So the addon may call it where it is, as it would a function of its own.
 */
export const LEAF_FUNCTION = 0x8000_0000;
/** The type in that word. */
export const typeOfRow = (word: number): number => word & 0x7fff_ffff;

/** Bits of a function's frame bytes in its word; those above say which registers it saves. */
export const FRAME_BITS = 28;
/**
 * The same on AArch64, which has more registers to save: what is below them is the frame with the slot of the return
 * address (which the bytes do not count) in units of 16 bytes, 0 for no frame.
 */
export const ARM64_FRAME_BITS = 23;
/** A frame as the function table of code for this architecture has it: its bytes and which registers its function saves. */
export const frameWord = (architecture: number, bytes: number, saved: number): number =>
  architecture === Architecture.AARCH64
    ? ((bytes + 8) >> 4) | (saved << ARM64_FRAME_BITS)
    : bytes | (saved << FRAME_BITS);
export const frameBytes = (architecture: number, word: number): number =>
  architecture === Architecture.AARCH64
    ? Math.max(0, 16 * (word & ((1 << ARM64_FRAME_BITS) - 1)) - 8)
    : word & ((1 << FRAME_BITS) - 1);

/** A row of WRAPS: u32 each. */
export const enum WrapRow {
  /** Offset of the access in the code section. */
  PC = 0,
  /** i32: the constant that was added to the scaled index. */
  ADD = 4,
  /** Hardware register of the index | log2(scale) << 8. */
  PLACE = 8,
  /** Offset of the cold copy that continues with a corrected index. */
  COPY = 12,
  SIZE = 16,
}

/** No stub: value in the lists of stubs. */
export const NO_STUB = 0xffffffff;
/** No place in the wasm file is known. */
export const UNKNOWN_OFFSET = 0xffffffff;
