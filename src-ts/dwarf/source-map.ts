/**
 * Source places by a source map (ECMA-426), as AssemblyScript and Emscripten write them: the module is one line, its
 * columns are byte offsets. Functions have no names there, and inlined calls are not told.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFrame } from './lines.js';

/** As much of @jridgewell/trace-mapping as is needed here. */
interface Tracing {
  TraceMap: new (map: string, url: string) => OpenMap;
  /** Column, source, line, column and perhaps name; lines and columns from 0; null where there is none. */
  traceSegment(map: OpenMap, line: number, column: number): readonly number[] | null;
}
interface OpenMap {
  readonly sources: readonly (string | null)[];
  readonly resolvedSources: readonly (string | null)[];
}

/**
 * Opens a map.
 * @param url where it is, which its sources are relative to; empty: nowhere
 * @throws Error when it is none, and when the package that reads it is not installed
 */
export const openSourceMap = (text: string, url: string): SourceMap => new SourceMap(text, url);

/** Folders above that of a map. */
const MAX_UP = 4;

class SourceMap {
  private readonly tracing: Tracing;
  private readonly map: OpenMap;
  /** Names of sources as they are shown. */
  private readonly shown: (string | undefined)[] = [];

  constructor(
    text: string,
    private readonly url: string,
  ) {
    this.tracing = tracingLibrary();
    // Some precede the map by a line that keeps browsers from running it.
    this.map = new this.tracing.TraceMap(text.replace(/^\)\]\}'[^\n]*\n/, ''), url);
  }

  /** Where a byte offset of the module is; empty where nothing is known. */
  locate(offset: number): SourceFrame[] {
    const segment = this.tracing.traceSegment(this.map, 0, offset);
    if (segment === null || segment.length === 1) return [];
    return [{ name: null, file: this.fileOf(segment[1]), line: segment[2] + 1, column: segment[3] + 1 }];
  }

  /**
   * The file, if it is there: compilers name sources relative to the map, or to a folder above it (AssemblyScript); else the
   * source's name in the map.
   */
  private fileOf(source: number): string {
    return (this.shown[source] ??= this.readName(source));
  }

  private readName(source: number): string {
    const resolved = this.map.resolvedSources[source] ?? '';
    const name = this.map.sources[source] ?? '?';
    const files = [resolved.startsWith('file:') ? fileURLToPath(resolved) : resolved];
    let folder = this.url === '' ? process.cwd() : path.dirname(fileURLToPath(this.url));
    for (let up = 0; up < MAX_UP; up++, folder = path.dirname(folder)) files.push(path.resolve(folder, name));
    return files.find((file) => fs.existsSync(file)) ?? name;
  }
}

function tracingLibrary(): Tracing {
  try {
    return createRequire(__filename)('@jridgewell/trace-mapping') as Tracing;
  } catch {
    throw new Error(
      'source maps need the optional package @jridgewell/trace-mapping, which is not installed: npm install @jridgewell/trace-mapping@0.3.31',
    );
  }
}
