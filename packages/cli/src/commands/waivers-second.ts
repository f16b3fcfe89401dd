import { type Command, defineCommand } from '../command.ts'
import { WAIVER, waiverCommand } from './waiver-command.ts'

const SECOND = [
  ['approve', 'approve a waiver that somebody else granted'],
  ['revoke', 'revoke a waiver before its end'],
] as const

/** What is done with a waiver that is there. */
export const waiversSecond: readonly Command[] = SECOND.map(([word, summary]) =>
  defineCommand({
    name: `waivers ${word}`,
    summary,
    arguments: WAIVER,
    run: async (cli, _options, [id = '']) =>
      waiverCommand(cli, `/v1/waivers/${encodeURIComponent(id)}/${word}`, {}),
  }),
)
