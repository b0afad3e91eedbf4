/** `--js-heap` as the parsed command line has it: not in js-heap.ts, which `run FILE` loads without commander. */
import { Option } from 'commander';
import { parseSize } from './quantities.js';

export const jsHeapFlag = (): Option =>
  new Option(
    '--js-heap <size>',
    'the JavaScript heap of a component made by componentize-js grows to 1GB, say (as built: 32MB)',
  ).argParser(parseSize);
