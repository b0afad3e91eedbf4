/**
 * Rules about the compiler's structure, read from its sources: state belongs to a compilation (no module keeps any), and
 * folders import downwards only.
 */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCES = path.join(import.meta.dirname, '..', '..', 'src-ts');
/** Programs, not modules: what they keep is the state of their thread. */
const PROGRAMS = ['aot/worker.ts'];
/** State of the process, not of a compilation: file → names. */
const OF_THE_PROCESS: Record<string, string[]> = {
  'aot/ahead.ts': ['loaded'],
  'aot/cache.ts': ['stamp'],
  'aot/service.ts': ['service'],
};

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(path.join(SOURCES, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, fs.readFileSync(path.join(SOURCES, file), 'utf8'), ts.ScriptTarget.Latest, true);

const ASSIGNMENTS = new Set<ts.SyntaxKind>(
  [...Array(ts.SyntaxKind.LastAssignment - ts.SyntaxKind.FirstAssignment + 1).keys()].map(
    (k) => k + ts.SyntaxKind.FirstAssignment,
  ),
);
/** Methods that change an array, typed array, vector, map or set. */
const CHANGES = new Set([
  'push',
  'pop',
  'fill',
  'set',
  'add',
  'delete',
  'clear',
  'splice',
  'sort',
  'copyWithin',
  'reserve',
  'toArray',
  'shift',
  'unshift',
]);

/** The variable at the root of `a.b[c].d`. */
function rootOf(node: ts.Expression): string | null {
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node.text : null;
}

/** Name of the function that a statement declares: `function f` or `const f = () =>`. */
function functionName(node: ts.Node): string | null {
  if (ts.isFunctionDeclaration(node)) return node.name!.text;
  if (!ts.isVariableStatement(node)) return null;
  const { name, initializer } = node.declarationList.declarations[0];
  return initializer !== undefined && ts.isArrowFunction(initializer) ? name.getText() : null;
}

/** Functions that only top-level code of the module calls: they make its tables when it is loaded. */
function loadersOf(source: ts.SourceFile): Set<string> {
  const loaders = new Set<string>();
  for (const s of source.statements) {
    const name = functionName(s);
    if (name !== null && (s as ts.FunctionDeclaration).modifiers === undefined) loaders.add(name);
  }
  const visit = (node: ts.Node, caller: string | null): void => {
    // What a loader calls may be a loader too.
    if (ts.isIdentifier(node) && caller !== null && !loaders.has(caller)) loaders.delete(node.text);
    const inner = caller ?? functionName(node) ?? (ts.isFunctionLike(node) ? '' : null);
    const own = ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node) ? node.name : null;
    ts.forEachChild(node, (child) => {
      if (child !== own) visit(child, inner);
    });
  };
  for (let before = -1; before !== loaders.size;) {
    before = loaders.size;
    visit(source, null);
  }
  return loaders;
}

/** Module-level variables that functions of the module change. */
function stateOf(source: ts.SourceFile): string[] {
  const state = new Set<string>();
  const loaders = loadersOf(source);
  const constants = new Set<string>();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name)) continue;
      if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) state.add(name.text);
      else constants.add(name.text);
    }
  }
  const visit = (node: ts.Node, shadowed: ReadonlySet<string>): void => {
    if (loaders.has(functionName(node) ?? '')) return;
    if (ts.isFunctionLike(node)) {
      const own = new Set(shadowed);
      const collect = (n: ts.Node): void => {
        if ((ts.isVariableDeclaration(n) || ts.isParameter(n) || ts.isBindingElement(n)) && ts.isIdentifier(n.name))
          own.add(n.name.text);
        ts.forEachChild(n, collect);
      };
      collect(node);
      ts.forEachChild(node, (child) => inFunction(child, own));
      return;
    }
    ts.forEachChild(node, (child) => visit(child, shadowed));
  };
  const inFunction = (node: ts.Node, shadowed: ReadonlySet<string>): void => {
    let changed: ts.Expression | null = null;
    if (ts.isBinaryExpression(node) && ASSIGNMENTS.has(node.operatorToken.kind)) changed = node.left;
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        changed = node.operand;
    } else if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      CHANGES.has(node.expression.name.text)
    )
      changed = node.expression.expression;
    const root = changed === null ? null : rootOf(changed);
    if (root !== null && constants.has(root) && !shadowed.has(root)) state.add(root);
    visitOrIn(node, shadowed);
  };
  const visitOrIn = (node: ts.Node, shadowed: ReadonlySet<string>): void =>
    ts.isFunctionLike(node)
      ? visit(node, shadowed)
      : ts.forEachChild(node, (child) =>
          ts.isFunctionLike(child) ? visit(child, shadowed) : inFunction(child, shadowed),
        );
  // What stands at the top, in blocks too, happens when the module is loaded.
  for (const statement of source.statements) if (!ts.isBlock(statement)) visit(statement, new Set());
  return [...state];
}

