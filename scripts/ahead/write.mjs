/**
 * The code of one function. Control flow of TypeScript is control flow of WebAssembly, every variable is a local.
 */
import ts from 'typescript';
import { CallWriter } from './calls.mjs';
import { Code, F64, I32 } from './encode.mjs';
import { ARRAYS, initialized, isSuperCall, Unsupported } from './model.mjs';

const K = ts.SyntaxKind;

/** A switch is a table where that has at most so many entries for each case. */
const MAX_HOLES = 8;

/** Writes the code of a unit. `module` knows the functions' numbers, the layouts and the helpers. */
export class FunctionWriter extends CallWriter {
  /** Where `break` and `continue` lead; a switch has no `next`. */
  loops = [];

  write() {
    const { model, unit } = this;
    const { params, hasThis } = this.module.signature(unit);
    const code = (this.code = new Code(params.length));
    let next = 0;
    const isClass = ts.isClassDeclaration(unit);
    if (hasThis) this.self = next++;
    const parameters = model.parameters(unit);
    for (const p of parameters) {
      if (ts.isIdentifier(p.name)) this.locals.set(model.declarationOf(p.name), next++);
      else {
        const at = next++;
        this.destructure(p.name, p, () => code.op('local_get', at));
      }
    }
    if (isClass) this.writeConstructor();
    else if (ts.isBlock(unit.body)) {
      this.statement(unit.body);
      if (this.module.signature(unit).results.length > 0) code.op('unreachable');
    } else if (this.module.signature(unit).results.length > 0)
      this.value(unit.body, this.module.signature(unit).results[0]);
    else this.effect(unit.body);
    return code;
  }

  writeConstructor() {
    const { code, unit, model } = this;
    this.self = code.local(I32);
    const { object, type } = model.kindOf(model.checker.getTypeAtLocation(unit), unit);
    const layout = this.module.layout(object, type);
    code.i32(layout.size);
    code.op('call', this.module.helper('make'));
    code.op('local_set', this.self);
    this.construct(unit, layout);
    code.op('local_get', this.self);
  }

  /** What the constructor of a class does to an object of it or of an heir; its parameters are in locals. */
  construct(unit, layout) {
    const base = this.model.classes.baseOf(unit);
    const constructor = unit.members.find(ts.isConstructorDeclaration);
    if (base && !constructor) this.construct(base, layout);
    if (!base || !constructor) this.initialize(unit, constructor, layout);
    for (const statement of constructor?.body?.statements ?? []) {
      const call = ts.isExpressionStatement(statement) && isSuperCall(statement.expression) && statement.expression;
      if (!call) {
        this.statement(statement);
        continue;
      }
      this.model.parameters(base).forEach((p, k) => {
        const local = this.newLocal(p.name);
        this.value(call.arguments[k] ?? p.initializer, this.localType(p.name));
        this.code.op('local_set', local);
      });
      this.construct(base, layout);
      this.initialize(unit, constructor, layout);
    }
  }

  initialize(unit, constructor, layout) {
    const { code, model } = this;
    const put = (name, emit) => {
      const field = layout.fields[name];
      if (field === undefined) return;
      field.used = true;
      code.op('local_get', this.self);
      emit(field.float ? F64 : I32);
      this.store(field);
    };
    for (const p of constructor?.parameters ?? [])
      if (ts.isParameterPropertyDeclaration(p, p.parent))
        put(p.name.text, () => code.op('local_get', this.locals.get(model.declarationOf(p.name))));
    for (const { name, initializer } of initialized(unit))
      put(name.text, (type) => {
        model.expectObject(initializer, model.kind(name));
        this.value(initializer, type);
      });
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
          this.model.expectObject(node.expression, this.model.resultKind(this.unit));
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
      case K.SwitchStatement:
        return this.switch(node);
      case K.BreakStatement:
        if (node.label) throw new Unsupported(node, 'label');
        return code.op('br', this.depth - this.loops.at(-1).exit);
      case K.ContinueStatement:
        if (node.label) throw new Unsupported(node, 'label');
        return code.op('br', this.depth - this.loops.findLast((loop) => loop.next !== undefined).next);
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

  /** Each case is the start of what follows its block; the innermost block has the choice. */
  switch(node) {
    const { clauses } = node.caseBlock;
    const exit = this.open('block');
    const starts = clauses.map(() => this.open('block')).reverse();
    const otherwise = clauses.findIndex(ts.isDefaultClause);
    const cases = new Map();
    clauses.forEach((clause, k) => {
      if (ts.isDefaultClause(clause)) return;
      const value = this.model.constant(clause.expression);
      if (value === undefined || value !== (value | 0)) throw new Unsupported(clause, 'case');
      if (!cases.has(value)) cases.set(value, starts[k]);
    });
    this.choose(node.expression, cases, otherwise < 0 ? exit : starts[otherwise]);
    this.loops.push({ exit });
    for (const clause of clauses) {
      this.close();
      for (const s of clause.statements) this.statement(s);
    }
    this.loops.pop();
    this.close();
  }

  /** Jumps by the value of an expression. */
  choose(expression, cases, otherwise) {
    const { code } = this;
    const least = Math.min(...cases.keys());
    const n = Math.max(...cases.keys()) - least + 1;
    this.value(expression, I32);
    if (n <= MAX_HOLES * cases.size) {
      code.i32(least);
      code.op('i32_sub');
      const targets = Array.from({ length: n }, (_, k) => cases.get(least + k) ?? otherwise);
      return code.op('br_table', n, ...targets.map((t) => this.depth - t), this.depth - otherwise);
    }
    const value = this.temp(I32);
    code.op('local_set', value);
    for (const [x, target] of cases) {
      code.op('local_get', value);
      code.i32(x);
      code.op('i32_eq');
      code.op('br_if', this.depth - target);
    }
    this.release(I32, value);
    code.op('br', this.depth - otherwise);
  }

  /** Over a list that stands there: the body once for each. Over an array: a loop. */
  forEach(node) {
    const { expression, initializer, statement } = node;
    if (!ts.isArrayLiteralExpression(expression)) return this.forElements(node);
    const local = this.newLocal(initializer.declarations[0].name);
    for (const item of expression.elements) {
      this.value(item, I32);
      this.code.op('local_set', local);
      this.statement(statement);
    }
  }

  forElements({ expression, initializer, statement }) {
    const { code } = this;
    const array = ARRAYS[this.model.kind(expression)];
    if (array === undefined || array.float) throw new Unsupported(expression, 'for of');
    const local = this.newLocal(initializer.declarations[0].name);
    const at = code.local(I32);
    const end = code.local(I32);
    this.value(expression, I32);
    code.op('local_tee', at);
    this.value(expression, I32);
    this.loadLength();
    code.i32(array.shift);
    code.op('i32_shl');
    code.op('i32_add');
    code.op('local_set', end);
    const exit = this.open('block');
    const again = this.open('loop');
    code.op('local_get', at);
    code.op('local_get', end);
    code.op('i32_ge_u');
    code.op('br_if', this.depth - exit);
    code.op('local_get', at);
    code.access(array.load, array.shift, 0);
    code.op('local_set', local);
    code.op('local_get', at);
    code.i32(1 << array.shift);
    code.op('i32_add');
    code.op('local_set', at);
    const next = this.open('block');
    this.loops.push({ exit, next });
    this.statement(statement);
    this.loops.pop();
    this.close();
    code.op('br', this.depth - again);
    this.close();
    this.close();
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
      this.model.expectObject(initializer, this.model.kind(name));
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
