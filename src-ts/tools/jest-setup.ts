/** What every test file of Jest begins with (jest.ts). */
import { matchers, serializer } from './matchers.js';

const { expect } = globalThis as unknown as {
  expect: { extend(matchers: object): void; addSnapshotSerializer(serializer: object): void };
};
expect.extend(matchers);
expect.addSnapshotSerializer(serializer);
