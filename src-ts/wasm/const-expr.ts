/**
 * Constant expressions of WebAssembly 3.0 (core specification, section 3.4, "Constant Expressions"): decoded and
 * type-checked in one pass.
 */
import { typeName } from './type-names.js';
import { WasmOp } from './opcodes.js';
import { Feature, featureOfOpcode } from './proposals.js';
import { GC_FIRST, GcOp } from './gc-opcodes.js';
import { hasDefault, isNullable, isSubtype, nonNull, readHeapType, refTo, unpacked } from './ref-types.js';
import type { Reader } from './reader.js';
import type { WasmModule } from './decoded-module.js';
import { type ConstExpr, TypeKind, ValType } from './types.js';

/**
 * Reads a constant expression that must leave one value of type `want`, up to and including its `end`. `ref.func` marks
 * its function in `m.declaredRefs`. Linear in the expression's length.
 */
export function readConstExpr(r: Reader, m: WasmModule, want: ValType): ConstExpr {
  const expr: ConstExpr = [];
  const stack: ValType[] = [];
  for (;;) {
    const at = r.pos;
    const op = r.u8();
    switch (op) {
      case WasmOp.I32_CONST:
        expr.push([op, r.s32()]);
        stack.push(ValType.I32);
        break;
      case WasmOp.I64_CONST: {
        const lo = r.s64();
        expr.push([op, ((BigInt(r.hi) << 32n) | BigInt(lo >>> 0)).toString()]);
        stack.push(ValType.I64);
        break;
      }
      case WasmOp.F32_CONST:
        expr.push([op, r.f32() >>> 0]);
        stack.push(ValType.F32);
        break;
      case WasmOp.F64_CONST: {
        const lo = r.f64();
        expr.push([op, hex(r.hi, 8) + hex(lo, 8)]);
        stack.push(ValType.F64);
        break;
      }
      case WasmOp.PREFIX_FD: {
        if (0x200 + r.u32() !== WasmOp.V128_CONST) r.fail('constant expression required', at);
        let digits = '';
        const start = r.skip(16);
        for (let i = 0; i < 16; i++) digits += hex(r.bytes[start + i], 2);
        expr.push([0xfd0c, digits]);
        stack.push(ValType.V128);
        break;
      }
      case WasmOp.GLOBAL_GET: {
        const index = r.u32();
        // With extended constants every global before this one is in scope, else imported ones are (core specification
        // 3.0 and 2.0, section 3.4.10).
        if (index >= m.globals.length) r.fail(`unknown global ${index} in a constant expression`, at);
        if (index >= m.importedGlobals)
          r.need(m, Feature.EXTENDED_CONST, `unknown global ${index} in a constant expression`, at);
        if (m.globals[index].mutable) r.fail('constant expression required: the global is mutable', at);
        expr.push([op, index]);
        stack.push(m.globals[index].type);
        break;
      }
      case WasmOp.REF_NULL: {
        const type = readHeapType(r, m);
        expr.push([op, type]);
        stack.push(type);
        break;
      }
      case WasmOp.REF_FUNC: {
        const index = r.u32();
        if (index >= m.funcTypes.length) r.fail(`unknown function ${index}`, at);
        m.declaredRefs[index] = 1;
        expr.push([op, index]);
        stack.push(typeOfFunction(m, index));
        break;
      }
      case WasmOp.I32_ADD:
      case WasmOp.I32_SUB:
      case WasmOp.I32_MUL:
      case WasmOp.I64_ADD:
      case WasmOp.I64_SUB:
      case WasmOp.I64_MUL: {
        r.need(m, Feature.EXTENDED_CONST, 'constant expression required', at);
        const type = op <= WasmOp.I32_MUL ? ValType.I32 : ValType.I64;
        const n = stack.length;
        if (n < 2 || stack[n - 1] !== type || stack[n - 2] !== type)
          r.fail(`type mismatch: operands of a constant ${typeName(type)} operation`, at);
        stack.pop();
        expr.push([op]);
        break;
      }
      case WasmOp.PREFIX_FB:
        r.need(m, Feature.GC, 'constant expression required', at);
        readGcOperator(r, m, at, expr, stack);
        break;
      case WasmOp.END:
        if (stack.length !== 1 || !isSubtype(m, stack[0], want)) {
          r.fail(
            `type mismatch: constant expression gives [${stack.map(typeName).join(' ')}], ${typeName(want)} expected`,
            at,
          );
        }
        return expr;
      default:
        r.refuse('constant expression required', op >= WasmOp.PREFIX_FC - 1 ? featureOfOpcode(op) : 0, at);
    }
  }
}

