/** Exit codes of the command line, and the errors that choose them. */

export const enum ExitCode {
  FAILURE = 1,
  USAGE = 2,
  /** As of a process that abort() ended, which is what a shell shows for a trap of other runtimes too. */
  TRAP = 134,
}

/** The command line was used wrongly: exit code 2. Any other error: 1. */
export class UsageError extends Error {
  /** Told by this and not by the class, of which each bundle has its own. */
  readonly exitCode = ExitCode.USAGE;
}

/** What a command ends with that throws this. */
export const exitCodeOf = (e: unknown): ExitCode =>
  (e as Partial<UsageError> | null)?.exitCode === ExitCode.USAGE ? ExitCode.USAGE : ExitCode.FAILURE;
