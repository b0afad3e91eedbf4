/** Calls an exported function of a component, with arguments and result as text. */
import { checkOptions } from '../util/check-options.js';
import { bareName } from './direct.js';
import { expectLoaded, instantiateFor, RUN_OPTIONS, type Component, type RunOptions } from './run.js';
import { ComponentExit } from './wasi.js';
import { calledName, camelCase, formatValue, parseCall } from './wave.js';
import { signature, type WitFunction } from './wit.js';

/** A call that does not fit the component: the name, or the arguments. */
export class InvokeError extends Error {}

/** How a call ended that did not return. */
export interface Exit {
  /** The guest's exit code. */
  exit: number;
}

/**
 * Calls a function: `add(1, 2)`, `ns:pkg/iface#add(1, 2)`; arguments are WAVE (component/wave.ts).
 * @returns the result as WAVE, `()` if there is none; or the code that the guest exited with
 * @throws InvokeError before anything runs; else whatever stopped the call
 */
export async function invokeComponent(
  component: Component,
  call: string,
  options: RunOptions = {},
): Promise<string | Exit> {
  checkOptions('invokeComponent()', options, RUN_OPTIONS);
  if (typeof call !== 'string') throw new TypeError("invokeComponent(): Argument 1 must be a call such as 'add(1, 2)'");
  const { manifest } = expectLoaded('invokeComponent()', component);
  const { functions } = manifest;
  if (typeof functions === 'string')
    throw new InvokeError(`the types of the component's functions cannot be read: ${functions}`);
  const f = find(functions, calledName(call));
  let args: unknown[];
  try {
    args = parseCall(call, f);
  } catch (e) {
    throw new InvokeError(`${call}: ${(e as Error).message} (${f.name} is ${signature(f)})`, { cause: e });
  }
  try {
    return await instantiateFor(component, options, (exports) => {
      const holder = f.interface === null ? exports : (exports[f.interface] as Record<string, unknown>);
      return formatResult(f, () => (holder[camelCase(f.name)] as Function)(...args) as unknown);
    });
  } catch (e) {
    if (e instanceof ComponentExit) return { exit: e.code };
    throw e;
  }
}

/** By its name; of an interface where that stands in front, whole or in part: `math.add`, `ns:pkg/math@1.0.0#add`. */
function find(functions: readonly WitFunction[], name: string): WitFunction {
  const at = Math.max(name.lastIndexOf('#'), name.lastIndexOf('.'));
  const [where, own] = at < 0 ? [null, name] : [name.slice(0, at), name.slice(at + 1)];
  const named = functions.filter((f) => f.name === own && (where === null || namesOf(f).includes(where)));
  // An export of the component itself goes first.
  const matches =
    named.filter((f) => f.interface === null).length === 1 ? named.filter((f) => f.interface === null) : named;
  if (matches.length === 1) return matches[0];
  const list = (matches.length === 0 ? functions : matches).map(fullName);
  if (matches.length > 1) throw new InvokeError(`there are several functions '${name}': ${list.join(', ')}`);
  const shown = `${list.slice(0, 8).join(', ')}${list.length > 8 ? ', …' : ''}`;
  throw new InvokeError(
    `the component exports no function '${name}'${list.length === 0 ? ', nor any other' : `; it exports ${shown}`}`,
  );
}

/** What its interface may be called. */
function namesOf({ interface: id }: WitFunction): string[] {
  if (id === null) return [];
  const bare = bareName(id);
  return [id, bare, bare.slice(bare.lastIndexOf('/') + 1)];
}

const fullName = (f: WitFunction): string => (f.interface === null ? f.name : `${f.interface}#${f.name}`);

function formatResult({ result }: WitFunction, call: () => unknown): string {
  if (result?.kind !== 'result') {
    const value = call();
    return result === null ? '()' : formatValue(result, value);
  }
  // jco returns the value of `ok`, and throws that of `err`, in an error of its own or as it is.
  try {
    return formatValue(result, { tag: 'ok', val: call() });
  } catch (e) {
    if (e instanceof Error && !Object.hasOwn(e, 'payload')) throw e;
    return formatValue(result, {
      tag: 'err',
      val: e instanceof Error ? (e as Error & { payload: unknown }).payload : e,
    });
  }
}
