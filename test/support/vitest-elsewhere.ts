/**
 * Stands in for `vitest` where its processes cannot run: tests as they are, in one program (windows.ts). What they report
 * is a line for each (outside.ts).
 */
import {
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
  ASYMMETRIC_MATCHERS_OBJECT,
} from '@vitest/expect';
import { startTests, type File, type Task, type VitestRunner } from '@vitest/runner';
import * as chai from 'chai';
import { OUTCOME } from './outside.js';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin as never);

const globals = globalThis as any;
export const expect: any = (value: unknown, message?: string) => chai.expect(value, message);
Object.assign(expect, chai.expect, globals[ASYMMETRIC_MATCHERS_OBJECT]);
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null } as never, expect);

const fullName = ({ name, suite }: Task): string => (suite === undefined ? name : `${fullName(suite)} > ${name}`);

/** Outcomes of the tests that `load` declares. */
export async function report(load: () => Promise<unknown>): Promise<void> {
  const runner = {
    config: {
      root: '/',
      name: '',
      setupFiles: [],
      testTimeout: 600_000,
      hookTimeout: 600_000,
      maxConcurrency: 1,
      sequence: { seed: 1, hooks: 'stack', setupFiles: 'list', concurrent: false, shuffle: false },
      tags: [],
      retry: 0,
      passWithNoTests: true,
      allowOnly: true,
      includeTaskLocation: false,
      diffOptions: {},
    },
    // Of a process that does not end, the last line tells where.
    onBeforeRunTask: (test: Task) => console.log(`begins: ${fullName(test)}`),
    importFile: async (_: string, source: string) => {
      if (source === 'collect') await load();
    },
  } as unknown as VitestRunner;
  const files: File[] = await startTests([{ filepath: '/tests', testLocations: undefined } as never], runner);
  const tell = (task: Task): void => {
    if ('tasks' in task) return task.tasks.forEach(tell);
    const { state, errors } = task.result ?? { state: 'skip' as const, errors: [] };
    console.log(OUTCOME + JSON.stringify({ name: fullName(task), state, errors: errors?.map((e) => e.message) }));
  };
  for (const file of files) {
    tell(file);
    for (const e of file.result?.errors ?? [])
      console.log(OUTCOME + JSON.stringify({ name: 'file', state: 'fail', errors: [e.message] }));
  }
}
