/** Arguments and options of public functions: a mistake is a TypeError that names it, and nothing is passed over. */

/** What an option must be, as the rest of "must be …", and whether a value is. */
export type Check = readonly [what: string, holds: (value: unknown) => boolean];

export const isBoolean: Check = ['a boolean', (v) => typeof v === 'boolean'];
export const isText: Check = ['a string', (v) => typeof v === 'string'];
export const isFunction: Check = ['a function', (v) => typeof v === 'function'];
export const isArray: Check = ['an array', (v) => Array.isArray(v)];
export const isRecord: Check = ['an object', (v) => typeof v === 'object' && v !== null];
export const isSignal: Check = [
  'an AbortSignal',
  (v) => typeof v === 'object' && v !== null && typeof (v as AbortSignal).aborted === 'boolean',
];
export const isMilliseconds: Check = ['a number of milliseconds', (v) => typeof v === 'number' && v >= 0];
export const isCount: Check = [
  'an integer of at least 0',
  (v) => typeof v === 'number' && Number.isInteger(v) && v >= 0,
];
export const isDescriptor: Check = ['a file descriptor', (v) => typeof v === 'number' && Number.isInteger(v) && v >= 0];
/** An object whose members are all one thing. */
export const recordOf = ([what, holds]: Check): Check => [
  `an object whose members are each ${what}`,
  (v) => isRecord[1](v) && Object.values(v as object).every(holds),
];
/** An object with these members and no others. */
export const objectOf = (known: Readonly<Record<string, Check>>): Check => [
  `an object of ${Object.entries(known)
    .map(([key, [what]]) => `${key} (${what})`)
    .join(', ')}`,
  (v) =>
    isRecord[1](v) &&
    Object.entries(v as object).every(
      ([key, value]) => Object.hasOwn(known, key) && (value === undefined || known[key][1](value)),
    ),
];
export const arrayOf = ([what, holds]: Check): Check => [
  `an array, each element ${what}`,
  (v) => {
    if (!Array.isArray(v)) return false;
    // By index: the array is the program's, and so are its methods.
    for (let i = 0; i < v.length; i++) if (!holds(v[i])) return false;
    return true;
  },
];
export const oneOf = (...texts: readonly string[]): Check => [
  texts.map((text) => `'${text}'`).join(' or '),
  (v) => {
    // By index: a program may have changed the methods of arrays.
    for (let i = 0; i < texts.length; i++) if (texts[i] === v) return true;
    return false;
  },
];

/** Throws a TypeError that begins with `where` for an option that is not in `known` or not what it must be. */
export function checkOptions(where: string, options: unknown, known: Readonly<Record<string, Check>>): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) throw new TypeError(`${where}: options must be an object`);
  for (const key of Object.keys(options)) {
    const check = Object.hasOwn(known, key) ? known[key] : undefined;
    if (check === undefined)
      throw new TypeError(`${where}: unknown option '${key}'; known: ${Object.keys(known).join(', ')}`);
    const value = (options as Record<string, unknown>)[key];
    if (value !== undefined && !check[1](value)) throw new TypeError(`${where}: option '${key}' must be ${check[0]}`);
  }
}
