/** What of WASI a served component may import. */
import { bareName } from '../direct.js';
import { makeHost } from '../host.js';

const HTTP = ['wasi:http/types', 'wasi:http/outgoing-handler'];
const SOCKETS = [
  'instance-network',
  'ip-name-lookup',
  'network',
  'tcp',
  'tcp-create-socket',
  'udp',
  'udp-create-socket',
].map((name) => `wasi:sockets/${name}`);

/** Whether an exported interface (jco names it in two ways) answers requests. */
export const isHandler = (name: string): boolean =>
  name === 'incomingHandler' || bareName(name) === 'wasi:http/incoming-handler';

/** The imported interfaces (names with versions) that there are none of. */
export function missingInterfaces(imports: readonly string[]): string[] {
  const exit = (): never => {
    throw new Error('nobody runs');
  };
  const given = new Set([...Object.keys(makeHost({ args: [], env: {}, exit })), ...HTTP, ...SOCKETS]);
  return imports.filter((name) => !given.has(bareName(name)));
}
