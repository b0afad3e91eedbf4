/**
 * Constant expressions, evaluated at instantiation. Values are raw bits as unsigned BigInts (references: the 32-bit
 * handle), so that NaN payloads survive. O(length).
 */
import { GC_FIRST, GC_NAMES, GcOp } from '../wasm/gc-opcodes.js';
import type { ConstExpr } from '../wasm/types.js';

/** What an expression may refer to. */
export interface ConstContext {
  /** Raw bits of a global. */
  global(index: number): bigint;
  /** Funcref of a function of the instance. */
  func(index: number): number;
  /** A new structure, or an array of `length`, of the type at an index of the module. */
  make(typeIndex: number, length: number): number;
  /** Sets field or element `k` of an object of that type, or so many elements from there on. */
  set(object: number, typeIndex: number, k: number, bits: bigint, count?: number): void;
}

/** The value of an expression that validation has accepted. */
export function evalConst(expr: ConstExpr, context: ConstContext): bigint {
  const stack: bigint[] = [];
  const binary = (bits: number, f: (a: bigint, b: bigint) => bigint): void => {
    const b = stack.pop()!;
    const a = stack.pop()!;
    stack.push(BigInt.asUintN(bits, f(a, b)));
  };
  for (const [op, x, n] of expr) {
    if (op >= GC_FIRST && op < GC_FIRST + GC_NAMES.length) {
      evalGc(op - GC_FIRST, x as number, n as number, stack, context);
      continue;
    }
    switch (op) {
      case 0x41:
        stack.push(BigInt.asUintN(32, BigInt(x as number)));
        break;
      case 0x42:
        stack.push(BigInt.asUintN(64, BigInt(x as string)));
        break;
      case 0x43:
        stack.push(BigInt((x as number) >>> 0));
        break;
      case 0x44:
        stack.push(BigInt(`0x${x}`));
        break;
      case 0xfd0c:
        stack.push(fromMemoryOrder(x as string));
        break;
      case 0x23:
        stack.push(context.global(x as number));
        break;
      case 0xd0:
        stack.push(0n);
        break;
      case 0xd2:
        stack.push(BigInt(context.func(x as number)));
        break;
      case 0x6a:
        binary(32, (a, b) => a + b);
        break;
      case 0x6b:
        binary(32, (a, b) => a - b);
        break;
      case 0x6c:
        binary(32, (a, b) => a * b);
        break;
      case 0x7c:
        binary(64, (a, b) => a + b);
        break;
      case 0x7d:
        binary(64, (a, b) => a - b);
        break;
      case 0x7e:
        binary(64, (a, b) => a * b);
        break;
      default:
        throw new Error(`internal error: constant opcode 0x${op.toString(16)}`);
    }
  }
  return stack[0];
}

function evalGc(op: GcOp, type: number, n: number, stack: bigint[], context: ConstContext): void {
  const length = (): number => Number(stack.pop()!);
  const filled = (object: number, values: bigint[]): void => {
    values.forEach((bits, k) => context.set(object, type, k, bits));
    stack.push(BigInt(object));
  };
  switch (op) {
    case GcOp.REF_I31:
      stack.push(BigInt.asUintN(32, (stack.pop()! << 1n) | 1n));
      return;
    case GcOp.ARRAY_NEW: {
      const count = length();
      const bits = stack.pop()!;
      const array = context.make(type, count);
      if (bits !== 0n && count > 0) context.set(array, type, 0, bits, count);
      stack.push(BigInt(array));
      return;
    }
    case GcOp.ARRAY_NEW_DEFAULT:
      stack.push(BigInt(context.make(type, length())));
      return;
    default:
      // Structures and arrays of operands.
      filled(context.make(type, n), stack.splice(stack.length - n, n));
  }
}

/** 32 hexadecimal digits, first byte first, as a little-endian number. */
function fromMemoryOrder(digits: string): bigint {
  return BigInt(`0x${digits.match(/../g)!.reverse().join('')}`);
}
