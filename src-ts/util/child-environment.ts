/** The environment of processes that the package starts for itself. */

/** What any of them needs; the second line on Windows. */
const NAMES = [
  ...['PATH', 'HOME', 'LD_LIBRARY_PATH', 'TMPDIR', 'WAMR_NATIVE_ADDON'],
  ...['SystemRoot', 'SystemDrive', 'TEMP', 'TMP', 'USERPROFILE', 'LOCALAPPDATA', 'NODE_SKIP_PLATFORM_CHECK'],
];

/** Nothing of the program's environment but these names and `more`. */
export function childEnvironment(...more: string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of [...NAMES, ...more]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  if (process.versions.electron !== undefined) environment.ELECTRON_RUN_AS_NODE = '1';
  return environment;
}
