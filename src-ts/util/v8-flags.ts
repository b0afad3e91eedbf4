/** Flags of V8 that not every version knows. One that does not says so on standard error, and leaves out those behind it. */

const NODE = Number(process.versions.node.split('.')[0]);

/** How soon functions are optimised. V8 has not known it since Node 22. */
export const interruptBudget = (bytes: number): string[] => (NODE < 22 ? [`--interrupt-budget=${bytes}`] : []);
/** What V8 comes with differs. */
export const maglev = (): string[] => (NODE >= 24 ? ['--maglev'] : []);
