/** Words of traps in which V8 differs from version to version. Ours are those of Node 20 to 24. */

/** Those of newer ones, and what they were. */
const WORDS: Readonly<Record<string, string>> = {
  // Node 26.
  'function signature mismatch': 'null function or function signature mismatch',
};

/** A trap's message in the words of Node 20 to 24. */
export const inOurWords = (message: string): string => WORDS[message] ?? message;
