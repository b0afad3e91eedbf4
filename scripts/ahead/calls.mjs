/** The code of calls: of functions, of `new`, and of what JavaScript has itself (`Math`, methods of arrays). */
import ts from 'typescript';
import { F64, I32 } from './encode.mjs';
import { ExpressionWriter, isForBits } from './expressions.mjs';
import { ARRAYS, Unsupported } from './model.mjs';

export class CallWriter extends ExpressionWriter {
  make(node) {
    const { code, model } = this;
    const array = ARRAYS[model.kind(node)];
    if (array === undefined) {
      const unit = model.callee(node);
      this.pass(node, unit);
      return code.op('call', this.module.index(unit));
    }
    this.value(node.arguments[0], I32);
    code.i32(array.shift);
    code.op('call', this.module.helper('makeArray'));
  }

  /** `{ a: x, b: y }` as an object of the type that is wanted there. */
  literal(node) {
    const { code, model } = this;
    const { object, type } = model.kindOf(model.checker.getContextualType(node), node);
    const layout = this.module.layout(object, type);
    const at = this.temp(I32);
    code.i32(layout.size);
    code.op('call', this.module.helper('make'));
    code.op('local_set', at);
    for (const p of node.properties) {
      const field = layout.fields[p.name.text];
      if (field === undefined || !ts.isPropertyAssignment(p)) throw new Unsupported(p, 'part of an object');
      code.op('local_get', at);
      this.model.expectObject(p.initializer, field.kind);
      this.value(p.initializer, field.float ? F64 : I32);
      this.store(field);
    }
    code.op('local_get', at);
    this.release(I32, at);
  }

  /** The arguments of a call. */
  pass(node, unit) {
    this.model.parameters(unit).forEach((p, k) => {
      const argument = node.arguments?.[k] ?? p.initializer;
      if (argument === undefined) throw new Unsupported(node, 'argument left out');
      this.model.expectObject(argument, this.model.kind(p));
      this.value(argument, this.module.parameterType(p));
    });
  }

  /** Writes a call; its type of result, or undefined if it has none. */
  call(node) {
    const { code, model } = this;
    const unit = model.callee(node);
    if (unit === undefined) return this.builtIn(node);
    const { hasThis, results } = this.module.signature(unit);
    if (hasThis) this.value(node.expression.expression, I32);
    this.pass(node, unit);
    code.op('call', this.module.index(unit));
    return results[0];
  }

  builtIn(node) {
    const { expression: callee, arguments: args } = node;
    if (!ts.isPropertyAccessExpression(callee)) throw new Unsupported(node, 'call');
    const name = callee.name.text;
    if (ts.isIdentifier(callee.expression) && callee.expression.text === 'Math') return this.math(node, name, args);
    if (callee.getText() === 'Array.from') return this.list(node, args);
    const array = ARRAYS[this.model.kind(callee.expression)];
    if (array === undefined) throw new Unsupported(node, 'call');
    if (name === 'fill') return this.fill(node, callee.expression, array, args);
    if (name === 'set') return this.copy(node, callee.expression, array, args[0], args[1]);
    if (name === 'copyWithin' && args.length === 3) return this.move(callee.expression, array, args);
    throw new Unsupported(node, 'method of an array');
  }

  /** `Array.from({ length: n }, () => new A())` for a constant n. */
  list(node, [{ properties }, { body }]) {
    const { code } = this;
    const n = this.model.constant(properties[0].initializer);
    if (n === undefined || ts.isBlock(body)) throw new Unsupported(node, 'list');
    const list = this.temp(I32);
    code.i32(n);
    code.i32(ARRAYS.List.shift);
    code.op('call', this.module.helper('makeArray'));
    code.op('local_set', list);
    for (let k = 0; k < n; k++) {
      code.op('local_get', list);
      this.value(body, I32);
      code.access('i32_store', ARRAYS.List.shift, k << ARRAYS.List.shift);
    }
    code.op('local_get', list);
    this.release(I32, list);
    return I32;
  }

