/**
 * Which class the objects of a type are of. The translated part of the program makes objects of one class only of each
 * hierarchy and of each interface, so what a method call runs is known when it is translated.
 */
import ts from 'typescript';
import { isStatic, Unsupported } from './model.mjs';

export class Classes {
  /** By class or interface: classes that name it as what they extend or implement. */
  heirs = new Map();
  bases = new Map();
  /** By interface: constants of it that are object literals. */
  constants = new Map();

  constructor(sources, model) {
    this.model = model;
    for (const file of sources) {
      if (file.isDeclarationFile) continue;
      for (const node of file.statements) {
        if (ts.isClassDeclaration(node)) this.addClass(node, model);
        if (ts.isVariableStatement(node)) node.declarationList.declarations.forEach((d) => this.addConstant(d, model));
      }
    }
  }

  addClass(node, model) {
    for (const clause of node.heritageClauses ?? [])
      for (const type of clause.types) {
        const of = model.declarationOf(type.expression, true);
        if (of === undefined) continue;
        if (clause.token === ts.SyntaxKind.ExtendsKeyword) this.bases.set(node, of);
        listOf(this.heirs, of).push(node);
      }
  }

  addConstant(declaration, model) {
    const { type, initializer } = declaration;
    if (!type || !ts.isTypeReferenceNode(type) || !initializer || !ts.isObjectLiteralExpression(initializer)) return;
    const of = model.declarationOf(type.typeName, true);
    if (of && ts.isInterfaceDeclaration(of)) listOf(this.constants, of).push(initializer);
  }

  baseOf(node) {
    return this.bases.get(node);
  }

  /** The class of the objects of a class or interface; undefined for an interface without one. */
  of(declaration) {
    if (!declaration) return undefined;
    const last = new Set();
    const visit = (node) => {
      const heirs = this.heirs.get(node) ?? [];
      if (heirs.length === 0 && ts.isClassDeclaration(node)) last.add(node);
      heirs.forEach(visit);
    };
    visit(declaration);
    if (last.size > 1)
      throw new Unsupported(
        declaration,
        `objects of ${last.size} classes (${[...last].map((c) => c.name.text).join(', ')})`,
      );
    return [...last][0];
  }

  /** What a call of a method, declared here for a class or interface, runs. */
  method(declaration, call) {
    const name = declaration.name.text;
    if (call.expression.expression.kind === ts.SyntaxKind.SuperKeyword) return declaration;
    const constants = this.constants.get(declaration.parent);
    if (constants !== undefined) return this.ofConstant(constants, name, call);
    for (let node = this.of(declaration.parent); node !== undefined; node = this.baseOf(node)) {
      const found = node.members.find((m) => m.name?.text === name && m.body !== undefined && !isStatic(m));
      if (found !== undefined) return found;
    }
    throw new Unsupported(call, 'method without a class');
  }

  ofConstant(constants, name, call) {
    const found = constants.length === 1 && constants[0].properties.find((p) => p.name?.text === name);
    if (!found) throw new Unsupported(call, `${constants.length} constants have it`);
    if (ts.isMethodDeclaration(found)) return found;
    const { initializer } = found;
    return ts.isIdentifier(initializer) ? this.model.declarationOf(initializer) : initializer;
  }
}

function listOf(map, key) {
  if (!map.has(key)) map.set(key, []);
  return map.get(key);
}
