import { Readable } from 'node:stream'

import { runCli } from '@portcullis/cli'
import { systemClock } from '@portcullis/runtime'

import type { GatewayOptions } from '../portcullis/gateway.ts'

/** What a pipeline gets from `portcullis guard`: lines for people, and how the process ends. */
export interface PipelineAnswer {
  readonly lines: readonly string[]
  readonly exit: number
}

/** How its lines are to look. */
export interface PipelineLook {
  readonly isColoured: boolean
  /** Characters of a line; what is longer is cut. */
  readonly width: number
}

/** Runs `portcullis guard` as a pipeline does that wants to release. */
export async function askAsPipeline(
  { url, token, environment }: GatewayOptions,
  { isColoured, width }: PipelineLook,
): Promise<PipelineAnswer> {
  let text = ''
  const output = {
    isTTY: true,
    columns: width,
    write: (piece: string, done?: () => void) => {
      text += piece
      done?.()
    },
  }
  const exit = await runCli({
    argv: ['guard', '--environment', environment],
    env: { PORTCULLIS_URL: url, PORTCULLIS_TOKEN: token, NO_COLOR: isColoured ? '' : '1' },
    stdin: Readable.from([]),
    stdout: output,
    stderr: output,
    clock: systemClock,
  })
  return { exit, lines: text.trimEnd().split('\n') }
}
