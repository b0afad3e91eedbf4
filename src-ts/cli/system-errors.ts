/** Messages for errors of the operating system. */

/** System errors of Node in words; other errors' messages. */
export function errorText(e: NodeJS.ErrnoException): string {
  switch (e.code) {
    case 'ENOENT':
      return `${e.path ?? 'file'}: no such file or folder`;
    case 'EACCES':
      return `${e.path ?? 'file'}: permission denied`;
    case 'EISDIR':
      return `${e.path ?? 'the path'} is a folder`;
    case 'ENOTDIR':
      return `${e.path ?? 'the path'}: a part of it is not a folder`;
    case 'ENOSPC':
      return `${e.path === undefined ? '' : `${e.path}: `}no space left on the device`;
    default:
      return e.message;
  }
}
