/**
 * Names that the declarations of the public interface use and that a TypeScript project may lack, when it has neither
 * the DOM's types nor Node's: declared without members, they merge with the real ones.
 */
export {};

declare global {
  interface URL {}
  interface Response {}
  interface AbortSignal {}
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}
