/** `wamr-native cache`: lists, prunes and clears the content cache. */
import { type Command, Option } from 'commander';
import { clearCache, listCache, pruneCache } from '../../cache/cache.js';
import { cacheDir } from '../../cache/place.js';
import { count, print, size, table } from '../output.js';
import { parseSize, parseTime } from '../quantities.js';

const HELP = `
\`run\` compiles a module once and finds the machine code here afterwards. Entries are named by a
hash of the module, the options and the compiler, so they never go stale; old ones only take space.
One entry is the compiler itself, as JavaScript that Node need not compile again.
The folder is WAMR_CACHE_DIR, else $XDG_CACHE_HOME/wamr-native, else ~/.cache/wamr-native.

Examples:
  wamr-native cache ls
  wamr-native cache prune --max-age 30d --max-size 2GB
  wamr-native cache clear`;

export function addCache(program: Command): void {
  const cache = program
    .command('cache')
    .description('show or empty the cache of compiled modules')
    .helpCommand(false)
    .addHelpText('after', HELP);
  cache
    .command('ls')
    .description('list the entries, most recently used first')
    .option('--json', 'as JSON')
    .action(list);
  cache
    .command('clear')
    .description('remove all entries')
    .action(() => print(`removed ${count(clearCache())} entries from ${cacheDir()}`));
  cache
    .command('prune')
    .description('remove entries that were not used for long, then the oldest beyond a size')
    .addOption(
      new Option('--max-age <time>', 'keep what was used within this time, such as 12h or 30d').argParser(parseTime),
    )
    .addOption(new Option('--max-size <size>', 'keep at most this much, such as 500MB or 2GB').argParser(parseSize))
    .action(({ maxAge = 30 * 86_400_000, maxSize }: { maxAge?: number; maxSize?: number }) => {
      print(`removed ${count(pruneCache({ maxAgeMs: maxAge, maxBytes: maxSize }))} entries from ${cacheDir()}`);
    });
}

function list({ json }: { json?: boolean }): void {
  const entries = listCache();
  if (json) {
    print(JSON.stringify({ folder: cacheDir(), entries }, null, 2));
    return;
  }
  const total = entries.reduce((sum, e) => sum + e.bytes, 0);
  print(`${cacheDir()}: ${count(entries.length)} entries, ${size(total)}`);
  if (entries.length > 0)
    print(
      table(
        entries.map((e) => [
          e.key.slice(0, 16),
          size(e.bytes),
          new Date(e.used).toISOString().slice(0, 16).replace('T', ' '),
        ]),
        [1],
      ),
    );
}
