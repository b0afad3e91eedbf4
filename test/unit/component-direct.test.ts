/** Short cuts around jco's glue: taken only for what really is the host's function. */
import { expect, it } from 'vitest';
import { DirectCalls } from '../../src-ts/component/direct.js';

const CLOCK = 'wasi:clocks/monotonic-clock';

/** A glue that lowers `now` by `lower` and counts its calls. */
function glue(lower: (now: () => bigint) => bigint) {
  let time = 100n;
  const host = { now: () => time++, other: () => 0n };
  const direct = new DirectCalls({ [CLOCK]: host, [`${CLOCK}@0.2.3`]: host, 'wasi:x/y': { z: 1 } });
  const { now } = direct.imports[CLOCK] as typeof host;
  const count = { calls: 0 };
  const core = {
    [`${CLOCK}@0.2.3`]: { now: () => (count.calls++, lower(now)), 'subscribe-instant': 5 },
    env: { f: 1 },
  };
  const imports = direct.shorten(core) as Record<string, Record<string, any>>;
  return { now: imports[`${CLOCK}@0.2.3`].now as () => bigint, imports, count, direct };
}

it('calls the host directly once the glue was seen to pass it on', () => {
  const { now, count, imports, direct } = glue((host) => host());
  expect([now(), now(), now()]).toEqual([100n, 101n, 102n]);
  expect(count.calls).toBe(1);
  expect(imports.env).toEqual({ f: 1 });
  expect(imports[`${CLOCK}@0.2.3`]['subscribe-instant']).toBe(5);
  expect((direct.imports[CLOCK] as { other: () => bigint }).other()).toBe(0n);
});

it.each<[string, (host: () => bigint) => bigint]>([
  ['never asks the host', () => 7n],
  ['asks it twice', (host) => (host(), host())],
  ['changes its answer', (host) => host() + 1n],
])('leaves a clock of its own alone that %s', (_, lower) => {
  const { now, count } = glue(lower);
  for (let i = 0; i < 3; i++) now();
  expect(count.calls).toBe(3);
});
