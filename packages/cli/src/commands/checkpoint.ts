import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { readCheckpoint, signCheckpoint } from '@portcullis/event-log'

import { checkpointText, readPrivateKey } from '../checkpoint/files.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { STANDARD_STREAM } from '../files/read-lines.ts'
import { writeNewFile } from '../files/write-new-file.ts'
import { withStore } from '../store/with-store.ts'

export const checkpoint = defineCommand({
  name: 'checkpoint',
  summary: 'sign where the log stands, to be kept elsewhere',
  details:
    'Whoever owns the database can rewrite log, hashes and head together. `portcullis verify\n' +
    '--checkpoint` then finds that the log is not what was signed, if file and key were kept elsewhere.',
  arguments: [{ name: 'FILE', description: 'a new file, or - for standard output' }],
  options: {
    key: { type: 'string', value: 'FILE', description: 'private Ed25519 key in PEM, to sign with' },
  },
  examples: ['checkpoint.json --key checkpoint-key.pem'],
  run: async (cli, options, [file = '']) => {
    if (options.key === undefined) {
      throw failure(EXIT.usage, '--key is missing. See `portcullis checkpoint --help`.')
    }
    const key = await readPrivateKey(options.key)
    const head = await withStore(cli, ({ pool }) => readCheckpoint(pool, DEFAULT_PROJECT))
    const text = checkpointText(signCheckpoint(head, key))
    if (file === STANDARD_STREAM) await cli.terminal.pour(textsOf(text))
    else await writeNewFile(file, textsOf(text))
    cli.terminal.note(`Signed the log at position ${head.position}.`)
    return EXIT.ok
  },
})

async function* textsOf(text: string): AsyncGenerator<string, void, undefined> {
  yield text
}
