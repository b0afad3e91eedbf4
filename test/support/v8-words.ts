/** Words of traps in which V8 differs from version to version. Ours are those of Node 20 to 24. */

/** Those of newer ones, and what they were. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  // Node 26.
  [/(?<!null function or )function signature mismatch/g, 'null function or function signature mismatch'],
];

/** A trap's message, or a text with such messages, in the words of Node 20 to 24. */
export const inOurWords = (text: string): string => WORDS.reduce((t, [newer, ours]) => t.replace(newer, ours), text);
