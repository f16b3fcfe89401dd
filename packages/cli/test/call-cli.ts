import { Readable } from 'node:stream'

import { systemClock, type Clock } from '@portcullis/runtime'

import type { ExitCode } from '../src/exit.ts'
import { type Pace, systemPace } from '../src/pace.ts'
import { runCli } from '../src/run-cli.ts'
import type { BeforeEnd } from '../src/terminal/before-end.ts'
import type { Output } from '../src/terminal/terminal.ts'

/** What a call of the command line left behind. */
export interface CliAnswer {
  readonly exit: ExitCode
  readonly out: string
  readonly err: string
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly pace?: Pace
  readonly beforeEnd?: BeforeEnd
  readonly stdin?: string
  /** As if a person looked at it, in a terminal of this width. */
  readonly columns?: number
}

/** No `npm start` that happens to run here is to be seen by a test. */
const NOWHERE = { PORTCULLIS_DATA: '/nonexistent' }

/** Runs a command in this process, and returns all that it wrote. */
export async function callCli(
  argv: readonly string[],
  options: CallOptions = {},
): Promise<CliAnswer> {
  const { clock = systemClock, pace = systemPace, beforeEnd = () => () => {} } = options
  const { columns, stdin = '' } = options
  const terminal = columns === undefined ? {} : { isTTY: true, columns }
  const written = { out: '', err: '' }
  const into = (name: 'out' | 'err'): Output => ({
    write: (text, done) => {
      written[name] += text
      done?.()
    },
    ...terminal,
  })
  const env = { ...NOWHERE, ...options.env }
  const streams = { stdin: Readable.from([stdin]), stdout: into('out'), stderr: into('err') }
  const exit = await runCli({ argv, env, ...streams, clock, pace, beforeEnd })
  return { exit, ...written }
}
