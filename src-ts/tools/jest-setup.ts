/** What every test file of Jest begins with (jest.ts). */
import { recording } from '../coverage/recording.js';
import { matchers, serializer } from './matchers.js';

const { expect, afterAll } = globalThis as unknown as {
  expect: { extend(matchers: object): void; addSnapshotSerializer(serializer: object): void };
  afterAll(then: () => void): void;
};
expect.extend(matchers);
expect.addSnapshotSerializer(serializer);
afterAll(() => recording()?.stop());
