/** Whether V8 has what fast calls need. */
import { binding, calls } from '../../src-ts/addon.js';

console.log(calls(binding()) !== binding());
