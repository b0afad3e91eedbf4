/** `wamr-native settings`: options of the compiler, and features of this machine. */
import os from 'node:os';
import type { Command } from 'commander';
import { DEFAULT_TARGET, featureNames, TARGETS } from '../../aot/targets.js';
import { binding, machineOf } from '../../addon.js';
import { cacheDir } from '../../cache/place.js';
import { engine } from '../../index.js';
import { OPTIMISATIONS } from '../../util/switches.js';
import { VERSION } from '../../version.js';
import { PROPOSALS } from '../../wasm/proposals.js';
import { out, print, table } from '../output.js';

const HELP = `
Targets (--target), optimisations (--disable), proposals (--without), and what native means here.

Examples:
  wamr-native settings
  wamr-native settings --json`;

interface Settings {
  version: string;
  node: string;
  platform: string;
  /** Where modules run: on this engine, or on V8's where it has no back end for the machine. */
  engine: string;
  cache: string | null;
  native: string[];
  targets: Record<string, string[]>;
  defaultTarget: string;
  optimisations: Record<string, string>;
  proposals: Record<string, 'on' | 'not supported'>;
}

export function addSettings(program: Command): void {
  program
    .command('settings')
    .description('list targets, optimisations, proposals, and what this machine has')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(({ json }: { json?: boolean }) => {
      const settings = collect();
      if (json) print(JSON.stringify(settings, null, 2));
      else printSettings(settings);
    });
}

function collect(): Settings {
  return {
    version: VERSION,
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
    engine,
    cache: cacheDir(),
    native: engine === 'wamr' ? featureNames(machineOf(binding())) : [],
    targets: Object.fromEntries(Object.entries(TARGETS).map(([name, target]) => [name, featureNames(target)])),
    defaultTarget: DEFAULT_TARGET,
    optimisations: OPTIMISATIONS,
    proposals: Object.fromEntries(PROPOSALS.map((p) => [p.name, p.supported ? 'on' : 'not supported'])),
  };
}

function printSettings(s: Settings): void {
  const section = (title: string, rows: string[][]): void => print(`${out.bold(title)}\n${table(rows)}\n`);
  section('Here', [
    ['wamr-native', s.version],
    ['node', s.node],
    ['platform', s.platform],
    [
      'modules run on',
      s.engine === 'wamr' ? 'this engine' : "Node's own engine: there is no back end for this machine",
    ],
    ['cache', s.cache ?? '(none: no home folder)'],
    ['native', s.native.join(' ') || '(nothing)'],
  ]);
  section(
    'Targets',
    Object.entries(s.targets).map(([name, features]) => [
      name + (name === s.defaultTarget ? ' (default)' : ''),
      features.join(' '),
    ]),
  );
  section('Proposals beyond WebAssembly 2.0', Object.entries(s.proposals));
  section('Optimisations', Object.entries(s.optimisations));
}
