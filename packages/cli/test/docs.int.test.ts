// Goal: docs/cli.md tells every command, and that page and docs/freezes-and-waivers.md show what is really
// printed. Method: their console blocks are run, in their order, against services with real traffic; TAP_SNAPSHOT=1 writes what came out
// into the page. Ids, times and counts differ from run to run and are not compared.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { createProducer, openQueueBackend } from '@portcullis/queues'
import { systemClock } from '@portcullis/runtime'
import { createDatabase, waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { COMMANDS } from '../src/command-table.ts'
import { EXIT } from '../src/exit.ts'
import { runCli } from '../src/run-cli.ts'
import { comparable } from './comparable.ts'
import { fakePace } from './fake-pace.ts'
import { parseShellLine } from './shell-line.ts'
import { type RunningServices, startServices } from './start-services.ts'

const DOCS = new URL('../../../docs/', import.meta.url)
const page = readFileSync(new URL('cli.md', DOCS), 'utf8')

t.test('every command is on the page', async (t) => {
  for (const { name } of COMMANDS) t.match(page, name, name)
})

t.test('the table of exit codes is the one of the code', async (t) => {
  const codes = [...page.matchAll(/^\| (\d) +\|/gmu)].map(([, code]) => Number(code))
  t.same(codes, Object.values(EXIT))
})

for (const name of ['cli.md', 'freezes-and-waivers.md']) {
  t.test(`what ${name} shows is what the commands print`, async (t) => {
    const file = new URL(name, DOCS)
    const text = readFileSync(file, 'utf8')
    const story = await beginStory(t)
    const shown: string[] = []
    const parts = text.split(/^(```console\n.*?^```\n)/msu)
    for (const part of parts) {
      shown.push(part.startsWith('```console\n') ? await story.runBlock(part) : part)
    }
    const printed = shown.join('')
    if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, printed)
    else t.equal(comparable(printed), comparable(text))
  })
}

async function beginStory(t: Test) {
  const services = await startServices(t)
  await services.startAggregator()
  await services.startEscalator()
  await services.startNotifier()
  await haveTrafficAndTrouble(services)
  const instant = new Date(systemClock.now()).toISOString()
  const fresh = await createDatabase(t, { migrated: false })
  const folder = t.testdir(keyFiles())
  let databaseUrl = services.env['DATABASE_URL']!
  let changed: { data: string } | undefined

  const run = async (argv: readonly string[], more: Readonly<Record<string, string>>) => {
    let text = ''
    const write = (written: string, done?: () => void) => {
      text += written
      done?.()
    }
    const env = argv[0] === 'config' ? { PORTCULLIS_DATA: '/nonexistent' } : services.env
    const exit = await runCli({
      argv: await standingFor(argv, { pool: services.pool, folder, instant }),
      env: {
        ...env,
        ...(argv[0] === 'config' ? {} : { DATABASE_URL: databaseUrl }),
        NO_COLOR: '1',
        ...more,
      },
      stdin: Readable.from([]),
      stdout: { write, isTTY: true, columns: 120 },
      stderr: { write },
      clock: systemClock,
      // What the page waits for does not come: nobody need wait for that.
      pace: fakePace(),
    })
    return { exit, text: text.replaceAll(`${folder}/`, '') }
  }
  /** Data that was changed to be found is put back, for what comes after. */
  const mend = async () => {
    if (changed === undefined) return
    await services.pool.query('update events set data = $1::json where position = 2', [
      changed.data,
    ])
    changed = undefined
  }
  const steer = async (sql: string) => {
    if (sql.startsWith('UPDATE events')) {
      const { rows } = await services.pool.query('select data::text from events where position = 2')
      changed = rows[0]
    }
    await services.pool.query(sql)
  }
  const runLine = async (line: string): Promise<string> => {
    const parsed = parseShellLine(line.slice(2))
    switch (parsed.kind) {
      case 'psql':
        await steer(parsed.sql)
        return `${line}\n`
      case 'export':
        databaseUrl = fresh.connectionString
        return `${line}\n`
      case 'portcullis': {
        const { exit, text } = await run(parsed.argv, parsed.env)
        const { grep = '' } = parsed
        const lines = text.split('\n').filter((each) => each.includes(grep) || each === '')
        const ended = exit === 0 ? '' : `$ echo $?\n${exit}\n`
        return `${line}\n${lines.join('\n')}${ended}`
      }
    }
  }
  return {
    runBlock: async (block: string): Promise<string> => {
      const lines = block.split('\n').filter((line) => /^\$ (?!echo )/u.test(line))
      const printed: string[] = []
      for (const line of lines) printed.push(await runLine(line))
      await mend()
      return `\`\`\`console\n${printed.join('')}\`\`\`\n`
    },
  }
}

/** A job that nobody can read, and a service whose requests fail. */
async function haveTrafficAndTrouble({ url, env, pool, cli }: RunningServices): Promise<void> {
  const connectionString = env['DATABASE_URL']!
  const queues = openQueueBackend({ kind: 'postgres', connectionString }, { onError: () => {} })
  await queues.check()
  const message = { v: 1, batches: [{ service: 'billing', environment: 'production' }] }
  await createProducer(queues, 'request-metrics-2').add({ jobId: 'batch-by-hand', message })
  await queues.close()
  const isParked = async () => (await pool.query('select from parked_jobs')).rows.length > 0
  await waitFor(isParked, { what: 'the job to be parked', timeoutMs: 30_000 })
  // Last, because the guard looks at one minute.
  const batch = (status: number, count: number) =>
    Array.from({ length: count }, () => ({ route: 'GET /projects/:id', status, duration_ms: 12 }))
  const observations = [...batch(200, 33), ...batch(503, 15)]
  const response = await fetch(`${url}/v1/request-metrics`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${env['PORTCULLIS_TOKEN']}`,
    },
    body: JSON.stringify({ service: 'shop', version: '1.4.2', observations }),
  })
  if (response.status !== 202) throw new Error(await response.text())
  const isBlocked = async () => (await cli(['guard', '--service', 'shop'])).exit === EXIT.no
  await waitFor(isBlocked, { what: 'the guard to close' })
}

/** What the page's lines for OpenSSL write. */
function keyFiles(): Record<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    'checkpoint-key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'checkpoint-key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** Puts ids and paths where the page has words for them. */
async function standingFor(
  argv: readonly string[],
  {
    pool,
    folder,
    instant,
  }: Pick<RunningServices, 'pool'> & { readonly folder: string; readonly instant: string },
): Promise<string[]> {
  const one = async (sql: string): Promise<string> =>
    (await pool.query({ text: sql, rowMode: 'array' })).rows[0]![0]
  const words: Record<string, () => Promise<string> | string> = {
    INSTANT: () => instant,
    INCIDENT: () => one(`select id from incidents order by first_seen desc, id desc limit 1`),
    KEY: () => one(`select key_id from api_keys where role = 'ci'`),
    JOB: () => one('select job_id from parked_jobs'),
    WAIVER: () => one('select waiver_id from waivers order by granted_at desc limit 1'),
    PERSON: () => one(`select person_id from people where subject like 'cli:%'`),
  }
  const files = ['portcullis.ndjson', 'checkpoint.json', 'checkpoint-key.pem', 'checkpoint-key.pub']
  for (const file of files) words[file] = () => join(folder, file)
  return Promise.all(argv.map(async (word) => (await words[word]?.()) ?? word))
}
