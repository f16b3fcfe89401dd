import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { type ImportCheck, importLog } from '@portcullis/event-log'
import { minutesWholeSince, replayProjections, verifySealsIn } from '@portcullis/projections'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { readLines } from '../files/read-lines.ts'
import { withStore } from '../store/with-store.ts'
import { countText } from '../terminal/count.ts'

/** Days of which the exporting side's retention had taken minutes already cannot be checked. */
const sealMismatch: ImportCheck = async (tx, project) => {
  const keptSince = await minutesWholeSince(tx, project)
  return (await verifySealsIn(tx, project, keptSince)).mismatch
}

export const importCommand = defineCommand({
  name: 'import',
  summary: 'read an exported log into a new database',
  details:
    'All or nothing: every hash and seal is checked, and every projection rebuilt. The database\n' +
    'must have its schema (`portcullis migrate`) and nothing in it yet.',
  arguments: [
    { name: 'FILE', description: 'what `portcullis export` wrote, or - for standard input' },
  ],
  examples: ['portcullis-2026-11-23.ndjson', '- < portcullis.ndjson'],
  run: async (cli, _options, [file = '']) =>
    withStore(cli, async ({ pool }) => {
      const { terminal } = cli
      terminal.progress('importing …')
      const { events, batches, minutes, people } = await importLog(
        pool,
        readLines(file, cli.stdin),
        sealMismatch,
      )
      terminal.progress('rebuilding the projections …')
      await replayProjections(pool, DEFAULT_PROJECT)
      terminal.progress('')
      const parts = [
        countText(events, 'event'),
        countText(batches, 'batch', 'batches'),
        countText(minutes, 'hour of minutes', 'hours of minutes'),
        countText(people, 'name'),
      ]
      terminal.line(
        `Imported ${parts.join(', ')}; every hash and seal holds, and the projections are rebuilt.`,
      )
      return EXIT.ok
    }),
})
