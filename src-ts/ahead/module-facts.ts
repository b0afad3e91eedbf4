/** The copy of what selection knows of a module (codegen/module-facts.ts) that translated selection reads. */
import type { ModuleFacts } from '../codegen/module-facts.js';
import type { Ahead } from './memory.js';
import { type Fields, Mirror } from './mirror.js';

type Group =
  | 'functions'
  | 'imports'
  | 'types'
  | 'typesAt'
  | 'places'
  | 'globals'
  | 'tables'
  | 'tags'
  | 'tagsAt'
  | 'contents'
  | 'memories';

const FIELDS: Fields<Group> = {
  arrays: {
    functions: ['funcTypes'],
    imports: ['imports'],
    types: ['results', 'outBytes', 'signature', 'typeId'],
    typesAt: ['placeAt'],
    places: ['register', 'stack'],
    globals: ['globals', 'globalBytes'],
    tables: ['tables', 'closedTables', 'tableLeast'],
    tags: ['tags', 'contentsBytes'],
    tagsAt: ['contentsAt'],
    contents: ['contents'],
    memories: ['memoryViews', 'memoryFlags', 'memoryPageShift', 'memoryLeastBytes'],
  },
  vecs: {},
  numbers: ['importedFuncs', 'importedGlobals', 'importedMemories', 'memories'],
  flags: [],
  links: [],
};

export class ModuleMirror {
  private readonly mirror: Mirror<Group>;
  /** The module whose facts are there. */
  private present: ModuleFacts | null = null;

  constructor(ahead: Ahead) {
    this.mirror = new Mirror(ahead, ahead.make('ModuleFacts'), 'ModuleFacts', FIELDS);
  }

  get object(): number {
    return this.mirror.object;
  }

  set(m: ModuleFacts): void {
    if (this.present === m) return;
    this.present = m;
    this.mirror.copyIn(m, {
      functions: m.funcTypes.length,
      imports: m.imports.length,
      types: m.results.length,
      typesAt: m.placeAt.length,
      places: m.stack.length,
      globals: m.globals.length,
      tables: m.tables.length,
      tags: m.tags.length,
      tagsAt: m.contentsAt.length,
      contents: m.contents.length,
      memories: m.memories,
    });
  }
}
