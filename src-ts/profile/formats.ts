/** A profile in the formats of other tools: speedscope, V8's `.cpuprofile`, folded stacks, a map for Linux perf. */
import path from 'node:path';
import type { Frame, Profile } from './attribute.js';
import type { ProfiledModule } from './recorder.js';

/** What a frame is called: of one that is a line of wasm's source, with that. */
export const label = ({ name, index, file, line }: Frame): string =>
  index >= 0 && file !== undefined ? `${name} (${path.posix.basename(file)}:${line})` : name;

/** https://www.speedscope.app/file-format-schema.json, type "sampled". */
export function speedscope(p: Profile, title: string): object {
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: title,
    exporter: 'wamr-native',
    activeProfileIndex: 0,
    shared: {
      frames: p.frames.map((f) => ({
        name: label(f),
        file: f.file ?? (f.module || undefined),
        line: f.line ?? (f.index >= 0 ? f.index : undefined),
      })),
    },
    profiles: [
      {
        type: 'sampled',
        name: title,
        unit: 'nanoseconds',
        startValue: 0,
        endValue: p.total,
        samples: p.timeline.map((s) => p.stacks[s.stack]),
        weights: p.timeline.map((s) => s.weight),
      },
    ],
  };
}

interface CpuNode {
  id: number;
  callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number };
  hitCount: number;
  children: number[];
}

/**
 * What Chrome's developer tools and VS Code read: a tree of calls, one node for each sample, microseconds between
 * samples.
 */
export function cpuProfile(p: Profile): object {
  const nodes: CpuNode[] = [];
  const children: Map<number, number>[] = [];
  const add = (functionName: string, url: string, lineNumber: number): number => {
    children.push(new Map());
    return (
      nodes.push({
        id: nodes.length + 1,
        callFrame: { functionName, scriptId: '0', url, lineNumber, columnNumber: -1 },
        hitCount: 0,
        children: [],
      }) - 1
    );
  };
  add('(root)', '', -1);
  const leafOf = p.stacks.map((stack) => {
    let at = 0;
    for (const frame of stack) {
      let next = children[at].get(frame);
      if (next === undefined) {
        const f = p.frames[frame];
        next =
          f.file === undefined
            ? add(f.name, f.module === '' ? '' : `wasm://${f.module}`, f.index)
            : add(label(f), f.file, f.line! - 1);
        children[at].set(frame, next);
        nodes[at].children.push(next + 1);
      }
      at = next;
    }
    return at;
  });
  for (const s of p.timeline) nodes[leafOf[s.stack]].hitCount++;
  return {
    nodes,
    startTime: 0,
    endTime: Math.round(p.total / 1000),
    samples: p.timeline.map((s) => leafOf[s.stack] + 1),
    timeDeltas: p.timeline.map((s) => Math.round(s.weight / 1000)),
  };
}

/** Lines of `frame;frame;frame nanoseconds`, which flamegraph.pl, inferno and others read. */
export function folded(p: Profile): string {
  const weights = new Float64Array(p.stacks.length);
  for (const s of p.timeline) weights[s.stack] += s.weight;
  return p.stacks
    .map((stack, i) => `${stack.map((f) => label(p.frames[f]).replace(/[;\s]/g, '_')).join(';')} ${weights[i]}\n`)
    .join('');
}

/** Lines for `/tmp/perf-PID.map`: `perf report` finds the names of our functions there. */
export function perfMap(m: ProfiledModule): string {
  return m.functions
    .map(
      (f) =>
        `${(m.address + f.start).toString(16)} ${f.bytes.toString(16)} ${`${f.name} [wasm ${m.name}]`.replace(/[\r\n]/g, ' ')}\n`,
    )
    .join('');
}
