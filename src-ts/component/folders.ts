/**
 * Folders that a component may read and not change, which preview2-shim does not have. Descriptors get methods of their
 * own that refuse: those of the folders, and those of everything that is opened below them. What is opened can be closed
 * together, when the component is done with.
 */
/** The error code of `wasi:filesystem` for it. */
const READ_ONLY = 'read-only';

type Flags = Record<string, boolean | undefined>;
export interface Descriptor {
  openAt(pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Descriptor;
  renameAt(oldPath: string, to: Descriptor, newPath: string): void;
  linkAt(pathFlags: Flags, oldPath: string, to: Descriptor, newPath: string): void;
}

/** Methods that change a file or a folder; linking too, since a link elsewhere could be written to. */
const CHANGING = [
  'writeViaStream',
  'appendViaStream',
  'write',
  'setSize',
  'setTimes',
  'setTimesAt',
  'createDirectoryAt',
  'removeDirectoryAt',
  'symlinkAt',
  'unlinkFileAt',
  'linkAt',
  'renameAt',
];

/** Methods that give a stream. */
const STREAMS = ['readViaStream', 'writeViaStream', 'appendViaStream', 'readDirectory'];

/* eslint-disable @typescript-eslint/only-throw-error -- errors of results are thrown as they are, for jco's glue */

function refuse(): never {
  throw READ_ONLY;
}

/** What the shim's resources are closed by. */
const DISPOSE: symbol = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('dispose');

/** Guards the descriptors of one component. */
export class FolderGuard {
  private readonly guarded = new WeakSet<Descriptor>();
  private readonly opened = new Set<object>();

  /** @param readOnly names of folders that may not be changed */
  constructor(private readonly readOnlyNames: ReadonlySet<string>) {}

  /** The folders with their names. */
  folders(list: readonly [Descriptor, string][]): [Descriptor, string][] {
    return list.map(([d, name]) => [this.readOnlyNames.has(name) ? this.readOnly(d) : this.writable(d), name]);
  }

  /** Notes a resource of the shim, for `close`. */
  note<T extends object>(resource: T): T {
    this.opened.add(resource);
    return resource;
  }

  /** Closes what is still open. */
  close(): void {
    // Streams before the files that they belong to.
    for (const resource of [...this.opened].reverse())
      (resource as Record<symbol, (() => void) | undefined>)[DISPOSE]?.();
    this.opened.clear();
  }

  private readOnly(d: Descriptor): Descriptor {
    this.guarded.add(d);
    const openAt = d.openAt.bind(d);
    const own = Object.fromEntries(CHANGING.map((name) => [name, refuse]));
    return Object.assign(this.noting(d), own, {
      openAt: (pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Descriptor => {
        const { create, exclusive, truncate } = openFlags;
        if (truncate || flags.write || flags.mutateDirectory || (create && exclusive)) throw READ_ONLY;
        try {
          return this.readOnly(this.note(openAt(pathFlags, path, { ...openFlags, create: false }, flags)));
        } catch (e) {
          throw create && e === 'no-entry' ? READ_ONLY : e;
        }
      },
    });
  }

  /** Notes the streams of a file or folder. */
  private noting(d: Descriptor): Descriptor {
    const methods = d as unknown as Record<string, (...args: unknown[]) => object>;
    for (const name of STREAMS) {
      const make = methods[name].bind(d);
      methods[name] = (...args) => this.note(make(...args));
    }
    return d;
  }

  /** May be changed; but nothing of it may be moved or linked into a folder that may not. */
  private writable(d: Descriptor): Descriptor {
    const openAt = d.openAt.bind(d);
    const renameAt = d.renameAt.bind(d);
    const linkAt = d.linkAt.bind(d);
    return Object.assign(this.noting(d), {
      openAt: (...args: Parameters<Descriptor['openAt']>) => this.writable(this.note(openAt(...args))),
      renameAt: (oldPath: string, to: Descriptor, newPath: string) =>
        this.guarded.has(to) ? refuse() : renameAt(oldPath, to, newPath),
      linkAt: (flags: Flags, oldPath: string, to: Descriptor, newPath: string) =>
        this.guarded.has(to) ? refuse() : linkAt(flags, oldPath, to, newPath),
    });
  }
}
