/**
 * The handlers of the host functions that an instance imports, by funcref. Looked up at each call of one, at half the price of
 * a Map: references that are given out one after the other have neighbouring places.
 */
import type { FuncRefId } from '../binding.js';

type Handler = () => void;

export class Handlers {
  /** Places by the lowest bits of a reference, the next free one where that is taken; 0: free. At most half are taken. */
  private references: FuncRefId[] = [0, 0, 0, 0];
  private handlers: (Handler | null)[] = [null, null, null, null];
  private count = 0;

  get(reference: FuncRefId): Handler | undefined {
    const { references } = this;
    const mask = references.length - 1;
    for (let place = reference & mask; ; place = (place + 1) & mask) {
      const found = references[place];
      if (found === reference) return this.handlers[place]!;
      if (found === 0) return undefined;
    }
  }

  /** `reference` has none yet. */
  add(reference: FuncRefId, handler: Handler): void {
    if (2 * ++this.count > this.references.length) this.grow();
    this.put(reference, handler);
  }

  private put(reference: FuncRefId, handler: Handler): void {
    const { references } = this;
    const mask = references.length - 1;
    let place = reference & mask;
    while (references[place] !== 0) place = (place + 1) & mask;
    references[place] = reference;
    this.handlers[place] = handler;
  }

  private grow(): void {
    const { references, handlers } = this;
    this.references = [];
    this.handlers = [];
    for (let place = 0; place < 2 * references.length; place++) {
      this.references.push(0);
      this.handlers.push(null);
    }
    for (let place = 0; place < references.length; place++)
      if (references[place] !== 0) this.put(references[place], handlers[place]!);
  }
}

/** Of instances that import none. Nothing is added to it. */
export const NO_HANDLERS = new Handlers();
