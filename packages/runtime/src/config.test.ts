import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import t from 'tap'

import { effectiveSettings, environmentWith, readConfig } from './config.ts'
import { describeSettings } from './settings/page.ts'

type Env = Record<string, string>

function refusal(env: Env): string {
  try {
    readConfig({ env })
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was refused'
}

t.test('without any variable the first system’s defaults count', async (t) => {
  const { config, warnings } = readConfig({ env: {} })
  t.strictSame(warnings, [])
  t.match(config, {
    http: { host: '127.0.0.1', port: 3000, trustProxy: [] },
    storage: { databaseUrl: undefined, redisUrl: undefined, dataDir: '.portcullis' },
    access: { guardAnonymous: 'off', hmacRequired: false },
    guard: {
      environment: 'production',
      allowWarn: true,
      checkRegress: false,
      minSamples: 5,
      hardErrorPct: 20,
      lookbackMin: 10,
      minEscLevel: 1,
      includeWarning: false,
      behindMs: 10_000,
    },
    slo: { p95Ms: 300, errPct: 1, overrides: [] },
    escalation: {
      critAckMin: 5,
      warnAckMin: 15,
      snoozeMin: 30,
      levelMax: 7,
      dryRun: false,
      canaryPct: 100,
      pauseCron: undefined,
      tickSeconds: 60,
    },
    limits: { routesPerService: 1_000, routesPerProject: 20_000, acksPerMinute: 10 },
    retention: { batchesDays: 15, minutesDays: 400 },
  })
})

t.test('the configuration is frozen, slices and lists too', async (t) => {
  const { config } = readConfig({ env: { TRUST_PROXY: 'loopback' } })
  t.ok(Object.isFrozen(config))
  t.ok(Object.isFrozen(config.guard))
  t.ok(Object.isFrozen(config.http.trustProxy))
})

t.test('a value is read by its kind', async (t) => {
  const { config } = readConfig({
    env: {
      PORT: '0',
      ESC_DRY_RUN: 'Yes',
      ESC_CRIT_ACK_MIN: '0.5',
      TRUST_PROXY: '10.0.0.0/8, ::1,loopback',
      REDIS_CLUSTER: 'a.example:7000, b.example:7001',
      NOTIFY_CHANNELS: 'none',
      ESC_PAUSE_CRON: '* 0-6 * * MON-FRI',
      SLO_OVERRIDES: '[{"route": "GET /reports/:id", "p95_ms": 2000}]',
      WEBHOOK_URL: 'https://a.example/x,https://b.example/y',
      WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}`,
    },
  })
  t.match(config, {
    http: { port: 0, trustProxy: ['10.0.0.0/8', '::1', 'loopback'] },
    escalation: { dryRun: true, critAckMin: 0.5, pauseCron: '* 0-6 * * MON-FRI' },
    storage: {
      redisCluster: [
        { host: 'a.example', port: 7000 },
        { host: 'b.example', port: 7001 },
      ],
    },
    slo: { overrides: [{ route: 'GET /reports/:id', p95_ms: 2_000 }] },
    notification: { channels: [], webhookUrls: ['https://a.example/x', 'https://b.example/y'] },
  })
})

t.test('a wrong value is refused with its name, what was read and what is allowed', async (t) => {
  const table: [Env, RegExp][] = [
    [{ PORT: 'http' }, /PORT: read "http"\. Allowed is a whole number from 0 to 65535\./u],
    [{ PORT: '70000' }, /PORT: read "70000"/u],
    [{ ESC_DRY_RUN: 'maybe' }, /ESC_DRY_RUN: read "maybe"\. Allowed is `true` or `false`/u],
    [{ GUARD_HARD_ERROR_PCT: '101' }, /GUARD_HARD_ERROR_PCT: .* from 0 to 100/u],
    [{ DATABASE_URL: 'mysql://u:p@h/d' }, /DATABASE_URL: read a secret .* `postgres:`/u],
    [{ TRUST_PROXY: 'true' }, /TRUST_PROXY: read "true"/u],
    [{ TRUST_PROXY: '10.0.0.0/33' }, /TRUST_PROXY: read/u],
    [{ REDIS_CLUSTER: 'a' }, /REDIS_CLUSTER: .* `host:port`/u],
    [{ REDIS_CLUSTER: 'a:99999' }, /REDIS_CLUSTER: /u],
    [{ SLO_OVERRIDES: 'not json' }, /SLO_OVERRIDES: read "not json"/u],
    [{ SLO_OVERRIDES: '[{"path": "x"}]' }, /SLO_OVERRIDES: /u],
    [{ ESC_PAUSE_CRON: '* *' }, /ESC_PAUSE_CRON: .* five fields/u],
    [{ ESC_PAUSE_CRON: '61 0 * * *' }, /ESC_PAUSE_CRON: read "61 0 \* \* \*"\. .* five fields/u],
    [{ ESC_PAUSE_CRON: '* 6-0 * * *' }, /ESC_PAUSE_CRON: .* five fields/u],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL: .*`warn`/u],
    [{ SENTRY_URL: 'https://sentry.example/' }, /SENTRY_URL: .*\{route\}/u],
    [{ WEBHOOK_SECRET: 'short' }, /WEBHOOK_SECRET: read a secret of 5 characters/u],
    [{ PORTCULLIS_TOKEN: 'short' }, /PORTCULLIS_TOKEN: read a secret of 5 characters/u],
    [{ PORTCULLIS_TOKN: 'x' }, /PORTCULLIS_TOKN is not a setting/u],
    [{ REDIS_URL: 'redis://a', REDIS_CLUSTER: 'a:1' }, /REDIS_URL and REDIS_CLUSTER are both set/u],
    [{ OPS_HMAC_REQUIRED: 'on' }, /OPS_HMAC_SECRET is not set/u],
    [{ NOTIFY_CHANNELS: 'webhook' }, /WEBHOOK_URL is not set/u],
    [{ WEBHOOK_URL: 'https://ops:pw@a.example' }, /WEBHOOK_URL.*without a name and password/u],
    [{ WEBHOOK_URL: 'https://a.example' }, /WEBHOOK_URL has 1 and WEBHOOK_SECRET has 0/u],
    [
      { WEBHOOK_EVENTS: 'pages' },
      /WEBHOOK_EVENTS: read "pages"\. .*`incidents`, `verdicts`, `all`/u,
    ],
    [
      { WEBHOOK_URL: 'https://a.example', WEBHOOK_EVENTS: 'incidents,verdicts' },
      /WEBHOOK_URL has 1 and WEBHOOK_EVENTS has 2 entries/u,
    ],
    [{ OPS_JWT_SECRET: 'a', OPS_JWT_SECRET_FILE: '/f' }, /OPS_JWT_SECRET_FILE are both set/u],
    [{ OPS_JWT_SECRET_FILE: '/no/such/file' }, /"\/no\/such\/file" cannot be read \(ENOENT\)/u],
  ]
  for (const [env, sentence] of table) t.match(refusal(env), sentence, JSON.stringify(env))
})

t.test('all mistakes are named at once', async (t) => {
  const message = refusal({ PORT: 'x', LOG_LEVEL: 'y', PORTCULLIS_Z: '1' })
  for (const name of ['PORT:', 'LOG_LEVEL:', 'PORTCULLIS_Z']) t.match(message, name)
})

t.test('a refusal never shows a secret', async (t) => {
  t.notMatch(refusal({ DATABASE_URL: 'mysql://user:hunter2@host/db' }), /hunter2/u)
  t.notMatch(refusal({ WEBHOOK_SECRET: 'hunter2' }), /hunter2/u)
})

t.test('a secret may come from a file, without its last newline', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-config-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, 'a secret of more than 32 bytes, in a file\n')
  const { config } = readConfig({ env: { OPS_JWT_SECRET_FILE: file } })
  t.equal(config.access.jwtSecret, 'a secret of more than 32 bytes, in a file')
})

t.test('a child is given a secret although this process has it from a file', async (t) => {
  process.env['DATABASE_URL_FILE'] = '/run/secrets/database_url'
  t.teardown(() => delete process.env['DATABASE_URL_FILE'])
  const env = environmentWith({ DATABASE_URL: 'postgres://h/d', PORT: undefined })
  t.equal(readConfig({ env }).config.storage.databaseUrl, 'postgres://h/d')
})

t.test('an empty variable counts as not set', async (t) => {
  t.equal(readConfig({ env: { PORT: '' } }).config.http.port, 3000)
})

t.test('the way of starting has defaults of its own, which a variable overrides', async (t) => {
  const defaults = { GUARD_ANONYMOUS: 'loopback' }
  t.equal(readConfig({ env: {}, defaults }).config.access.guardAnonymous, 'loopback')
  const env = { GUARD_ANONYMOUS: 'off' }
  t.equal(readConfig({ env, defaults }).config.access.guardAnonymous, 'off')
})

t.test('what is unwise or looks like a slip is a warning', async (t) => {
  const { warnings } = readConfig({ env: { OPS_JWT_SECRET: 'short', ESC_CRIT_ACK_MINUTES: '3' } })
  t.match(warnings, [/OPS_JWT_SECRET has fewer than 32 bytes/u, /ESC_CRIT_ACK_MINUTES is set/u])
})

t.test('variables of the test suite and of the client are no mistakes', async (t) => {
  const env = { PORTCULLIS_TEST_POSTGRES: 'x', PORTCULLIS_URL: 'http://localhost:3000' }
  t.doesNotThrow(() => readConfig({ env }))
})

t.test('effective settings are complete, tell their origin, and mask secrets', async (t) => {
  const effective = effectiveSettings({
    env: {
      DATABASE_URL: 'postgres://user:hunter2@host/db',
      OPS_JWT_SECRET: 'hunter2',
      WEBHOOK_URL: 'https://hooks.example/hunter2',
      PORT: '3001',
    },
  })
  t.equal(effective.length, describeSettings().length)
  const byName = new Map(effective.map((each) => [each.name, each]))
  t.match(byName.get('PORT'), { value: '3001', origin: 'environment' })
  t.match(byName.get('HOST'), { value: '127.0.0.1', origin: 'default' })
  t.match(byName.get('DATABASE_URL')?.value, /^postgres:\/\/user:\*+@host\/db$/u)
  t.notMatch(JSON.stringify(effective), /hunter2/u)
})
