/**
 * V8 takes megabytes for each large function that it compiles, and frees them afterwards. glibc gives what is free at the end
 * of its heap back to the kernel beyond a limit, 128 KB at first, and has to clear the pages that it takes again: a tenth of
 * what a program costs whose module is large. The limit becomes twice the size of the largest block that was freed by itself,
 * up to 32 MB. This is such a block: nothing touches its memory, and the next collection frees it.
 */
export function keepFreedMemory(): void {
  new ArrayBuffer(LARGEST_BLOCK);
}

const LARGEST_BLOCK = 2 ** 23;
