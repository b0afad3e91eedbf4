/** What every test file of Vitest begins with (vitest.ts). An ES module: Vitest cannot be required. */
import '../register/index.js';
import { afterAll, expect } from 'vitest';
import { recording } from '../coverage/recording.js';
import { matchers, serializer } from './matchers.js';

expect.extend(matchers as never);
expect.addSnapshotSerializer(serializer as never);
// Where the realm is used for another test file.
recording()?.start();
afterAll(() => recording()?.stop());
