import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { exportLog } from '@portcullis/event-log'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { STANDARD_STREAM } from '../files/read-lines.ts'
import { writeNewFile } from '../files/write-new-file.ts'
import { withStore } from '../store/with-store.ts'
import { countText } from '../terminal/count.ts'

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'write the whole log to a file: a backup, or a move',
  details:
    'Events, batches, minutes and people, a JSON value a line, byte for byte, of one moment; the\n' +
    'system may go on meanwhile. The keys of what people wrote are left out unless --with-keys.',
  arguments: [{ name: 'FILE', description: 'a new file, or - for standard output' }],
  options: {
    'with-keys': {
      type: 'boolean',
      description: 'who has the file can then read what people wrote',
    },
  },
  examples: ['portcullis-2026-11-23.ndjson', '- | gzip > portcullis.ndjson.gz'],
  run: async (cli, options, [file = '']) => {
    const { terminal } = cli
    let count = 0
    await withStore(cli, async ({ pool }) => {
      const exported = exportLog(pool, {
        project: DEFAULT_PROJECT,
        withKeys: options['with-keys'],
      })
      const lines = counted(exported, () => {
        count += 1
        if (count % PROGRESS_EVERY === 0) terminal.progress(`${countText(count, 'line')} …`)
      })
      if (file === STANDARD_STREAM) await terminal.pour(lines)
      else await writeNewFile(file, lines)
    })
    terminal.progress('')
    terminal.note(`Exported ${countText(count, 'line')}.`)
    return EXIT.ok
  },
})

const PROGRESS_EVERY = 1_000

async function* counted(
  lines: AsyncIterable<string>,
  count: () => void,
): AsyncGenerator<string, void, undefined> {
  for await (const line of lines) {
    count()
    yield line
  }
}
