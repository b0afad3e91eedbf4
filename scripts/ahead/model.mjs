/**
 * What the translated part of the program consists of: the functions that are reachable from its entries, the types of
 * their values, and which numbers are integers. TypeScript knows one type of number; here a variable, field, parameter
 * or result is an i32 unless something that is no integer is ever assigned to it.
 */
import path from 'node:path';
import ts from 'typescript';
import { Classes } from './classes.mjs';
import { F64, I32 } from './encode.mjs';

/** Arrays: logarithm of an element's bytes, and the instructions that read and write one. */
export const ARRAYS = {
  Int8Array: { shift: 0, load: 'i32_load8_s', store: 'i32_store8' },
  Uint8Array: { shift: 0, load: 'i32_load8_u', store: 'i32_store8' },
  Uint16Array: { shift: 1, load: 'i32_load16_u', store: 'i32_store16' },
  Int32Array: { shift: 2, load: 'i32_load', store: 'i32_store' },
  // Their numbers are floats here.
  Uint32Array: { shift: 2, load: 'i32_load', store: 'i32_store', unsigned: true },
  Float64Array: { shift: 3, load: 'f64_load', store: 'f64_store', float: true },
  // Lists of integers, objects or arrays (addresses), which are made whole.
  List: { shift: 2, load: 'i32_load', store: 'i32_store' },
};

export class Unsupported extends Error {
  constructor(node, why) {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    super(
      `cannot be translated (docs/hacking.md): ${path.basename(file.fileName)}:${line + 1}: ${why}: ${node.getText().slice(0, 80)}`,
    );
  }
}

/** The part of a program that is translated. */
export class Model {
  /** Function-like declarations and classes (for their constructors), in the order in which they were found. */
  units = [];
  /** Slots of numbers that are not integers: symbols, and declarations for their results. */
  floats = new Set();

  /** `sources`: those that may be part; `values`: of the program's constants (constants.mjs). */
  constructor(program, sources, entries, values) {
    this.program = program;
    this.values = values;
    this.checker = program.getTypeChecker();
    this.classes = new Classes(sources, this);
    this.known = new Set();
    for (const entry of entries) this.reach(entry);
    for (let k = 0; k < this.units.length; k++) this.collect(this.units[k]);
    for (let before = -1; before !== this.floats.size;) {
      before = this.floats.size;
      for (const unit of this.units) this.inferUnit(unit);
    }
  }

  reach(unit) {
    if (this.known.has(unit)) return;
    this.known.add(unit);
    this.units.push(unit);
  }

  /** The code of a unit: a function's body, or of a class what makes an object. */
  roots(unit) {
    if (!ts.isClassDeclaration(unit)) return [unit.body];
    const constructor = unit.members.find(ts.isConstructorDeclaration);
    const base = this.classes.baseOf(unit);
    return [...(base ? this.roots(base) : []), ...initialized(unit), ...(constructor?.body ? [constructor.body] : [])];
  }

  /** Of a class those of its constructor, which it may inherit. */
  parameters(unit) {
    if (!ts.isClassDeclaration(unit)) return unit.parameters;
    const constructor = unit.members.find(ts.isConstructorDeclaration);
    if (constructor) return constructor.parameters;
    const base = this.classes.baseOf(unit);
    return base ? this.parameters(base) : [];
  }

  collect(unit) {
    const visit = (node) => {
      if (ts.isThrowStatement(node)) return;
      const callee = this.callee(node);
      if (callee !== undefined) this.reach(callee);
      ts.forEachChild(node, visit);
    };
    for (const root of this.roots(unit)) visit(root);
  }

