export const programs: Record<string, { toolchain: string; tests?: boolean; run(): Promise<string | Uint8Array> }>;
