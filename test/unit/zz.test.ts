import fs from 'node:fs';
import { it } from 'vitest';
import { compileSync } from '/work/wt/exc/src-ts/aot/compile.js';
it('x', () => { for (const f of (process.env.F ?? '').split(',')) for (const bounds of ['guard','explicit'] as const) { const a = compileSync(fs.readFileSync(f), { verify: true, bounds }); console.log(f, a.length); } });
