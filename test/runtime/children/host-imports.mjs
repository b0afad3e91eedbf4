/** Import object of the worker instance in interrupt.test.ts. */
export const imports = ({ base }) => ({
  host: {
    add: (x) => x + base,
    fail: () => {
      throw new RangeError('from the host');
    },
    spin: (ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    },
  },
});
