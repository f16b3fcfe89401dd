import { spawn } from 'node:child_process'

import type { ServerUser } from './server-user.ts'

/** How to run a program: as whom, and with what on its standard input. */
export type RunOptions = Readonly<{ user?: ServerUser; input?: string; timeoutMs: number }>

/** How a program ended. `code` is null when it was killed by a signal, or could not be started. */
export type RunResult = Readonly<{ code: number | null; stdout: string; stderr: string }>

/**
 * The whole environment of the server's programs. The caller's is kept out: its PG* variables,
 * locale and library path would change what they do.
 */
export const SERVER_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Runs a program to its end. Never throws: one that can't be started has code null. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { promise, resolve } = Promise.withResolvers<RunResult>()
  const child = spawn(program, args, {
    ...identityOf(options.user),
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    // Ctrl-C in a terminal reaches the owner alone, which ends when this program has.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // Not spawn's own timeout: that one is not called off when the program can't be started.
  const timeout = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }))
  child.on('close', (code) => resolve({ code, stdout, stderr }))
  // A program that ends without reading its input is judged by its code, not by the broken pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return promise.finally(() => clearTimeout(timeout))
}

/** Returns the options of `spawn` that make a child run as `user`; none when it is undefined. */
export function identityOf(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}
