/**
 * The code of one function. Control flow of TypeScript is control flow of WebAssembly, every variable is a local.
 */
import ts from 'typescript';
import { Code, F64, I32 } from './encode.mjs';
import { ExpressionWriter } from './expressions.mjs';
import { Model, Unsupported } from './model.mjs';

const K = ts.SyntaxKind;

/** Writes the code of a unit. `module` knows the functions' numbers, the layouts and the helpers. */
export class FunctionWriter extends ExpressionWriter {
  /** Where `break` and `continue` lead. */
  loops = [];

  write() {
    const { model, unit } = this;
    const { params, hasThis } = this.module.signature(unit);
    const code = (this.code = new Code(params.length));
    let next = 0;
    const isClass = ts.isClassDeclaration(unit);
    if (hasThis) this.self = next++;
    const parameters = Model.parameters(unit);
    for (const p of parameters) {
      if (ts.isIdentifier(p.name)) this.locals.set(model.declarationOf(p.name), next++);
      else {
        const at = next++;
        this.destructure(p.name, p, () => code.op('local_get', at));
      }
    }
    if (isClass) this.writeConstructor(parameters);
    else if (ts.isBlock(unit.body)) {
      this.statement(unit.body);
      if (this.module.signature(unit).results.length > 0) code.op('unreachable');
    } else if (this.module.signature(unit).results.length > 0)
      this.value(unit.body, this.module.signature(unit).results[0]);
    else this.effect(unit.body);
    return code;
  }

  writeConstructor(parameters) {
    const { code, unit, model } = this;
    this.self = code.local(I32);
    code.i32(this.module.layout(unit.name.text, model.checker.getTypeAtLocation(unit)).size);
    code.op('call', this.module.helper('make'));
    code.op('local_set', this.self);
    const thisType = { name: unit.name.text, type: model.checker.getTypeAtLocation(unit) };
    const put = (name, emit) => {
      const field = this.module.layout(thisType.name, thisType.type).fields[name];
      if (field === undefined) return;
      code.op('local_get', this.self);
      emit(field.float ? F64 : I32);
      this.store(field);
    };
    for (const p of parameters)
      if (ts.isParameterPropertyDeclaration(p, p.parent))
        put(p.name.text, () => code.op('local_get', this.locals.get(model.declarationOf(p.name))));
    for (const root of Model.roots(unit))
      if (ts.isPropertyDeclaration(root)) put(root.name.text, (type) => this.value(root.initializer, type));
      else this.statement(root);
    code.op('local_get', this.self);
  }

  // ---------------------------------------------------------------- statements

  statement(node) {
    const { code } = this;
    switch (node.kind) {
      case K.Block:
        for (const s of node.statements) this.statement(s);
        return;
      case K.VariableStatement:
        return this.declare(node.declarationList);
      case K.ExpressionStatement:
        return this.effect(node.expression);
      case K.EmptyStatement:
        return;
      case K.ReturnStatement: {
        const { results } = this.module.signature(this.unit);
        if (node.expression) {
          if (results.length > 0) this.value(node.expression, results[0]);
          else this.effect(node.expression);
        }
        return code.op('return');
      }
      case K.ThrowStatement:
        return code.op('unreachable');
      case K.IfStatement: {
        this.condition(node.expression);
        this.open('if');
        this.statement(node.thenStatement);
        if (node.elseStatement) {
          code.op('else');
          this.statement(node.elseStatement);
        }
        return this.close();
      }
      case K.ForStatement: {
        if (node.initializer)
          if (ts.isVariableDeclarationList(node.initializer)) this.declare(node.initializer);
          else this.effect(node.initializer);
        return this.loop(node.condition, node.statement, node.incrementor);
      }
      case K.WhileStatement:
        return this.loop(node.expression, node.statement);
      case K.DoStatement:
        return this.doWhile(node);
      case K.ForOfStatement:
        return this.forEach(node);
      case K.BreakStatement:
        if (node.label) throw new Unsupported(node, 'label');
        return code.op('br', this.depth - this.loops.at(-1).exit);
      case K.ContinueStatement:
        if (node.label) throw new Unsupported(node, 'label');
        return code.op('br', this.depth - this.loops.at(-1).next);
      default:
        throw new Unsupported(node, 'statement');
    }
  }

  loop(condition, body, update) {
    const { code } = this;
    const exit = this.open('block');
    const again = this.open('loop');
    if (condition) {
      this.condition(condition);
      code.op('i32_eqz');
      code.op('br_if', this.depth - exit);
    }
    const next = this.open('block');
    this.loops.push({ exit, next });
    this.statement(body);
    this.loops.pop();
    this.close();
    if (update) this.effect(update);
    code.op('br', this.depth - again);
    this.close();
    this.close();
  }

  doWhile(node) {
    const exit = this.open('block');
    const again = this.open('loop');
    const next = this.open('block');
    this.loops.push({ exit, next });
    this.statement(node.statement);
    this.loops.pop();
    this.close();
    this.condition(node.expression);
    this.code.op('br_if', this.depth - again);
    this.close();
    this.close();
  }

  /** Over a list that stands there: the body once for each. */
  forEach(node) {
    const { expression, initializer, statement } = node;
    if (!ts.isArrayLiteralExpression(expression)) throw new Unsupported(node, 'for of');
    const local = this.newLocal(initializer.declarations[0].name);
    for (const item of expression.elements) {
      this.value(item, I32);
      this.code.op('local_set', local);
      this.statement(statement);
    }
  }

  declare(list) {
    for (const { name, initializer } of list.declarations) {
      if (!ts.isIdentifier(name)) {
        const object = this.temp(I32);
        this.value(initializer, I32);
        this.code.op('local_set', object);
        this.destructure(name, initializer, () => this.code.op('local_get', object));
        this.release(I32, object);
        continue;
      }
      const local = this.newLocal(name);
      if (!initializer) continue;
      this.value(initializer, this.localType(name));
      this.code.op('local_set', local);
    }
  }

  destructure(pattern, object, address) {
    for (const e of pattern.elements) {
      const name = (e.propertyName ?? e.name).text;
      const { object: className, type } = this.model.kind(object);
      const field = this.module.layout(className, type).fields[name];
      if (field === undefined) throw new Unsupported(e, 'field');
      field.used = true;
      address();
      this.load(field);
      const local = this.newLocal(e.name);
      if (field.float !== (this.localType(e.name) === F64)) throw new Unsupported(e, 'type of a part');
      this.code.op('local_set', local);
    }
  }
}
