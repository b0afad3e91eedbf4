/**
 * Worker threads inherit `register`: by themselves where it was given by --import, --require or NODE_OPTIONS; where the
 * program has imported it, its workers are started with --require.
 */
import { ORIGINAL_WORKER } from '../aot/service.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';

/** Has the threads that this one starts load `register`. */
export function inherit(): void {
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
