/** Name and version of what imitates Node here; null in Node itself. */
export function otherRuntime(): string | null {
  const { bun, deno } = process.versions;
  return bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : null;
}
