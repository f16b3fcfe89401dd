import { DEFAULT_PROJECT, type LogPosition } from '@portcullis/contracts'
import { replayProjections, type Verification, verifyProjections } from '@portcullis/projections'
import type { Pool } from 'pg'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { differenceRows } from '../findings/difference-rows.ts'
import { withStore } from '../store/with-store.ts'
import { countText } from '../terminal/count.ts'

export const replay = defineCommand({
  name: 'replay',
  summary: 'rebuild every projection from the log',
  details:
    'Rebuilds beside the live tables while the system goes on, then holds writers still for a moment\n' +
    'and replaces the rows that differ. Readers are never held up. With --verify nothing is changed:\n' +
    'exits with 1 where a projection is not what the log says, and shows the first differences.',
  options: {
    verify: { type: 'boolean', description: 'only compare, in one snapshot' },
    json: JSON_OPTION,
  },
  run: async (cli, options) =>
    withStore(cli, ({ pool }) =>
      options.verify ? compare(cli, pool, options.json) : rebuild(cli, pool, options.json),
    ),
})

async function rebuild(cli: Cli, pool: Pool, json: boolean): Promise<ExitCode> {
  const { terminal } = cli
  const done = await replayProjections(pool, DEFAULT_PROJECT, progressOn(cli))
  terminal.progress('')
  if (json) {
    terminal.json(done)
    return EXIT.ok
  }
  const mended =
    done.mended === 0 ? 'every row was right' : `${countText(done.mended, 'row')} mended`
  terminal.line(`Replayed ${foldedText(done)}: ${mended}.`)
  return EXIT.ok
}

async function compare(cli: Cli, pool: Pool, json: boolean): Promise<ExitCode> {
  const { terminal } = cli
  const found = await verifyProjections(pool, DEFAULT_PROJECT, progressOn(cli))
  terminal.progress('')
  if (json) terminal.json(found)
  else print(cli, found)
  return found.differences.length === 0 ? EXIT.ok : EXIT.no
}

function progressOn({ terminal }: Cli): (position: LogPosition) => void {
  return (position) => terminal.progress(`${countText(position, 'event')} …`)
}

function print({ terminal }: Cli, { differences, ...folded }: Verification): void {
  const { paint } = terminal
  if (differences.length === 0) {
    terminal.line(
      `${paint.good('Every projection is what the log says')}: folded ${foldedText(folded)} again.`,
    )
    return
  }
  terminal.table({
    head: ['TABLE', 'ROW', 'COLUMN', 'STORED', 'REBUILT'],
    rows: differenceRows(differences),
  })
  const rows = `${countText(differences.length, 'row')} differ${differences.length === 1 ? 's' : ''}`
  terminal.line(
    `${paint.bad('Projections are not what the log says')}: ${rows} (at most 10 a table are shown).`,
  )
  terminal.note(
    '`portcullis replay` mends them; `portcullis verify` tells whether the log is intact.',
  )
}

function foldedText({ events, batches }: { events: number; batches: number }): string {
  return `${countText(events, 'event')} and ${countText(batches, 'batch', 'batches')}`
}
