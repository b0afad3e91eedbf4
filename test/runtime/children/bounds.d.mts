export interface Access {
  name: string;
  op: string;
  size: number;
  store: boolean;
  /** Something to store. */
  zero: number | bigint;
}

export const ACCESSES: readonly Access[];
export const BULK: readonly string[];
export function boundsModule(): string;
export function checkBounds(
  exports: Record<string, any>,
  bytes: number,
  details: boolean,
): { checks: number; failures: string[] };
