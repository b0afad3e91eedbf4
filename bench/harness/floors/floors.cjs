/** `node floors.cjs ADDON`: nanoseconds of processor time by row, as a line of JSON. floors.cc says what the rows are. */
const native = require(process.argv[2]);

const N = 3_000_000;
const empty = () => {};

function time(run) {
  const samples = [];
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage();
    run(N);
    const { user, system } = process.cpuUsage(before);
    samples.push((1000 * (user + system)) / N);
  }
  return samples.slice(2);
}

/** A loop of its own for each, so that no call site sees two functions. (V8 takes equal texts for the same code.) */
let loops = 0;
const loop = (f) => new Function('f', `return (n) => { for (let i = 0; i < n; i++) f(); } // ${loops++}`)(f);
const rows = {
  'JS → JS': time(loop(empty)),
  'JS → native, N-API': time(loop(native.napi)),
  'JS → native, V8 API': time(loop(native.slow)),
  'JS → native, fast call': time(loop(native.fast)),
  'native → JS, N-API': time((n) => native.callByNapi(empty, n)),
  'native → JS, V8 API': time((n) => native.call(empty, n)),
};
native.beginRet();
rows['fast call, to another stack and back by returns'] = time(loop(native.switchRet));
native.beginJmp();
rows['fast call, to another stack and back by jumps'] = time(loop(native.switchJmp));
console.log(JSON.stringify(rows));
