/**
 * The compiler's stack does not depend on its input: programs make expressions, blocks and conditions tens of thousands
 * deep. What calls itself is found in the sources, and every such function is listed here with what bounds it.
 */
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compileSync } from '../../src-ts/aot/compile.js';
import { functionModule, sleb } from '../support/wasm-build.js';

/** Functions of a cycle, and why the cycle ends. */
const BOUNDED: readonly [functions: string, bound: string][] = [
  ['addTests', 'conditions that become branches of their own (MAX_TESTS)'],
  ['isBoolean', 'a constant depth'],
  ['move', 'a constant depth'],
  ['place', 'the depth that `move` marks'],
  ['arm byOperation combine compare decide maxOfParam rangeOf', 'a constant depth'],
  ['bytesOf or', 'a constant depth'],
  ['collect', 'a constant depth of an address'],
  ['collect', 'additions of one loop (MAX_BODY)'],
  ['collect', 'values of one loop (MAX_VALUES)'],
  ['copyBefore', 'the depth that `isKnownBefore` allows'],
  ['data findCopy findData findEarlier findMask findSelect findShift mask', 'a constant depth'],
  ['fixedValue', 'the depth that `isFixed` allows'],
  ['isFixed', 'a constant depth'],
  ['isKnownBefore', 'a constant depth'],
  ['leadsTo', 'a constant depth'],
  ['loadBelow', 'a constant depth'],
  ['noteFixed', 'the depth that `isFixed` allows'],
  ['stepOf', 'a constant depth'],
  [
    'binary compareUpperHalf shiftedBack shiftedTwice unary upperHalf withConstant32 withConstant64',
    'each step makes the operation simpler; operands are in canonical form already',
  ],
  ['dotOfHalves signedDot strict vectorOperation', 'what a relaxed operator is made of is strict'],
  ['growth', 'a constant number of operations (MAX_VISITS)'],
  ['isNibbles', 'a constant depth'],
  ['trailingZeros', 'a constant depth'],
  ['stepsOverLines', 'a constant depth'],
  ['iterations', 'each step makes the comparison simpler'],
  ['keep', 'inlined bodies in one another'],
  ['load requireHere', 'bundles that load one another'],
  ['(anonymous) end onAbort onEnd run', 'the compile service: callbacks of one compilation, the next one waiting'],
];

/** Folders whose code runs over modules. */
const FOLDERS = ['wasm', 'ir', 'opt', 'codegen', 'x64', 'arm64', 'abi', 'aot', 'profile', 'util'];

type Func = ts.FunctionLikeDeclaration;

function isFunction(n: ts.Node): n is Func {
  return ts.isFunctionLike(n) && 'body' in n && n.body !== undefined;
}

