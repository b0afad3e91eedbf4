/**
 * Linux with musl (Alpine), on this machine and on arm64 by emulation: what the addon does there is what it does here.
 * Left out, loudly, where there is no musl to be had.
 */
import { describe, it } from 'vitest';
import { expectSameBehaviour } from '../arm64/compare.js';
import { runOn } from '../support/arm64.js';
import { muslSystem } from '../support/musl.js';

describe.each(['x64', 'arm64'] as const)('musl on %s', (machine) => {
  const system = muslSystem(machine);
  if (typeof system === 'string') console.warn(`musl on ${machine} is not tested: ${system}`);

  it.skipIf(typeof system === 'string')('calls, traps, host functions, exceptions and interruption', async () => {
    if (typeof system !== 'string')
      await expectSameBehaviour((source, args) => runOn(system, source, args, { timeoutMs: 300_000 }));
  });
});