/** A constant operator with the prefix 0xFB: what makes structures and arrays, i31 and conversions. */
function readGcOperator(r: Reader, m: WasmModule, at: number, expr: ConstExpr, stack: ValType[]): void {
  const op: GcOp = r.u32();
  const pop = (want: ValType): ValType => {
    const type = stack.pop();
    if (type === undefined || !isSubtype(m, type, want))
      r.fail(`type mismatch: a constant expression needs ${typeName(want)}`, at);
    return type;
  };
  const readType = (kind: TypeKind): number => {
    const index = r.u32();
    if (index >= m.types.length || m.types[index].kind !== kind) r.fail(`unknown type ${index}`, at);
    return index;
  };
  const made = (index: number, operands: number): void => {
    expr.push([GC_FIRST + op, index, operands]);
    stack.push(refTo(m.typeCanon[index]));
  };
  const needDefault = (type: ValType): void => {
    if (!hasDefault(type)) r.fail(`type mismatch: ${typeName(type)} has no default value`, at);
  };
  switch (op) {
    case GcOp.STRUCT_NEW: {
      const index = readType(TypeKind.STRUCT);
      const { fields } = m.types[index];
      for (let i = fields.length - 1; i >= 0; i--) pop(unpacked(fields[i].type));
      made(index, fields.length);
      return;
    }
    case GcOp.STRUCT_NEW_DEFAULT: {
      const index = readType(TypeKind.STRUCT);
      for (const { type } of m.types[index].fields) needDefault(type);
      made(index, 0);
      return;
    }
    case GcOp.ARRAY_NEW:
    case GcOp.ARRAY_NEW_DEFAULT: {
      const index = readType(TypeKind.ARRAY);
      const { type } = m.types[index].fields[0];
      pop(ValType.I32);
      if (op === GcOp.ARRAY_NEW) pop(unpacked(type));
      else needDefault(type);
      made(index, 0);
      return;
    }
    case GcOp.ARRAY_NEW_FIXED: {
      const index = readType(TypeKind.ARRAY);
      const n = r.u32();
      for (let i = 0; i < n; i++) pop(unpacked(m.types[index].fields[0].type));
      made(index, n);
      return;
    }
    case GcOp.REF_I31:
      pop(ValType.I32);
      expr.push([GC_FIRST + op]);
      stack.push(nonNull(ValType.I31REF));
      return;
    case GcOp.ANY_CONVERT_EXTERN:
    case GcOp.EXTERN_CONVERT_ANY: {
      const [from, to] =
        op === GcOp.ANY_CONVERT_EXTERN ? [ValType.EXTERNREF, ValType.ANYREF] : [ValType.ANYREF, ValType.EXTERNREF];
      stack.push(isNullable(pop(from)) ? to : nonNull(to));
      return;
    }
    default:
      r.fail('constant expression required', at);
  }
}

/** Type of a reference to a function. */
export function typeOfFunction(m: WasmModule, func: number): ValType {
  return (m.features & Feature.FUNCTION_REFERENCES) === 0 ? ValType.FUNCREF : refTo(m.typeCanon[m.funcTypes[func]]);
}

/** The low 4 * `width` bits of `x` as hexadecimal digits. */
function hex(x: number, width: number): string {
  return (x >>> 0).toString(16).padStart(width, '0');
}