/** Names of the functions of every cycle in the graph of who mentions whom, sorted. */
function cycles(): string[] {
  const root = path.join(import.meta.dirname, '..', '..');
  const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config as object;
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const isOurs = (file: string): boolean => FOLDERS.some((f) => file.includes(`/src-ts/${f}/`));
  const program = ts.createProgram(fileNames.filter(isOurs), options);
  const checker = program.getTypeChecker();
  const mentions = new Map<Func, Set<Func>>();

  const declared = (name: ts.Node): Func[] => {
    let symbol = checker.getSymbolAtLocation(name);
    if (symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol);
    return (symbol?.declarations ?? []).flatMap((d) => {
      if (isFunction(d)) return [d];
      const value = ts.isVariableDeclaration(d) || ts.isPropertyAssignment(d) ? d.initializer : undefined;
      return value !== undefined && isFunction(value) ? [value] : [];
    });
  };
  const visit = (node: ts.Node, inside: Func | null): void => {
    if (isFunction(node)) {
      mentions.set(node, mentions.get(node) ?? new Set());
      if (inside !== null) mentions.get(inside)!.add(node);
      inside = node;
    } else if (
      ts.isIdentifier(node) &&
      inside !== null &&
      !('name' in node.parent && node.parent.name === node && !ts.isPropertyAccessExpression(node.parent))
    ) {
      for (const f of declared(node)) mentions.get(inside)!.add(f);
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  for (const file of program.getSourceFiles()) if (isOurs(file.fileName)) visit(file, null);
  return components(mentions).map((c) =>
    c
      .map((f) => (f.name ?? (f.parent as { name?: ts.Node }).name)?.getText() ?? '(anonymous)')
      .filter((name, i, all) => all.indexOf(name) === i)
      .sort()
      .join(' '),
  );
}

/** Strongly connected components that have an edge inside (Tarjan 1972). */
function components<T>(edges: Map<T, Set<T>>): T[][] {
  const out: T[][] = [];
  const number = new Map<T, number>();
  const low = new Map<T, number>();
  const stack: T[] = [];
  const open = new Set<T>();
  const visit = (v: T): void => {
    number.set(v, number.size);
    low.set(v, number.get(v)!);
    stack.push(v);
    open.add(v);
    for (const w of edges.get(v) ?? []) {
      if (!number.has(w)) visit(w);
      if (open.has(w)) low.set(v, Math.min(low.get(v)!, low.get(w)!));
    }
    if (low.get(v) !== number.get(v)) return;
    const found = stack.splice(stack.indexOf(v));
    for (const w of found) open.delete(w);
    if (found.length > 1 || edges.get(v)?.has(v) === true) out.push(found);
  };
  for (const v of edges.keys()) if (!number.has(v)) visit(v);
  return out;
}

const I32 = 0x7f;
const GET = [0x20, 0];
const N = 30_000;

/** n times an operation on what the steps before it left, or n operands and then n operations. */
const leftDeep = (step: number[]): number[] => [...GET, ...Array.from({ length: N }, () => step).flat()];
const rightDeep = (operand: number[], op: number[]): number[] => [
  ...Array.from({ length: N }, () => operand).flat(),
  ...GET,
  ...Array.from({ length: N }, () => op).flat(),
];
/** local.get 0, a constant, i32.ne */
const comparison = (i: number): number[] => [...GET, 0x41, ...sleb(BigInt(i)), 0x47];
const branchOn = (condition: number[]): number[] => [...condition, 0x04, I32, 0x41, 1, 0x05, 0x41, 2, 0x0b];
const conditions = Array.from({ length: N }, (_, i) => comparison(i));

const DEEP: [string, number[]][] = [
  ['comparisons joined by and', branchOn([...comparison(N), ...conditions.flatMap((c) => [...c, 0x71])])],
  ['comparisons joined by or', branchOn([...comparison(N), ...conditions.flatMap((c) => [...c, 0x72])])],
  [
    'comparisons joined by and, or, to the right',
    branchOn([...conditions.flat(), ...comparison(N), ...conditions.flatMap((_, i) => [0x71 + (i & 1)])]),
  ],
  ['conditions joined by select', branchOn([...comparison(N), ...conditions.flatMap((c) => [...c, ...GET, 0x1b])])],
  ['a condition negated', branchOn(leftDeep([0x45]))],
  ['additions', leftDeep([...GET, 0x6a])],
  ['additions of constants', leftDeep([0x41, 3, 0x6a])],
  ['shifts and masks', leftDeep([0x41, 8, 0x74, 0x41, 0xff, 0x01, 0x71])],
  ['ors of shifted bytes', leftDeep([0x41, 8, 0x74, ...GET, 0x72])],
  ['64-bit and back', leftDeep([0xad, 0x42, 32, 0x88, 0xa7])],
  ['subtractions to the right', rightDeep(GET, [0x6b])],
  ['divisions to the right', rightDeep([0x41, 3], [0x6e])],
  ['loads of loaded addresses', leftDeep([0x28, 2, 0])],
  [
    'nested ifs',
    [...Array.from({ length: N }, () => [...GET, 0x04, 0x40]).flat(), ...Array.from({ length: N }, () => 0x0b), ...GET],
  ],
];

describe('no recursion over the input', () => {
  it('has no function in a cycle that is not bounded', () => {
    expect(cycles().sort()).toEqual(BOUNDED.map(([functions]) => functions).sort());
  }, 60_000);

  it.each(DEEP)(
    `compiles ${N} %s`,
    (_, code) => {
      const memory = Uint8Array.of(5, 3, 1, 0, 1);
      const body = [0, ...code, 0x0b];
      const bytes = functionModule([I32], [I32], body, { beforeCode: [memory] });
      expect(compileSync(bytes, { verify: true }).length).toBeGreaterThan(0);
    },
    120_000,
  );
});
