/** The code of expressions. An object or array is the address of its fields or elements. */
import ts from 'typescript';
import { F64, I32, I64 } from './encode.mjs';
import { ARRAYS, isAssignment, Unsupported } from './model.mjs';

const K = ts.SyntaxKind;

/** Instructions of binary operators on integers and floats. */
const INTEGER = {
  [K.PlusToken]: 'i32_add',
  [K.MinusToken]: 'i32_sub',
  [K.AsteriskToken]: 'i32_mul',
  [K.PercentToken]: 'i32_rem_s',
  [K.AmpersandToken]: 'i32_and',
  [K.BarToken]: 'i32_or',
  [K.CaretToken]: 'i32_xor',
  [K.LessThanLessThanToken]: 'i32_shl',
  [K.GreaterThanGreaterThanToken]: 'i32_shr_s',
  [K.GreaterThanGreaterThanGreaterThanToken]: 'i32_shr_u',
};
const FLOAT = {
  [K.PlusToken]: 'f64_add',
  [K.MinusToken]: 'f64_sub',
  [K.AsteriskToken]: 'f64_mul',
  [K.SlashToken]: 'f64_div',
};
/** By the type of the operands. */
const COMPARE = {
  [K.EqualsEqualsEqualsToken]: { [I32]: 'i32_eq', [I64]: 'i64_eq', [F64]: 'f64_eq' },
  [K.ExclamationEqualsEqualsToken]: { [I32]: 'i32_ne', [I64]: 'i64_ne', [F64]: 'f64_ne' },
  [K.LessThanToken]: { [I32]: 'i32_lt_s', [I64]: 'i64_lt_s', [F64]: 'f64_lt' },
  [K.GreaterThanToken]: { [I32]: 'i32_gt_s', [I64]: 'i64_gt_s', [F64]: 'f64_gt' },
  [K.LessThanEqualsToken]: { [I32]: 'i32_le_s', [I64]: 'i64_le_s', [F64]: 'f64_le' },
  [K.GreaterThanEqualsToken]: { [I32]: 'i32_ge_s', [I64]: 'i64_ge_s', [F64]: 'f64_ge' },
};
/** Of integers, what may leave 32 bits. */
const WIDE = { [K.PlusToken]: 'i64_add', [K.MinusToken]: 'i64_sub', [K.AsteriskToken]: 'i64_mul' };
/** For tests: helpers that trap where a result is no integer of 32 bits. */
const EXACT = {
  [K.PlusToken]: 'addExactly',
  [K.MinusToken]: 'subtractExactly',
  [K.AsteriskToken]: 'multiplyExactly',
  [K.GreaterThanGreaterThanGreaterThanToken]: 'shiftExactly',
};
const BITS = new Set([
  K.AmpersandToken,
  K.BarToken,
  K.CaretToken,
  K.LessThanLessThanToken,
  K.GreaterThanGreaterThanToken,
  K.GreaterThanGreaterThanGreaterThanToken,
]);
export function isForBits(node) {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent)) return isForBits(parent);
  if (!ts.isBinaryExpression(parent)) return false;
  const { left, operatorToken } = parent;
  // The low bits of a sum are those of its operands' low bits.
  if (operatorToken.kind === K.PlusToken || operatorToken.kind === K.MinusToken) return isForBits(parent);
  return BITS.has(operatorToken.kind) || (isAssignment(operatorToken.kind) && ts.isElementAccessExpression(left));
}
/** The operator of a compound assignment. */
const COMPOUND = {
  [K.PlusEqualsToken]: K.PlusToken,
  [K.MinusEqualsToken]: K.MinusToken,
  [K.AsteriskEqualsToken]: K.AsteriskToken,
  [K.SlashEqualsToken]: K.SlashToken,
  [K.AmpersandEqualsToken]: K.AmpersandToken,
  [K.BarEqualsToken]: K.BarToken,
  [K.CaretEqualsToken]: K.CaretToken,
  [K.LessThanLessThanEqualsToken]: K.LessThanLessThanToken,
  [K.GreaterThanGreaterThanEqualsToken]: K.GreaterThanGreaterThanToken,
  [K.GreaterThanGreaterThanGreaterThanEqualsToken]: K.GreaterThanGreaterThanGreaterThanToken,
};

/** Writes values and effects into `code`; what is a function's is in write.mjs. */
export class ExpressionWriter {
  locals = new Map();
  /** Free temporaries by type. */
  free = { [I32]: [], [F64]: [] };
  /** Nesting of blocks. */
  depth = 0;

  constructor(module, unit) {
    this.module = module;
    this.model = module.model;
    this.unit = unit;
  }

  open(name, type) {
    this.code.block(name, type);
    return ++this.depth;
  }
  close() {
    this.code.op('end');
    this.depth--;
  }