describe('state belongs to a compilation', () => {
  it('the check finds variables, arrays and objects that functions change, and no others', () => {
    const source = (text: string): ts.SourceFile => ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true);
    expect(stateOf(source('let a = 0;'))).toEqual(['a']);
    expect(stateOf(source('const a = [0]; function f() { a[0] = 1; } export const g = () => f();'))).toEqual(['a']);
    expect(stateOf(source('const a = new IntVec(); export const f = () => { a.push(1); };'))).toEqual(['a']);
    expect(stateOf(source('const a = { b: 0 }; class C { m() { a.b++; } }'))).toEqual(['a']);
    expect(stateOf(source('const a = new Uint8Array(9); for (let i = 0; i < 9; i++) a[i] = i;'))).toEqual([]);
    expect(stateOf(source('const a = [0]; function f() { a[0] = 1; } f();'))).toEqual([]);
    expect(stateOf(source('const a = [0]; export function f() { a[0] = 1; } f();'))).toEqual(['a']);
    expect(stateOf(source('const a = [0]; function f(a: number[]) { a[0] = 1; }'))).toEqual([]);
  });

  it.each(['wasm', 'ir', 'opt', 'codegen', 'x64', 'arm64', 'ahead', 'aot'])('in %s/', (folder) => {
    const found: string[] = [];
    for (const file of filesBelow(folder)) {
      if (PROGRAMS.includes(file)) continue;
      const names = stateOf(parse(file)).filter((name) => !(OF_THE_PROCESS[file] ?? []).includes(name));
      if (names.length > 0) found.push(`${file}: ${names.join(', ')}`);
    }
    expect(found).toEqual([]);
  });
});

