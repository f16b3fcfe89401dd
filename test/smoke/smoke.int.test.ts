// needs: psql, jq
// Goal: the first system's smoke test passes verbatim after `npm start` and one incident opened by
// posted metrics. Method: smoke.sh is run as it stands, in a shell that has loaded the data folder's
// `env`; then the audit trail says who steered by SQL, and everything is what the log says.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { makeTemporaryFolder, type TestScope, waitFor } from '@portcullis/testkit'
import pg from 'pg'
import t from 'tap'

t.setTimeout(300_000)

const run = promisify(execFile)
const ROOT = path.join(import.meta.dirname, '..', '..')
/** The script says so, word for word. */
const URL = 'http://localhost:3000'
const UP = 'Portcullis is up.'

/** Returns a data folder's path. Its folder goes with the test, after all that works in it has ended. */
async function chooseDataDir(t: TestScope): Promise<string> {
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'data')
}

/** Starts what `npm start` starts, and returns what stops it with Ctrl-C and gives its exit code. */
async function start(t: TestScope, dataDir: string): Promise<() => Promise<number | null>> {
  const child = spawn('node', ['services/standalone/src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORTCULLIS_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  const ended = once(child, 'exit') as Promise<[number | null]>
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null) child.kill('SIGINT')
    const [code] = await ended
    return code
  }
  t.teardown(async () => void (await stop()))
  await waitFor(() => printed.includes(UP) || child.exitCode !== null, {
    what: 'the start',
    timeoutMs: 60_000,
  })
  if (!printed.includes(UP)) throw new Error(printed)
  return stop
}

/** Returns the lines of the data folder's log that tell of errors. */
async function complaintsIn(dataDir: string): Promise<unknown[]> {
  const text = await readFile(path.join(dataDir, 'portcullis.log'), 'utf8')
  const lines = text.trimEnd().split('\n')
  return lines
    .map((line) => JSON.parse(line) as { level: string })
    .filter(({ level }) => level === 'error' || level === 'fatal')
}

/** Runs a shell line as a user would who has loaded the data folder's `env`. */
async function shell(dataDir: string, line: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', `set -a; . '${dataDir}/env'; set +a; ${line}`], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORTCULLIS_DATA: dataDir },
  })
  return stdout
}

/** Posts failing requests that leave the guard's minute within 20 seconds; returns the answer's status. */
async function postTrouble(dataDir: string): Promise<string> {
  const at = Date.now() - 42_000
  const observations = Array.from({ length: 20 }, () => ({
    route: 'GET /cart',
    status: 500,
    duration_ms: 12,
    at,
  }))
  const body = JSON.stringify({ service: 'shop', observations })
  return shell(
    dataDir,
    `curl -s -o /dev/null -w '%{http_code}' ${URL}/v1/request-metrics -H "Authorization: Bearer $PORTCULLIS_TOKEN" \
       -H 'Content-Type: application/json' -d '${body}'`,
  )
}

t.test('the smoke test of the first system passes, and is in the audit trail', async (t) => {
  const dataDir = await chooseDataDir(t)
  const stop = await start(t, dataDir)
  t.equal(await postTrouble(dataDir), '202')
  const [databaseUrl] = (await shell(dataDir, 'echo "$DATABASE_URL"')).split('\n')
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {
    // After a failure the server is stopped before the pool.
  })
  t.teardown(async () => {
    if (!pool.ended) await pool.end()
  })
  await waitFor(async () => (await pool.query('select from incidents')).rows.length === 2, {
    what: 'the incidents',
  })
  await waitFor(async () => (await fetch(`${URL}/ops/release-guard`)).status === 200, {
    what: 'a guard that is open again',
    timeoutMs: 60_000,
  })
  const printed = await shell(dataDir, 'bash test/smoke/smoke.sh')
  t.strictSame(
    printed.split('\n').filter((line) => line === 'true' || line === 'false'),
    ['false', 'true'],
  )
  const { rows } = await pool.query<{ type: string; via: string; who: string; after: unknown }>(
    `select type, meta ->> 'via' as via, people.name as who, data -> 'after' as after
     from events join people on person_id = meta -> 'actor' ->> 'id'
     where meta ->> 'via' = 'sql' order by position`,
  )
  t.match(rows, [
    { type: 'incident.edited', via: 'sql', who: 'portcullis', after: { escalationLevel: 1 } },
    { type: 'incident.edited', via: 'sql', who: 'portcullis', after: { status: 'acknowledged' } },
  ])
  // Both exit with 1 where anything differs, and `run` rejects then.
  await t.resolves(
    shell(
      dataDir,
      'node packages/cli/src/main.ts verify && node packages/cli/src/main.ts replay --verify',
    ),
  )
  await pool.end()
  const code = await stop()
  t.equal(code, 0, 'Ctrl-C is a clean end', { complaints: await complaintsIn(dataDir) })
})
