/** Stand-ins for what a component imports and nobody gives: functions that end the program when they are called. */
import { RuntimeError } from '../errors.js';
import { bareName } from './direct.js';
import type { Manifest } from './bundle.js';

/** `imports` and, for every other interface or function that the component imports, one that traps. */
export function trapUnknown({ imports: wanted }: Manifest, imports: Record<string, unknown>): Record<string, unknown> {
  const all = { ...imports };
  for (const name of wanted) {
    if (name in all || bareName(name) in all) continue;
    const functions = new Map<PropertyKey, Function>();
    all[name] = new Proxy(
      {},
      {
        get: (_, key) => {
          let made = functions.get(key);
          if (made === undefined) functions.set(key, (made = trapping(`${name} ${String(key)}`)));
          return made;
        },
      },
    );
  }
  return all;
}

/** A function, which may stand for a resource's class too. */
function trapping(what: string): Function {
  return function () {
    throw new RuntimeError(`unknown import: ${what}`);
  };
}