  /** The unit that a call, a `new` or the reading of an accessor runs; undefined for what is built in and anything else. */
  callee(node) {
    if (ts.isNewExpression(node)) {
      const type = this.checker.getTypeAtLocation(node);
      return ARRAYS[type.symbol?.name] ? undefined : type.symbol.valueDeclaration;
    }
    if (ts.isPropertyAccessExpression(node)) {
      const accessor = this.checker.getSymbolAtLocation(node.name)?.valueDeclaration;
      return accessor && ts.isGetAccessor(accessor) && !isLibrary(accessor) ? accessor : undefined;
    }
    if (!ts.isCallExpression(node) || node.expression.kind === ts.SyntaxKind.SuperKeyword) return undefined;
    let symbol = this.checker.getSymbolAtLocation(
      ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression,
    );
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = this.checker.getAliasedSymbol(symbol);
    const declaration = symbol?.valueDeclaration;
    if (declaration === undefined || isLibrary(declaration)) return undefined;
    if (ts.isVariableDeclaration(declaration)) return declaration.initializer;
    if (ts.isMethodSignature(declaration) || (ts.isMethodDeclaration(declaration) && !isStatic(declaration)))
      return this.classes.method(declaration, node);
    if (declaration.body === undefined) throw new Unsupported(node, 'call of what is no function');
    return declaration;
  }

  // ---------------------------------------------------------------- types

