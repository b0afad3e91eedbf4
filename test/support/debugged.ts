/**
 * The program, in C, that tests of debuggers stop in: `middle` keeps what it needs behind its call in registers that it
 * saves, `leaf` calls JavaScript.
 */
export const DEBUGGED = `__attribute__((import_module("env"), import_name("host"))) int host(int);
__attribute__((noinline)) int leaf(int x) { return host(x) + 1; }
__attribute__((noinline)) int middle(int x, int y) {
  int a = leaf(x) * y;
  return a + x;
}
__attribute__((export_name("work"))) int work(int n) { int s = 0; for (int i = 0; i < n; i++) s += middle(i, n); return s; }
`;