  math(node, name, args) {
    const { code } = this;
    const type = this.natural(node);
    switch (name) {
      case 'imul':
        this.value(args[0], I32);
        this.value(args[1], I32);
        code.op('i32_mul');
        return I32;
      case 'clz32':
        this.value(args[0], I32);
        code.op('i32_clz');
        return I32;
      case 'abs':
        this.value(args[0], type);
        if (type === F64) code.op('f64_abs');
        else code.op('call', this.module.helper(isForBits(node) ? 'abs' : 'absExactly'));
        return type;
      case 'floor':
      case 'ceil':
        this.value(args[0], F64);
        code.op(`f64_${name}`);
        return F64;
      case 'exp':
      case 'log':
        this.value(args[0], F64);
        code.op('call', this.module.helper(name));
        return F64;
      case 'min':
      case 'max':
        this.value(args[0], type);
        for (const other of args.slice(1)) {
          this.value(other, type);
          if (type === F64) code.op(`f64_${name}`);
          else code.op('call', this.module.helper(name));
        }
        return type;
      default:
        throw new Unsupported(node, 'function');
    }
  }

  /** `array.fill(value, from, to)`, which gives the array. */
  fill(node, array, { shift, float }, [value, from, to]) {
    const { code } = this;
    const place = this.temp(I32);
    this.value(array, I32);
    code.op('local_tee', place);
    this.value(value, float ? F64 : I32);
    if (from) this.value(from, I32);
    else code.i32(0);
    if (to) {
      this.value(to, I32);
      this.expectNoMore(place);
    } else {
      code.op('local_get', place);
      this.loadLength();
    }
    code.op('call', this.module.helper(float ? 'fillF64' : shift === 2 ? 'fillI32' : 'fillBytes'));
    if (!float && shift === 1) throw new Unsupported(node, 'fill');
    code.op('local_get', place);
    this.release(I32, place);
    return I32;
  }

  /** For tests: traps where the number on the stack is more than the length of the array in a local. */
  expectNoMore(array) {
    const { code } = this;
    if (!this.module.checked) return;
    const n = this.temp(I32);
    code.op('local_tee', n);
    code.op('local_get', n);
    code.op('local_get', array);
    this.loadLength();
    code.op('i32_gt_u');
    this.trapIf();
    this.release(I32, n);
  }

  /** The same of the ends of what is copied: operands of a sum, and the array that it is a place in. */
  expectEnd(array, ...sum) {
    const { code } = this;
    if (!this.module.checked) return;
    const local = this.temp(I32);
    this.value(array, I32);
    code.op('local_set', local);
    sum.forEach((term, k) => {
      term();
      if (k > 0) code.op('i32_add');
    });
    this.expectNoMore(local);
    code.op('drop');
    this.release(I32, local);
  }

  /** `array.copyWithin(to, from, end)`. */
  move(array, { shift }, [to, from, end]) {
    const { code } = this;
    const number = (node) => () => this.value(node, I32);
    const length = () => {
      this.value(end, I32);
      this.value(from, I32);
      code.op('i32_sub');
    };
    this.expectEnd(array, number(end));
    this.expectEnd(array, number(to), length);
    for (const place of [to, from]) {
      this.value(array, I32);
      this.value(place, I32);
      code.i32(shift);
      code.op('i32_shl');
      code.op('i32_add');
    }
    this.value(end, I32);
    this.value(from, I32);
    code.op('i32_sub');
    code.i32(shift);
    code.op('i32_shl');
    code.misc('memory_copy', 0, 0);
    return undefined;
  }

  /** `to.set(from)` and `to.set(from.subarray(0, n))`; `place`: where in `to`, default 0. */
  copy(node, to, { shift }, source, place) {
    const { code, model } = this;
    let array = source;
    let length;
    if (ts.isCallExpression(source) && source.expression.name?.text === 'subarray') {
      array = source.expression.expression;
      if (model.constant(source.arguments[0]) !== 0) throw new Unsupported(node, 'part');
      length = source.arguments[1];
    }
    if (ARRAYS[model.kind(array)]?.shift !== shift) throw new Unsupported(node, 'copy');
    const count = () => {
      if (length) this.value(length, I32);
      else {
        this.value(array, I32);
        this.loadLength();
      }
    };
    this.expectEnd(array, count);
    this.expectEnd(to, count, ...(place ? [() => this.value(place, I32)] : []));
    this.value(to, I32);
    if (place) {
      this.value(place, I32);
      code.i32(shift);
      code.op('i32_shl');
      code.op('i32_add');
    }
    this.value(array, I32);
    count();
    code.i32(shift);
    code.op('i32_shl');
    code.misc('memory_copy', 0, 0);
    return undefined;
  }
}
