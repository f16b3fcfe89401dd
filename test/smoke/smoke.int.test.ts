// needs: psql, jq
// Goal: the first system's smoke test passes verbatim after `npm start` and one incident opened by
// posted metrics. Method: smoke.sh is run as it stands, in a shell that has loaded the data folder's
// `env`; then the audit trail says who steered by SQL, and everything is what the log says.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'

import { waitFor } from '@portcullis/testkit'
import pg from 'pg'
import t from 'tap'

t.setTimeout(180_000)

const run = promisify(execFile)
const ROOT = path.join(import.meta.dirname, '..', '..')
/** The script says so, word for word. */
const URL = 'http://localhost:3000'
const UP = 'Portcullis is up.'

/** Starts what `npm start` starts, on a folder of its own, and stops it with Ctrl-C in the end. */
async function start(dataDir: string): Promise<void> {
  const child = spawn('node', ['services/standalone/src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORTCULLIS_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  t.teardown(async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    const [code] = await ended
    if (code !== 0) throw new Error(`It did not stop cleanly: ${code}`)
  })
  await waitFor(() => printed.includes(UP) || child.exitCode !== null, {
    what: 'the start',
    timeoutMs: 60_000,
  })
  if (!printed.includes(UP)) throw new Error(printed)
}

/** Runs a shell line as a user would who has loaded the data folder's `env`. */
async function shell(dataDir: string, line: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', `set -a; . '${dataDir}/env'; set +a; ${line}`], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORTCULLIS_DATA: dataDir },
  })
  return stdout
}

/** Posts failing requests that leave the guard's minute within 20 seconds. */
async function postTrouble(dataDir: string): Promise<void> {
  const at = Date.now() - 42_000
  const observations = Array.from({ length: 20 }, () => ({
    route: 'GET /cart',
    status: 500,
    duration_ms: 12,
    at,
  }))
  const body = JSON.stringify({ service: 'shop', observations })
  const answer = await shell(
    dataDir,
    `curl -s -o /dev/null -w '%{http_code}' ${URL}/v1/request-metrics -H "Authorization: Bearer $PORTCULLIS_TOKEN" \
       -H 'Content-Type: application/json' -d '${body}'`,
  )
  t.equal(answer, '202')
}

t.test('the smoke test of the first system passes, and is in the audit trail', async (t) => {
  const dataDir = path.join(t.testdir(), 'data')
  await start(dataDir)
  await postTrouble(dataDir)
  const [databaseUrl] = (await shell(dataDir, 'echo "$DATABASE_URL"')).split('\n')
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {
    // The server is stopped before the pool at the end of the test.
  })
  t.teardown(() => pool.end())
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
})
