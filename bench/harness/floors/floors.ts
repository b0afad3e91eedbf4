/** What a crossing costs at least (floors.cc): built against the headers of the Node that runs, which come with it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BENCH } from '../paths.js';
import type { Table } from '../tables.js';

const SOURCES = join(BENCH, 'harness', 'floors');
const NODE_HEADERS = join(dirname(process.execPath), '..', 'include', 'node');

export function floorsTable(): Table {
  const folder = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
  try {
    const addon = join(folder, 'floors.node');
    const options = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNODE_GYP_MODULE_NAME=floors', `-I${NODE_HEADERS}`];
    execFileSync('g++', [...options, join(SOURCES, 'floors.cc'), '-o', addon], { stdio: 'inherit' });
    const out = execFileSync(process.execPath, [join(SOURCES, 'floors.cjs'), addon], { encoding: 'utf8' });
    return {
      id: 'floors',
      about: 'empty functions across the boundary, processor time',
      rows: Object.entries(JSON.parse(out) as Record<string, number[]>).map(([id, samples]) => ({
        id,
        unit: 'ns',
        figures: [{ engine: 'node', label: `Node ${process.version}`, samples }],
      })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