describe('imports', () => {
  /** Files that a file imports, for types too. */
  const importsOf = (file: string): string[] =>
    parse(file).statements.flatMap((s) => {
      const from = (ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) && s.moduleSpecifier;
      if (!from || !ts.isStringLiteral(from) || !from.text.startsWith('.')) return [];
      return [path.posix.join(path.posix.dirname(file), from.text.replace(/\.js$/, '.ts'))];
    });
  const files = fs
    .readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const graph = new Map(files.map((file) => [file, importsOf(file)]));

  /** What a folder may import beside itself. The floor of all machines knows none of them. */
  const BELOW: Record<string, string[]> = {
    util: ['options.ts'],
    wasm: ['util', 'errors.ts'],
    ir: ['abi', 'util', 'wasm', 'profile', 'errors.ts'],
    opt: ['ir', 'util', 'wasm'],
    codegen: ['opt', 'ir', 'abi', 'util', 'wasm'],
    ahead: ['codegen', 'opt', 'ir', 'wasm', 'util'],
    x64: ['codegen', 'opt', 'ir', 'abi', 'util', 'wasm'],
    arm64: ['codegen', 'opt', 'ir', 'abi', 'util', 'wasm'],
  };
  it.each(Object.keys(BELOW))('%s/ imports downwards only', (folder) => {
    const found: string[] = [];
    for (const [file, imports] of graph)
      if (file.startsWith(`${folder}/`))
        for (const to of imports)
          if (![folder, ...BELOW[folder]].includes(to.split('/')[0])) found.push(`${file} → ${to}`);
    expect(found).toEqual([]);
  });

  it.each(['x64', 'arm64'])('of a machine are in the three files that choose one: %s', (machine) => {
    const choosers: Record<string, string[]> = {
      'aot/targets.ts': [`${machine}/features.ts`],
      'aot/machines.ts': [`${machine}/machine.ts`],
      'aot/disassembly.ts': [`${machine}/asm/disasm.ts`],
    };
    const found = [...graph].filter(([file]) => !file.startsWith(`${machine}/`));
    expect(
      Object.fromEntries(
        found
          .map(([file, imports]) => [file, imports.filter((to) => to.startsWith(`${machine}/`))] as const)
          .filter(([, imports]) => imports.length > 0),
      ),
    ).toEqual(choosers);
  });

  /** The circles of a graph: sets of files that import each other, directly or by others. */
  function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
    const number = new Map<string, number>();
    const lowest = new Map<string, number>();
    const open: string[] = [];
    const circles: string[][] = [];
    const visit = (file: string): void => {
      number.set(file, number.size);
      lowest.set(file, number.get(file)!);
      open.push(file);
      for (const to of imports.get(file) ?? []) {
        if (!imports.has(to)) continue;
        if (!number.has(to)) visit(to);
        if (open.includes(to)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(to)!));
      }
      if (lowest.get(file) !== number.get(file)) return;
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    };
    for (const file of imports.keys()) if (!number.has(file)) visit(file);
    return circles;
  }

  it('make no circles, for types neither', () => {
    const a = new Map([
      ['x', ['y']],
      ['y', ['z']],
      ['z', ['x', 'w']],
      ['w', []],
    ]);
    expect(circlesOf(a)).toEqual([['x', 'y', 'z']]);
    expect(circlesOf(graph)).toEqual([]);
  });

  /** Headers that only say what objects are, which everything works on; others say what a file does. */
  const OBJECTS = ['env', 'stack', 'instance', 'promising', 'exception-table'];

  it('of native/ make no circles: of headers, and of files with what they do', () => {
    const folder = path.join(SOURCES, '..', 'native');
    const headers = new Map<string, string[]>();
    const modules = new Map<string, string[]>();
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(cc|h)$/.test(name)) continue;
      const text = fs.readFileSync(path.join(folder, name), 'utf8');
      const included = [...text.matchAll(/^#include "(.*)"/gm)].map((m) =>
        path.posix.join(path.posix.dirname(name), m[1]),
      );
      if (name.endsWith('.h')) headers.set(name, included);
      const own = name.replace(/\.\w+$/, '');
      const others = included
        .map((file) => file.replace(/\.h$/, ''))
        .filter((to) => to !== own && !OBJECTS.includes(to));
      modules.set(own, [...(modules.get(own) ?? []), ...others]);
    }
    expect(modules.size).toBeGreaterThan(30);
    expect(circlesOf(headers)).toEqual([]);
    expect(circlesOf(modules)).toEqual([]);
  });

  it('of native/ that assembly calls have the calling convention of generated code', () => {
    const folder = path.join(SOURCES, '..', 'native');
    const found = fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.cc') || name === 'thunks.h')
      .flatMap(
        (name) =>
          fs.readFileSync(path.join(folder, name), 'utf8').match(/^.*\bwn_(helper|raise)_\w+\([^;]*[{,]$/gm) ?? [],
      );
    expect(found.length).toBeGreaterThan(20);
    const calls = (line: string): boolean => /^\s|\breturn\b/.test(line);
    // Definitions in trap.cc follow the declarations of thunks.h.
    expect(found.filter((line) => !calls(line) && !/^WN_GENERATED |^(wn::)?Activation\* /.test(line))).toEqual([]);
  });
});

describe('sizes', () => {
  /** Lines of a file, and of a function. */
  const MAX_FILE = 600;
  const MAX_FUNCTION = 120;
  /** What is longer, with the reason. */
  const LONG: Record<string, string> = {
    'ir/ops.ts': 'one list of all operations',
    'ir/lower.ts: lowerOperator': 'the dispatch: a line or two for each operator',
    'ir/verify.ts: checkValue': 'a switch with a few lines for each operation',
    'wasm/validate.ts: body': 'the loop over the operators of a body',
    'codegen/select/dispatch.ts: lower': 'the dispatch: a line for each operation',
    'x64/emit/int.ts: emitInt': 'a switch with a line for each operation',
    'x64/select/simd.ts: lowerSequence': 'a switch with a few lines for each operation',
  };

  it(`files have at most ${MAX_FILE} lines, functions ${MAX_FUNCTION}`, () => {
    const found: string[] = [];
    for (const file of fs.readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const source = parse(file);
      const line = (at: number): number => source.getLineAndCharacterOfPosition(at).line;
      if (line(source.end) > MAX_FILE) found.push(file);
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node) && line(node.end) - line(node.getStart()) >= MAX_FUNCTION)
          found.push(`${file}: ${node.name?.getText() ?? ''}`);
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
    expect(found.filter((name) => !(name in LONG))).toEqual([]);
    expect(Object.keys(LONG).filter((name) => !found.includes(name))).toEqual([]);
  });
});
