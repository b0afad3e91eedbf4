'use strict';
/**
 * `node hostile.cjs COMPONENT FOLDER`: runs the compiled component in the folder under each change of a built-in. Prints
 * how many there were, how often the run came to what it comes to otherwise, and every run that came to anything but
 * that or an error.
 */
const { changes, setters, make } = require('../runtime/children/built-in-changes.cjs');
const { loadComponent, runComponent } = require(process.argv[2]);
const folder = process.argv[3];
const { log } = console;
const { stringify } = JSON;

/** In words, as objects are asked for `then` on their way. */
const word = (e) => (e instanceof Error ? `error ${e.name}` : `threw ${String(e)}`);

async function main() {
  // Before: `import` is Node's, which ends the process where Promise.prototype.then throws.
  const component = await loadComponent(folder);
  const runs = [[], ['exit'], ['a', 'trap'], ['an', 'error', 'result']];
  const outcome = async (args) => {
    try {
      return `${await runComponent(component, { args })}`;
    } catch (e) {
      return word(e);
    }
  };
  const expected = [];
  for (const args of runs) expected.push(await outcome(args));
  const all = [...changes, ...setters(['0', '1', '5', 'toJSON'])];
  let tried = 0;
  let same = 0;
  const wrong = [];
  for (let i = 0; i < all.length; i++) {
    const undo = make(all[i]);
    if (undo === null) continue;
    const outcomes = { __proto__: null };
    for (let k = 0; k < runs.length; k++) outcomes[k] = await outcome(runs[k]);
    undo();
    tried++;
    for (let k = 0; k < runs.length; k++) {
      if (outcomes[k] === expected[k]) same++;
      else if (!outcomes[k].startsWith('error '))
        wrong.push(`${all[i][0]}, ${runs[k].length} arguments: ${outcomes[k]}`);
    }
  }
  log(stringify({ expected, tried, same, wrong }));
}

void main();
