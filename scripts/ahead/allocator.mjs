/** What of the register allocator is translated: each step of its table, and what stands between them. */
import path from 'node:path';
import ts from 'typescript';
import { translate } from './translate.mjs';

export function translateAllocator(root, options) {
  const file = path.join(root, 'src-ts/codegen/regalloc/index.ts');
  return translate(root, file, entriesOf, options);
}

function entriesOf(source, checker) {
  const entries = {};
  const named = (node, name) => {
    const symbol = checker
      .getSymbolsInScope(node, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)
      .find((s) => s.name === name);
    return (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).valueDeclaration;
  };
  const property = (object, name) => object.properties.find((p) => p.name.text === name)?.initializer;
  for (const statement of source.statements) {
    if (ts.isClassDeclaration(statement) && statement.name.text === 'Allocator') entries.create = statement;
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (name.text === 'ALLOCATION_STEPS')
        for (const row of initializer.elements) entries[property(row, 'name').text] = property(row, 'run');
  }
  const state = named(source, 'State');
  entries.begin = state.members.find((m) => m.name?.text === 'begin');
  entries.fits = initializerOf(named(source, 'fits'));
  return entries;
}

const initializerOf = (node) => (ts.isVariableDeclaration(node) ? node.initializer : node);
