import { DAY_MS, DEFAULT_PROJECT, plusMs } from '@portcullis/contracts'
import {
  type BatchReport,
  type ChainReport,
  verifyBatches,
  verifyChain,
} from '@portcullis/event-log'
import { type SealReport, verifySeals } from '@portcullis/projections'

import {
  checkpointFilesOf,
  type CheckpointFiles,
  type CheckpointReport,
  judgeCheckpoint,
} from '../checkpoint/judge-checkpoint.ts'
import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { type Store, withStore } from '../store/with-store.ts'
import { countText } from '../terminal/count.ts'
import { printable } from '../terminal/printable.ts'
import type { Cell } from '../terminal/table.ts'

/** What was looked at, and the first thing that is wrong with each. */
interface Findings {
  readonly chain: ChainReport
  readonly batches: BatchReport
  readonly seals: SealReport
  /** Absent where none was to be looked at. */
  readonly checkpoint?: CheckpointReport
}

export const verify = defineCommand({
  name: 'verify',
  summary: 'whether log, batches and sealed minutes are as written',
  details:
    'Recomputes every hash. The system may go on meanwhile. Exits with 1 at the first mismatch of\n' +
    'each. `portcullis replay --verify` compares the projections with the log.',
  options: {
    checkpoint: {
      type: 'string',
      value: 'FILE',
      description: 'whether the log still is what `portcullis checkpoint` signed',
    },
    'public-key': {
      type: 'string',
      value: 'FILE',
      description: 'public key of whoever signed the checkpoint, in PEM',
    },
    json: JSON_OPTION,
  },
  examples: ['', '--checkpoint checkpoint.json --public-key checkpoint-key.pub'],
  run: async (cli, options) => {
    const { json } = options
    const files = checkpointFilesOf(options.checkpoint, options['public-key'])
    const findings = await withStore(cli, (store) => look(cli, store, files))
    const isIntact = Object.values(findings).every(({ mismatch }) => mismatch === null)
    if (json) cli.terminal.json({ intact: isIntact, ...findings })
    else print(cli, findings)
    return isIntact ? EXIT.ok : EXIT.no
  },
})

async function look(
  { clock, terminal }: Cli,
  { pool, config }: Store,
  files: CheckpointFiles | null,
): Promise<Findings> {
  const checkpoint = files === null ? {} : { checkpoint: await judgeCheckpoint(pool, files) }
  const keptSince = (days: number) => plusMs(clock.now(), -days * DAY_MS)
  const chain = await verifyChain(pool, DEFAULT_PROJECT, {
    onProgress: (position) => terminal.progress(`${countText(position, 'event')} …`),
  })
  terminal.progress('batches …')
  const { batchesDays, minutesDays } = config.retention
  const batches = await verifyBatches(pool, DEFAULT_PROJECT, keptSince(batchesDays))
  terminal.progress('sealed days …')
  const seals = await verifySeals(pool, DEFAULT_PROJECT, keptSince(minutesDays))
  terminal.progress('')
  return { chain, batches, seals, ...checkpoint }
}

function print({ terminal }: Cli, { chain, batches, seals, checkpoint }: Findings): void {
  const { paint } = terminal
  const judged = (what: string, looked: string, mismatch: object | null): Cell[] => [
    what,
    looked,
    mismatch === null
      ? { text: 'intact', style: paint.good }
      : { text: 'BROKEN', style: paint.bad },
  ]
  const expired = seals.expired === 0 ? '' : `, ${seals.expired} past retention`
  terminal.table({
    head: ['TRUTH', 'FOUND GOOD', 'RESULT'],
    rows: [
      judged('log', countText(chain.events, 'event'), chain.mismatch),
      judged('batches', countText(batches.batches, 'batch', 'batches'), batches.mismatch),
      judged('minutes', `${countText(seals.days, 'sealed day')}${expired}`, seals.mismatch),
      ...(checkpoint === undefined
        ? []
        : [judged('checkpoint', `position ${checkpoint.position}`, checkpoint.mismatch)]),
    ],
  })
  for (const { mismatch } of [chain, batches, seals, ...(checkpoint ? [checkpoint] : [])]) {
    if (mismatch !== null) terminal.line(paint.bad(printable(mismatch.detail)))
  }
}