  /** 'number', 'boolean', 'void', the name of a kind of array, or `{ object: name, type }`. */
  kind(node) {
    return this.kindOf(this.checker.getTypeAtLocation(node), node);
  }
  kindOf(given, node) {
    if (given.flags & ts.TypeFlags.TypeParameter && given.isThisType !== true)
      return this.kindOf(this.checker.getBaseConstraintOfType(given) ?? given, node);
    if (given.flags & (ts.TypeFlags.Void | ts.TypeFlags.Never | ts.TypeFlags.Undefined)) return 'void';
    if (given.flags & ts.TypeFlags.Null) return 'null';
    const type = this.checker.getNonNullableType(given);
    if (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.EnumLike)) return 'number';
    if (type.isUnion() && type.types.every((t) => t.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.EnumLike)))
      return 'number';
    // `number || boolean` is a condition.
    const truth = ts.TypeFlags.BooleanLike | ts.TypeFlags.NumberLike;
    if (type.flags & truth || (type.isUnion() && type.types.every((t) => t.flags & truth))) return 'boolean';
    if (this.checker.isArrayType(type)) return 'List';
    const name = type.aliasSymbol?.name ?? type.symbol?.name;
    if (ARRAYS[name]) return name;
    if (name === undefined) throw new Unsupported(node, 'type');
    const made = this.classes.of(type.symbol?.declarations?.[0]);
    const unique = name.startsWith('__') ? `${name}${type.id}` : name;
    return made === undefined
      ? { object: unique, type }
      : { object: made.name.text, type: this.checker.getTypeAtLocation(made) };
  }

  /** The interface that an interface extends. */
  baseInterface(type) {
    const declaration = type.symbol?.declarations?.[0];
    const base = declaration && ts.isInterfaceDeclaration(declaration) && declaration.heritageClauses?.[0].types[0];
    if (!base) return undefined;
    const found = this.checker.getTypeAtLocation(base);
    return ts.isInterfaceDeclaration(found.symbol.declarations[0]) ? found : undefined;
  }

  /** Objects that are as wide as others are not these: an expression that is used as a `kind` must have its fields. */
  expectObject(node, kind) {
    if (kind.object === undefined || ts.isObjectLiteralExpression(node)) return;
    const given = this.kind(node);
    if (given === 'null' || given.object === kind.object) return;
    for (let { type } = given; type !== undefined; type = this.baseInterface(type))
      if (type.symbol?.name === kind.object) return;
    throw new Unsupported(node, `${given.object ?? given} for ${kind.object}`);
  }

  /** Kind of the elements of lists of a type. */
  elementKind(list, node) {
    return this.kindOf(this.checker.getTypeArguments(this.checker.getNonNullableType(list))[0], node);
  }

  /** The declared result of a unit. */
  resultKind(unit) {
    if (ts.isClassDeclaration(unit)) return { object: unit.name.text };
    return this.kindOf(this.checker.getSignatureFromDeclaration(unit).getReturnType(), unit);
  }

  // ---------------------------------------------------------------- integers

  isFloat(slot) {
    return this.floats.has(slot);
  }
  /** Type of the values of a slot of a kind. */
  valueType(kind, slot) {
    return kind === 'number' && this.floats.has(slot) ? F64 : I32;
  }

  /** The field that a property access or a binding element names. */
  field(objectNode, name) {
    const { type } = this.kind(objectNode);
    return type && this.checker.getPropertyOfType(type, name)?.valueDeclaration;
  }

  /** What declares a name. */
  declarationOf(node, isType = false) {
    const given = this.checker.getSymbolAtLocation(node);
    const symbol = given && given.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(given) : given;
    return isType ? symbol?.declarations?.[0] : symbol?.valueDeclaration;
  }

  /** The value of a name that stands for a number known at compile time, else undefined. */
  constant(node) {
    if (ts.isParenthesizedExpression(node)) return this.constant(node.expression);
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (node.kind === ts.SyntaxKind.TrueKeyword) return 1;
    if (node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword) return 0;
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
      const x = this.constant(node.operand);
      return x === undefined ? undefined : -x;
    }
    if (ts.isBinaryExpression(node)) {
      const fold = FOLDS[node.operatorToken.kind];
      const x = fold && this.constant(node.left);
      const y = x === undefined ? undefined : this.constant(node.right);
      return y === undefined ? undefined : fold(x, y);
    }
    if (ts.isPropertyAccessExpression(node)) {
      const value = this.checker.getConstantValue(node) ?? this.valueOf(node);
      return typeof value === 'number' ? value : undefined;
    }
    if (!ts.isIdentifier(node)) return undefined;
    if (node.text === 'Infinity') return Infinity;
    const value = this.valueOf(node);
    return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : undefined;
  }

  /** What a constant of a file is, or a part of one; undefined for anything else. */
  valueOf(node) {
    if (ts.isPropertyAccessExpression(node)) return this.valueOf(node.expression)?.[node.name.text];
    if (!ts.isIdentifier(node)) return undefined;
    const declaration = this.declarationOf(node);
    if (!declaration || !ts.isVariableDeclaration(declaration) || !isModuleConstant(declaration)) return undefined;
    return this.values.get(declaration.getSourceFile().fileName)?.[declaration.name.text];
  }

  /** Whether the value of an expression may be something else than an integer of 32 bits. */
  isFloatValue(node) {
    const value = this.constant(node);
    if (value !== undefined) return value !== (value | 0);
    switch (node.kind) {
      case ts.SyntaxKind.ParenthesizedExpression:
      case ts.SyntaxKind.AsExpression:
      case ts.SyntaxKind.NonNullExpression:
        return this.isFloatValue(node.expression);
      case ts.SyntaxKind.Identifier:
        return this.floats.has(this.declarationOf(node));
      case ts.SyntaxKind.PropertyAccessExpression: {
        const getter = this.callee(node);
        return this.floats.has(getter ?? this.field(node.expression, node.name.text));
      }
      case ts.SyntaxKind.ElementAccessExpression:
        return isFloatArray(ARRAYS[this.kind(node.expression)]);
      case ts.SyntaxKind.ConditionalExpression:
        return this.isFloatValue(node.whenTrue) || this.isFloatValue(node.whenFalse);
      case ts.SyntaxKind.PrefixUnaryExpression:
        return NEGATIONS.has(node.operator) ? this.isFloatValue(node.operand) : false;
      case ts.SyntaxKind.PostfixUnaryExpression:
        return this.isFloatValue(node.operand);
      case ts.SyntaxKind.CallExpression: {
        const unit = this.callee(node);
        if (unit !== undefined) return this.floats.has(unit);
        const name = node.expression.name?.text;
        if (['floor', 'ceil', 'exp', 'log'].includes(name)) return true;
        return ['min', 'max', 'abs'].includes(name) && node.arguments.some((a) => this.isFloatValue(a));
      }
      case ts.SyntaxKind.BinaryExpression: {
        const { kind } = node.operatorToken;
        if (kind === ts.SyntaxKind.SlashToken || kind === ts.SyntaxKind.AsteriskAsteriskToken) return true;
        if (kind === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken) return this.constant(node.right) === 0;
        if (isAssignment(kind)) return this.isFloatValue(node.left);
        return ARITHMETIC.has(kind) && (this.isFloatValue(node.left) || this.isFloatValue(node.right));
      }
      default:
        return false;
    }
  }

  raise(slot, node) {
    if (slot !== undefined && node !== undefined && !this.floats.has(slot) && this.kind(node) === 'number')
      if (this.isFloatValue(node)) this.floats.add(slot);
  }

  inferUnit(unit) {
    const visit = (node) => {
      if (ts.isThrowStatement(node)) return;
      this.inferNode(unit, node);
      ts.forEachChild(node, visit);
    };
    for (const root of this.roots(unit)) visit(root);
    // A function that is an expression.
    if (unit.body && !ts.isBlock(unit.body)) this.raise(unit, unit.body);
  }

  inferNode(unit, node) {
    if (ts.isVariableDeclaration(node) && node.initializer) {
      if (ts.isIdentifier(node.name)) this.raise(this.declarationOf(node.name), node.initializer);
      else this.inferPattern(node.name, node.initializer);
    } else if (ts.isPropertyDeclaration(node)) this.raise(this.declarationOf(node.name), node.initializer);
    else if (ts.isReturnStatement(node) && node.expression) this.raise(unit, node.expression);
    else if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const { left, right } = node;
      const slot = ts.isIdentifier(left)
        ? this.declarationOf(left)
        : ts.isPropertyAccessExpression(left)
          ? this.field(left.expression, left.name.text)
          : undefined;
      if (slot && node.operatorToken.kind === ts.SyntaxKind.SlashEqualsToken) this.floats.add(slot);
      this.raise(slot, right);
    } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const callee = isSuperCall(node) ? this.classes.baseOf(classAround(node)) : this.callee(node);
      if (callee === undefined) return;
      this.parameters(callee).forEach((p, k) =>
        this.raise(this.declarationOf(p.name), node.arguments?.[k] ?? p.initializer),
      );
    }
  }

  /** `const { a, b: c } = object`. */
  inferPattern(pattern, object) {
    for (const e of pattern.elements) {
      const field = this.field(object, (e.propertyName ?? e.name).text);
      if (this.floats.has(field)) this.floats.add(this.declarationOf(e.name));
    }
  }
}

