/** `wamr-native serve`: answers HTTP by a component. */
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { compileCached, readCompiled } from '../../component/cached.js';
import { isHandler, missingInterfaces } from '../../component/serve/interfaces.js';
import { makeServer } from '../../component/serve/server.js';
import { compileOptions, type CompileFlags } from '../compile-flags.js';
import { addCompileFlags, positive } from '../compile-options.js';
import { UsageError } from '../exit.js';
import { expectKind, inFile, readInput, stem } from '../files.js';
import { withHeapFlag } from '../js-heap.js';
import { jsHeapFlag } from '../js-heap-flag.js';
import { note, print } from '../output.js';
import { parseSize, parseTime } from '../quantities.js';
import type { RunFlags } from '../run.js';
import { collectDir, collectEnv } from './run.js';

const HELP = `
FILE is a component that exports wasi:http/incoming-handler (the world wasi:http/proxy), or the folder of
a compiled one. Each request gets an instance of its own, in one of --workers threads; bodies are
streamed both ways. A guest that traps, exits, or is past its --timeout answers 500 (or breaks off what it
has begun), a line on standard error says why, and the server goes on. Guests have no folders but those of
--dir, no sockets without --network, and send no requests without --outgoing; what a guest has opened is closed
with its request.

Examples:
  wamr-native serve hello.component.wasm
  wamr-native serve --addr 127.0.0.1:3000 --timeout 2s --max-memory 64MB --env LEVEL=debug api.wasm`;

interface Flags extends CompileFlags {
  addr: { host: string; port: number };
  workers?: number;
  env?: Record<string, string>;
  outgoing?: boolean;
  dir?: RunFlags['dir'];
  network?: boolean;
  timeout: number;
  maxMemory?: number;
  jsHeap?: number;
  cache: boolean;
}

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('answer HTTP by a component')
    .argument('<file>', 'component, its text, or the folder of a compiled component')
    .addOption(
      new Option('--addr <host:port>', 'where to listen; port 0: any')
        .argParser(parseAddress)
        .default({ host: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
    )
    .addOption(new Option('--workers <n>', 'threads of guests (default: one for each core)').argParser(positive))
    .option('--env <name=value>', 'give guests an environment variable; `inherit`: all of this process', collectEnv)
    .option('--outgoing', 'guests may send HTTP requests')
    .option('--network', 'guests may use sockets and look up names')
    .option('--dir <host::guest::ro>', 'give guests a folder; ::ro to read only', collectDir)
    .addOption(new Option('--timeout <time>', 'of a request').argParser(parseTime).default(30_000, '30s'))
    .addOption(
      new Option('--max-memory <size>', 'a memory of a guest grows to 256MB, say, and no further').argParser(parseSize),
    )
    .addOption(jsHeapFlag())
    .option('--no-cache', 'compile even if the cache has the component, and store nothing');
  addCompileFlags(command).addHelpText('after', HELP).action(serve);
}

function parseAddress(text: string): Flags['addr'] {
  const m = /^(?:(.*):)?(\d{1,5})$/.exec(text);
  if (m === null || Number(m[2]) > 65535) throw new InvalidArgumentError('It must be HOST:PORT or PORT.');
  return { host: (m[1] ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'), port: Number(m[2]) };
}

async function serve(file: string, flags: Flags): Promise<void> {
  const input = expectKind(withHeapFlag(await readInput(file), flags.jsHeap), 'serve', 'component', 'folder');
  const folder = path.dirname(input.path);
  try {
    const compiled =
      input.kind === 'folder'
        ? await readCompiled(input.path)
        : await compileCached(input.bytes, {
            ...compileOptions(flags),
            name: stem(input.path),
            folder,
            cache: flags.cache,
          });
    const { exports, imports } = compiled.manifest;
    if (!exports.some(isHandler))
      throw new UsageError(
        `${input.path} does not export wasi:http/incoming-handler; it exports ${exports.slice(0, 8).join(', ') || 'nothing'}${exports.length > 8 ? ', …' : ''}`,
      );
    const missing = missingInterfaces(imports);
    if (missing.length > 0)
      throw new UsageError(`${input.path} imports ${missing.join(', ')}, which serve does not give`);
    const { addr, workers, env, outgoing = false, dir: dirs, network, timeout, maxMemory } = flags;
    const server = await makeServer(compiled, {
      guest: {
        env,
        outgoing,
        dirs,
        network,
        folder: path.resolve(folder),
        timeoutMs: timeout,
        memoryPages: maxMemory === undefined ? undefined : Math.floor(maxMemory / 65536),
      },
      workers,
      log: note,
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(addr.port, addr.host, resolve);
    });
    const { address, port, family } = server.address() as { address: string; port: number; family: string };
    print(`serving on http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        server.close();
        server.closeAllConnections();
      });
    await new Promise((resolve) => server.once('close', resolve));
  } catch (e) {
    throw inFile(input.path, e);
  }
}
