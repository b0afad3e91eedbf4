/** Whether this runs in the process's (or worker's) own realm, and not in a context of node:vm, as test runners make. */
import type * as vm from 'node:vm';
import { builtin } from './builtin.js';

export const inMainRealm = (): boolean =>
  builtin<typeof vm>('node:vm').runInThisContext('globalThis') === (globalThis as unknown);
