/**
 * Worker threads inherit `register`: by themselves where it was given by --import, --require or NODE_OPTIONS; where the
 * program has imported it, its workers are started with --require.
 */
import { ORIGINAL_WORKER } from '../aot/service.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';

/** The options of this Node, on its command line and in the environment. */
export const nodeOptions = (): string => `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;

export function inherit(): void {
  const options = nodeOptions();
  if (options.includes('wamr-native/register') || options.includes('dist/register')) return;
  const threads = builtin<typeof import('node:worker_threads')>('node:worker_threads');
  const { Worker } = threads;
  class RegisteredWorker extends Worker {
    constructor(file: string | URL, options: import('node:worker_threads').WorkerOptions = {}) {
      const { execArgv = process.execArgv } = options;
      super(file, { ...options, execArgv: [...execArgv, '--require', packageFile('register.js')] });
    }
  }
  Object.defineProperty(RegisteredWorker, ORIGINAL_WORKER, { value: Worker });
  Object.defineProperty(RegisteredWorker, 'name', { value: 'Worker', configurable: true });
  threads.Worker = RegisteredWorker;
  builtin<typeof import('node:module')>('node:module').syncBuiltinESMExports();
}
