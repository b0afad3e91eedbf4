/** Whether this runs in the process's (or worker's) own realm, and not in a context of node:vm, as test runners make. */
import { existsSync } from 'node:fs';

/** Node's own functions are of that realm. */
export const inMainRealm = (): boolean => Object.getPrototypeOf(existsSync) === Function.prototype;
