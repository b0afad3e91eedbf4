/** What every test file of Vitest begins with (vitest.ts). An ES module: Vitest cannot be required. */
import '../register/index.js';
import { expect } from 'vitest';
import { matchers, serializer } from './matchers.js';

expect.extend(matchers as never);
expect.addSnapshotSerializer(serializer as never);
