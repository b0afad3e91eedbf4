/**
 * Folders that a component may read and not change, which preview2-shim does not have. Descriptors get methods of their
 * own that refuse: those of the folders, and those of everything that is opened below them.
 */
import type { Interfaces } from './wasi.js';

/** The error code of `wasi:filesystem` for it. */
const READ_ONLY = 'read-only';

type Flags = Record<string, boolean | undefined>;
interface Descriptor {
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

/* eslint-disable @typescript-eslint/only-throw-error -- errors of results are thrown as they are, for jco's glue */

function refuse(): never {
  throw READ_ONLY;
}

/** Makes the preopened folders with these names read-only. */
export function guardFolders(imports: Interfaces, names: ReadonlySet<string>): void {
  if (names.size === 0) return;
  const getDirectories = imports['wasi:filesystem/preopens'].getDirectories as () => [Descriptor, string][];
  const guard = new Guard();
  const folders = getDirectories().map(([d, name]): [Descriptor, string] => [
    names.has(name) ? guard.readOnly(d) : guard.writable(d),
    name,
  ]);
  imports['wasi:filesystem/preopens'] = { getDirectories: () => [...folders] };
}

class Guard {
  private readonly guarded = new WeakSet<Descriptor>();

  readOnly(d: Descriptor): Descriptor {
    this.guarded.add(d);
    const openAt = d.openAt.bind(d);
    const own = Object.fromEntries(CHANGING.map((name) => [name, refuse]));
    return Object.assign(d, own, {
      openAt: (pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Descriptor => {
        const { create, exclusive, truncate } = openFlags;
        if (truncate || flags.write || flags.mutateDirectory || (create && exclusive)) throw READ_ONLY;
        try {
          return this.readOnly(openAt(pathFlags, path, { ...openFlags, create: false }, flags));
        } catch (e) {
          throw create && e === 'no-entry' ? READ_ONLY : e;
        }
      },
    });
  }

  /** May be changed; but nothing of it may be moved or linked into a folder that may not. */
  writable(d: Descriptor): Descriptor {
    const openAt = d.openAt.bind(d);
    const renameAt = d.renameAt.bind(d);
    const linkAt = d.linkAt.bind(d);
    return Object.assign(d, {
      openAt: (...args: Parameters<Descriptor['openAt']>) => this.writable(openAt(...args)),
      renameAt: (oldPath: string, to: Descriptor, newPath: string) =>
        this.guarded.has(to) ? refuse() : renameAt(oldPath, to, newPath),
      linkAt: (flags: Flags, oldPath: string, to: Descriptor, newPath: string) =>
        this.guarded.has(to) ? refuse() : linkAt(flags, oldPath, to, newPath),
    });
  }
}
