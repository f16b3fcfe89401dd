import { EXIT, type ExitCode } from './exit.ts'

/** What a command failed with: a sentence for a person, and how the process ends. */
interface Failure extends Error {
  readonly exit: ExitCode
}

/** Returns an error that ends the command with `exit`; the message says what to do. */
export function failure(exit: ExitCode, message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? {} : { cause })
  return Object.assign(error, { exit } satisfies Pick<Failure, 'exit'>)
}

/**
 * Returns how the process ends after `error`, or undefined for a bug: that one is thrown on, so that
 * its stack is seen. What packages refuse in a sentence (a newer schema, a log that is not empty) is
 * an answer: no.
 */
export function exitOf(error: unknown): ExitCode | undefined {
  if (!(error instanceof Error)) return undefined
  if (isFailure(error)) return error.exit
  if ('code' in error && error.code === 'SETTINGS_INVALID') return EXIT.usage
  const isBug = error instanceof TypeError || error instanceof RangeError
  return isBug || error instanceof ReferenceError ? undefined : EXIT.no
}

/** Returns why something failed, in words: some errors of the network carry a code and no message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}

function isFailure(error: Error): error is Failure {
  return 'exit' in error && typeof error.exit === 'number'
}
