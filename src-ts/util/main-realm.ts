/** Whether this runs in the process's (or worker's) own realm, and not in a context of node:vm, as test runners make. */

/** Node's own functions are of that realm; this one nobody replaces. */
export const inMainRealm = (): boolean => Object.getPrototypeOf(process.abort) === Function.prototype;