  localType(name) {
    return this.model.valueType(this.model.kind(name), this.model.declarationOf(name));
  }
  newLocal(name) {
    const local = this.code.local(this.localType(name));
    this.locals.set(this.model.declarationOf(name), local);
    return local;
  }
  temp(type) {
    return this.free[type].pop() ?? this.code.local(type);
  }
  release(type, local) {
    this.free[type].push(local);
  }

  load(field) {
    this.code.access(field.float ? 'f64_load' : 'i32_load', field.float ? 3 : 2, field.offset);
  }
  store(field) {
    this.code.access(field.float ? 'f64_store' : 'i32_store', field.float ? 3 : 2, field.offset);
  }

  // ---------------------------------------------------------------- expressions

  /** For what it does. */
  effect(node) {
    if (ts.isParenthesizedExpression(node)) return this.effect(node.expression);
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      if (kind === K.CommaToken) {
        this.effect(node.left);
        return this.effect(node.right);
      }
      if (isAssignment(kind)) return this.assign(node, false);
    }
    if (ts.isVoidExpression(node)) return this.effect(node.expression);
    if (isStep(node)) return this.step(node, false);
    if (ts.isCallExpression(node)) {
      if (this.call(node) !== undefined) this.code.op('drop');
      return;
    }
    if (ts.isConditionalExpression(node) || ts.isIdentifier(node)) throw new Unsupported(node, 'effect');
    this.value(node, this.natural(node));
    this.code.op('drop');
  }

  /** The type that an expression has by itself. */
  natural(node) {
    return this.model.kind(node) === 'number' && this.model.isFloatValue(node) ? F64 : I32;
  }

  /** As a truth value. */
  condition(node) {
    if (this.natural(node) === F64) {
      this.value(node, F64);
      this.code.f64(0);
      this.code.op('f64_ne');
    } else this.value(node, I32);
  }

  /** Leaves the value on the stack, as an integer or a float. */
  value(node, want) {
    const { code } = this;
    const constant = this.model.constant(node);
    if (constant !== undefined) return want === F64 ? code.f64(constant) : code.i32(constant);
    switch (node.kind) {
      case K.ParenthesizedExpression:
      case K.AsExpression:
      case K.NonNullExpression:
        return this.value(node.expression, want);
      case K.ConditionalExpression:
        this.condition(node.condition);
        this.open('if', want);
        this.value(node.whenTrue, want);
        code.op('else');
        this.value(node.whenFalse, want);
        return this.close();
      case K.BinaryExpression:
        if (want === F64 && this.natural(node) === I32 && FLOAT[node.operatorToken.kind] !== undefined)
          return this.binary(node, F64);
    }
    const type = this.natural(node);
    this.plain(node, type);
    this.convert(type, want);
  }

  convert(type, want) {
    if (type === I32 && want === F64) this.code.op('f64_convert_i32_s');
    else if (type === F64 && want === I32) {
      // As JavaScript does it for bits and elements: modulo 2^32.
      this.code.misc('i64_trunc_sat_f64_s');
      this.code.op('i32_wrap_i64');
    }
  }

  /** A value in the type that it has. */
  plain(node, type) {
    const { code, model } = this;
    switch (node.kind) {
      case K.ThisKeyword:
      case K.SuperKeyword:
        return code.op('local_get', this.self);
      case K.ObjectLiteralExpression:
        return this.literal(node);
      case K.NewExpression:
        return this.make(node);
      case K.Identifier: {
        const local = this.locals.get(model.declarationOf(node));
        if (local !== undefined) return code.op('local_get', local);
        const value = model.valueOf(node);
        if (value === undefined) throw new Unsupported(node, 'name');
        return code.i32(this.module.constants.address(value, model.kind(node), node));
      }
      case K.PropertyAccessExpression: {
        const value = model.valueOf(node);
        if (typeof value === 'object') return code.i32(this.module.constants.address(value, model.kind(node), node));
        const getter = model.callee(node);
        if (getter !== undefined) {
          this.value(node.expression, I32);
          return code.op('call', this.module.index(getter));
        }
        this.value(node.expression, I32);
        if (ARRAYS[model.kind(node.expression)]) return this.lengthOf(node);
        return this.load(this.fieldOf(node));
      }
      case K.ElementAccessExpression: {
        const array = ARRAYS[model.kind(node.expression)];
        if (array === undefined) {
          this.value(node.expression, I32);
          return this.load(this.fieldOf(node));
        }
        this.address(node);
        return this.loadElement(array);
      }
      case K.CallExpression:
        if (this.call(node) === undefined) throw new Unsupported(node, 'no value');
        return;
      case K.PrefixUnaryExpression:
      case K.PostfixUnaryExpression:
        return this.unary(node, type);
      case K.BinaryExpression:
        return this.binary(node, type);
      default:
        throw new Unsupported(node, 'expression');
    }
  }

  loadElement(array) {
    this.code.access(array.load, array.shift, 0);
    if (array.unsigned) this.code.op('f64_convert_i32_u');
  }
  storeElement(array) {
    if (array.unsigned) this.convert(F64, I32);
    this.code.access(array.store, array.shift, 0);
  }

  lengthOf(node) {
    if (node.name.text !== 'length') throw new Unsupported(node, 'property of an array');
    this.loadLength();
  }

  /** The length of the array on the stack: in front of the elements; offsets cannot be negative. */
  loadLength() {
    this.code.i32(8);
    this.code.op('i32_sub');
    this.code.access('i32_load', 2, 0);
  }

  /** Traps if the value on the stack is not 0. */
  trapIf() {
    this.code.block('if');
    this.code.op('unreachable');
    this.code.op('end');
  }

  /** The field of `a.b` or `a['b']`. */
  fieldOf(node) {
    const name = ts.isPropertyAccessExpression(node) ? node.name.text : node.argumentExpression.text;
    const { object, type } = this.model.kind(node.expression);
    const field = object && this.module.layout(object, type).fields[name];
    if (field === undefined) throw new Unsupported(node, 'field');
    field.used = true;
    return field;
  }

  /** Address of an array's element. */
  address(node) {
    const { code } = this;
    const array = ARRAYS[this.model.kind(node.expression)];
    if (array === undefined) throw new Unsupported(node, 'element');
    this.value(node.expression, I32);
    if (this.module.checked) {
      const base = this.temp(I32);
      const index = this.temp(I32);
      code.op('local_set', base);
      this.value(node.argumentExpression, I32);
      code.op('local_tee', index);
      code.op('local_get', base);
      this.loadLength();
      code.op('i32_ge_u');
      this.trapIf();
      code.op('local_get', base);
      code.op('local_get', index);
      this.release(I32, base);
      this.release(I32, index);
    } else this.value(node.argumentExpression, I32);
    if (array.shift > 0) {
      code.i32(array.shift);
      code.op('i32_shl');
    }
    code.op('i32_add');
  }

  unary(node, type) {
    const { code } = this;
    switch (node.operator) {
      case K.ExclamationToken:
        this.condition(node.operand);
        return code.op('i32_eqz');
      case K.MinusToken:
        if (type === F64) {
          this.value(node.operand, F64);
          return code.op('f64_neg');
        }
        code.i32(0);
        this.value(node.operand, I32);
        // -2^31 has no counterpart.
        if (!isForBits(node)) return code.op('call', this.module.helper('subtractExactly'));
        return code.op('i32_sub');
      case K.TildeToken:
        this.value(node.operand, I32);
        code.i32(-1);
        return code.op('i32_xor');
      default:
        return this.step(node, true);
    }
  }

  binary(node, type) {
    const { code } = this;
    const { kind } = node.operatorToken;
    if (isAssignment(kind)) return this.assign(node, true);
    if (kind === K.AmpersandAmpersandToken || kind === K.BarBarToken) {
      if (this.model.kind(node) === 'number') return this.either(node, kind, type);
      this.condition(node.left);
      this.open('if', I32);
      const and = kind === K.AmpersandAmpersandToken;
      if (and) this.condition(node.right);
      else code.i32(1);
      code.op('else');
      if (and) code.i32(0);
      else this.condition(node.right);
      return this.close();
    }
    if (COMPARE[kind] !== undefined) return this.compare(node, COMPARE[kind]);
    if (type === F64 && kind === K.GreaterThanGreaterThanGreaterThanToken) {
      this.value(node.left, I32);
      return code.op('f64_convert_i32_u');
    }
    if (kind === K.AsteriskAsteriskToken) {
      if (this.model.constant(node.left) !== 2) throw new Unsupported(node, 'power');
      this.value(node.right, I32);
      return code.op('call', this.module.helper('powerOfTwo'));
    }
    this.value(node.left, type);
    this.value(node.right, type);
    this.operate(node, kind, type);
  }

  /** Sums that are compared are not cut to 32 bits: JavaScript's are not. */
  compare({ left, right }, operations) {
    const { code } = this;
    if (this.natural(left) === F64 || this.natural(right) === F64) {
      this.value(left, F64);
      this.value(right, F64);
      return code.op(operations[F64]);
    }
    const wide = this.isSum(left) || this.isSum(right);
    for (const operand of [left, right])
      if (wide) this.wide(operand);
      else this.value(operand, I32);
    code.op(operations[wide ? I64 : I32]);
  }

  /** Whether a value is computed by something that may leave 32 bits. */
  isSum(node) {
    node = ts.skipOuterExpressions(node);
    if (this.model.constant(node) !== undefined) return false;
    return isNegation(node) || (ts.isBinaryExpression(node) && WIDE[node.operatorToken.kind] !== undefined);
  }

  /** An integer as one of 64 bits, sums and products whole. */
  wide(node) {
    const { code } = this;
    node = ts.skipOuterExpressions(node);
    if (!this.isSum(node)) {
      this.value(node, I32);
      return code.op('i64_extend_i32_s');
    }
    if (isNegation(node)) {
      code.i64(0);
      this.wide(node.operand);
      return code.op('i64_sub');
    }
    this.wide(node.left);
    this.wide(node.right);
    code.op(WIDE[node.operatorToken.kind]);
  }

  /** `x || y` and `x && y` of numbers: one of them. */
  either(node, kind, type) {
    const { code } = this;
    const left = this.temp(type);
    this.value(node.left, type);
    code.op('local_tee', left);
    if (type === F64) {
      code.f64(0);
      code.op('f64_ne');
    }
    this.open('if', type);
    if (kind === K.BarBarToken) code.op('local_get', left);
    else this.value(node.right, type);
    code.op('else');
    if (kind === K.BarBarToken) this.value(node.right, type);
    else code.op('local_get', left);
    this.close();
    this.release(type, left);
  }

  operate(node, kind, type) {
    const variable = kind !== K.GreaterThanGreaterThanGreaterThanToken || this.model.constant(node.right) === undefined;
    const exact = type === I32 && this.module.checked && variable && EXACT[kind];
    // What only bits are taken of may wrap.
    if (exact && !isForBits(node)) return this.code.op('call', this.module.helper(exact));
    if (type === F64 && kind === K.PercentToken) return this.code.op('call', this.module.helper('remainder'));
    const name = (type === F64 ? FLOAT : INTEGER)[kind];
    if (name === undefined) throw new Unsupported(node, 'operator');
    this.code.op(name);
  }

  /** `a = b`, `a += b`; leaves the value if it is wanted. */
  assign(node, wanted) {
    const compound = COMPOUND[node.operatorToken.kind];
    if (compound === undefined && node.operatorToken.kind !== K.EqualsToken) throw new Unsupported(node, 'assignment');
    if (compound === undefined) this.model.expectObject(node.right, this.model.kind(node.left));
    this.update(
      node.left,
      wanted,
      false,
      (type) => {
        if (compound === undefined) return this.value(node.right, type);
        // What is no sum or product is done on integers.
        this.value(node.right, type);
        this.operate(node, compound, type);
      },
      compound !== undefined,
    );
  }

  /** `a++` and the like. */
  step(node, wanted) {
    const up = node.operator === K.PlusPlusToken;
    this.update(
      node.operand,
      wanted,
      ts.isPostfixUnaryExpression(node),
      (type) => {
        if (type === F64) this.code.f64(1);
        else this.code.i32(1);
        this.operate(node, up ? K.PlusToken : K.MinusToken, type);
      },
      true,
    );
  }

  /**
   * Changes a variable, field or element to what `compute` leaves, with the old value under it if `reads`. `old`: the
   * value wanted is that before.
   */
  update(target, wanted, old, compute, reads) {
    const { code } = this;
    if (ts.isParenthesizedExpression(target)) return this.update(target.expression, wanted, old, compute, reads);
    if (ts.isIdentifier(target)) {
      const local = this.locals.get(this.model.declarationOf(target));
      if (local === undefined) throw new Unsupported(target, 'assignment');
      if (wanted && old) code.op('local_get', local);
      if (reads) code.op('local_get', local);
      compute(this.localType(target));
      return code.op(wanted && !old ? 'local_tee' : 'local_set', local);
    }
    const array = ts.isElementAccessExpression(target) ? ARRAYS[this.model.kind(target.expression)] : undefined;
    let load;
    let store;
    let type;
    if (array !== undefined) {
      this.address(target);
      type = array.float || array.unsigned ? F64 : I32;
      load = () => this.loadElement(array);
      store = () => this.storeElement(array);
    } else {
      const field = this.fieldOf(target);
      this.value(target.expression, I32);
      type = field.float ? F64 : I32;
      load = () => this.load(field);
      store = () => this.store(field);
    }
    const place = this.temp(I32);
    const value = this.temp(type);
    if (reads) {
      code.op('local_tee', place);
      code.op('local_get', place);
      load();
      if (wanted && old) code.op('local_tee', value);
    }
    compute(type);
    if (wanted && !old) code.op('local_tee', value);
    store();
    if (wanted) code.op('local_get', value);
    this.release(I32, place);
    this.release(type, value);
  }
}

const isNegation = (node) => ts.isPrefixUnaryExpression(node) && node.operator === K.MinusToken;
const isStep = (node) =>
  (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
  (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken);
