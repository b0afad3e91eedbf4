/**
 * Which parts of the compiler are translated: SSA construction; each row of the table of passes, what is known of the
 * control flow, the order of blocks; selection; each step of the register allocator's table and what stands between
 * them; emission. Selection and emission are the machine's.
 */
import path from 'node:path';
import ts from 'typescript';
import { parse, translate } from './translate.mjs';

const BUILDER = 'src-ts/ir/builder.ts';
const PASSES = 'src-ts/opt/passes.ts';
const CFG = 'src-ts/opt/cfg.ts';
const LAYOUT = 'src-ts/opt/layout.ts';
const SELECTION = 'src-ts/codegen/selection.ts';
const BOUNDS = 'src-ts/codegen/merge-bounds.ts';
const PRESERVED = 'src-ts/codegen/preserved.ts';
const ALLOCATOR = 'src-ts/codegen/regalloc/index.ts';

/** The machines that code is generated for, by their folders: a module for each. */
export const MACHINES = ['x64', 'arm64'];

/** Returns what gives the bytes of the module for a machine (`options` as for `translate`): all machines share a program. */
export function openParts(root) {
  const folder = (machine) => path.join(root, 'src-ts', machine);
  const shared = [BUILDER, PASSES, CFG, LAYOUT, SELECTION, BOUNDS, PRESERVED, ALLOCATOR].map((file) =>
    path.join(root, file),
  );
  const own = (machine) =>
    ['select/select.ts', 'emit/emit.ts', 'asm/branches.ts'].map((file) => path.join(folder(machine), file));
  const program = parse(root, [...shared, ...MACHINES.flatMap(own)]);
  return (machine, options) => {
    const others = MACHINES.filter((other) => other !== machine).map(folder);
    const isPart = (file) => !others.some((other) => path.normalize(file).startsWith(other + path.sep));
    return translate(root, program, [...shared, ...own(machine)], isPart, entries, options);
  };
}

/** The entries of a machine's module, in the sources that `openParts` lists. */
function entries(
  [builder, passes, cfg, layout, selection, bounds, preserved, allocator, selector, emitter, buffer],
  checker,
) {
  return {
    createBuilder: named(builder, checker, 'FuncBuilder'),
    attempt: member(named(builder, checker, 'FuncBuilder'), 'attempt'),
    createPasses: named(passes, checker, 'TranslatedPasses'),
    ...runsOf(named(passes, checker, 'PASSES').initializer.expression.expression),
    createAnalysis: named(cfg, checker, 'CfgAnalysis'),
    analyse: member(named(cfg, checker, 'CfgAnalysis'), 'run'),
    createBlockOrder: named(layout, checker, 'BlockOrder'),
    orderBlocks: member(named(layout, checker, 'BlockOrder'), 'run'),
    createSelection: named(selector, checker, 'InstructionSelection'),
    select: member(named(selection, checker, 'Selection'), 'run'),
    ...entriesOf(named(bounds, checker, 'MergeBounds'), 'createMergeBounds', 'mergeBounds', 'run'),
    ...entriesOf(named(preserved, checker, 'MissingCallees'), 'createMissingCallees', 'findMissingCallees', 'find'),
    ...entriesOf(named(preserved, checker, 'Preserved'), 'createPreserved', 'notePreserved', 'run'),
    ...allocatorEntries(allocator, checker),
    createEmitter: named(emitter, checker, 'FunctionEmitter'),
    emit: member(named(emitter, checker, 'FunctionEmitter'), 'run'),
    stackBytes: member(named(emitter, checker, 'FunctionEmission'), 'stackBytes'),
    relax: member(named(buffer, checker, 'BranchBuffer'), 'relax'),
  };
}

/** What the rows of a table of steps run, by their names; of rows that are not translated what they ask. */
function runsOf(table) {
  const property = (object, name) => object.properties.find((p) => p.name.text === name)?.initializer;
  return Object.fromEntries(
    table.elements.map((row) => [property(row, 'name').text, property(row, 'wants') ?? property(row, 'run')]),
  );
}

function allocatorEntries(source, checker) {
  return {
    create: named(source, checker, 'Allocator'),
    begin: member(named(source, checker, 'State'), 'begin'),
    fits: initializerOf(named(source, checker, 'fits')),
    answer: member(named(source, checker, 'AnswerInPlace'), 'take'),
    ...runsOf(named(source, checker, 'ALLOCATION_STEPS').initializer),
  };
}

/** The declaration of a name that a source exports or imports. */
function named(source, checker, name) {
  const symbol = [
    ...checker.getExportsOfModule(checker.getSymbolAtLocation(source)),
    ...checker.getSymbolsInScope(source, ts.SymbolFlags.Value | ts.SymbolFlags.Alias),
  ].find((s) => s.name === name);
  return (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).valueDeclaration;
}

/** A class by what makes an object of it and one of its methods. */
const entriesOf = (node, create, run, name) => ({ [create]: node, [run]: member(node, name) });
const member = (node, name) => node.members.find((m) => m.name?.text === name);
const initializerOf = (node) => (ts.isVariableDeclaration(node) ? node.initializer : node);