export const isStatic = (node) => node.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) === true;
const isLibrary = (node) => node.getSourceFile().isDeclarationFile;
export const isSuperCall = (node) => ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
export const initialized = (unit) =>
  unit.members.filter((m) => ts.isPropertyDeclaration(m) && m.initializer && !isStatic(m));
const classAround = (node) => {
  while (!ts.isClassDeclaration(node)) node = node.parent;
  return node;
};
const isModuleConstant = (declaration) =>
  ts.isSourceFile(declaration.parent.parent.parent) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;

export const isAssignment = (kind) => kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
const isFloatArray = (array) => array !== undefined && (array.float === true || array.unsigned === true);
const ARITHMETIC = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
]);
const NEGATIONS = new Set([ts.SyntaxKind.MinusToken, ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken]);
const FOLDS = {
  [ts.SyntaxKind.PlusToken]: (x, y) => x + y,
  [ts.SyntaxKind.MinusToken]: (x, y) => x - y,
  [ts.SyntaxKind.AsteriskToken]: (x, y) => x * y,
  [ts.SyntaxKind.LessThanLessThanToken]: (x, y) => x << y,
  [ts.SyntaxKind.BarToken]: (x, y) => x | y,
  [ts.SyntaxKind.AmpersandToken]: (x, y) => x & y,
  [ts.SyntaxKind.AsteriskAsteriskToken]: (x, y) => x ** y,
};
