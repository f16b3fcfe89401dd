import { randomUUID } from 'node:crypto'

import t, { type Test } from 'tap'

import { startServices } from '../../test/start-services.ts'

/** Services with one open incident, and the command line beside them. */
async function openIncident(t: Test, settings: Readonly<Record<string, string>> = {}) {
  const services = await startServices(t, settings)
  await services.startEscalator()
  const { rows } = await services.pool.query<{ id: string }>(
    `insert into incidents (service, route, kind, severity, first_seen)
     values ('shop', 'GET /projects/:id', 'error_rate', 'critical', now() - interval '3 minutes')
     returning id`,
  )
  const [{ id }] = rows as [{ id: string }]
  return { ...services, id }
}

t.test('incidents that are not resolved are listed', async (t) => {
  const { cli, id } = await openIncident(t)
  const { exit, out, err } = await cli(['incidents', 'list'])
  t.strictSame({ exit, err }, { exit: 0, err: '' })
  const [head, row, ...others] = out.trimEnd().split('\n')
  t.match(head, /^INCIDENT +STATUS +SEVERITY +LEVEL +OPEN FOR +NEXT IN +OWNER +ABOUT$/u)
  t.match(
    row,
    new RegExp(
      `^${id} +open +critical +0 +3m( \\d+s)? +\\S.* - +error_rate, shop: GET /projects/:id$`,
      'u',
    ),
  )
  t.strictSame(others, [])
  t.match(await cli(['incidents', 'list', '--service', 'billing']), {
    exit: 0,
    out: 'There is no such incident.\n',
  })
  const json = await cli(['incidents', 'list', '--json'])
  t.match(JSON.parse(json.out), {
    incidents: [{ id, incident_key: 'GET /projects/:id::error_rate' }],
  })
})

t.test('commands are signed where a secret is set, and a gateway may ask for that', async (t) => {
  const secret = 'a-secret-of-at-least-32-characters'
  const settings = { OPS_HMAC_SECRET: secret, OPS_HMAC_REQUIRED: 'true' }
  const { cli, id } = await openIncident(t, settings)
  const unsigned = await cli(['incidents', 'ack', id])
  t.equal(unsigned.exit, 2)
  t.match(unsigned.err, /X-Signature is missing.*OPS_HMAC_SECRET/su)
  const env = { OPS_HMAC_SECRET: secret }
  t.match(await cli(['incidents', 'ack', id, '--reason', 'on it'], { env }), {
    exit: 0,
    out: new RegExp(`^${id} is acknowledged`, 'u'),
  })
  t.match(await cli(['incidents', 'unack', id], { env }), { exit: 0 })
  const wrong = await cli(['incidents', 'ack', id], { env: { OPS_HMAC_SECRET: `${secret}!` } })
  t.match(wrong.err, /does not fit the request/u)
})

t.test('a resolved incident is listed on request', async (t) => {
  const { cli, id } = await openIncident(t)
  t.match(await cli(['incidents', 'resolve', id, '--reason', 'rolled back']), {
    exit: 0,
    out: `${id} is resolved: critical, level 0, shop GET /projects/:id error_rate.\n`,
  })
  t.match(await cli(['incidents', 'list']), { out: 'There is no such incident.\n' })
  t.match(await cli(['incidents', 'list', '--all']), { out: new RegExp(`^${id} +resolved`, 'mu') })
})

t.test('a long list says that there is more', async (t) => {
  const { cli, pool } = await openIncident(t)
  await pool.query(
    `insert into incidents (service, route, kind) values ('shop', 'GET /other', 'error_rate')`,
  )
  const { out, err } = await cli(['incidents', 'list', '--limit', '1'])
  t.equal(out.trimEnd().split('\n').length, 2)
  t.match(err, 'There are more: --limit shows up to 500.')
})

t.test('an incident is shown with who did what', async (t) => {
  const { cli, id } = await openIncident(t)
  await cli(['incidents', 'ack', id, '--reason', 'looking'])
  const { exit, out } = await cli(['incidents', 'show', id])
  t.equal(exit, 0)
  t.match(out, new RegExp(`^Incident +${id}$`, 'mu'))
  t.match(out, /^State +acknowledged, critical, level 0, opening 1$/mu)
  t.match(out, /^About +shop in production: GET \/projects\/:id, error_rate$/mu)
  t.match(out, /^AT +WHAT +WHO +VIA +NOTE$/mu)
  t.match(out, /^20\d\d-\S+ \S+Z +acknowledged +first-admin +http +looking$/mu)
  t.match(out, /^20\d\d-\S+ \S+Z +inserted +\S+ +sql +-$/mu)
  const json = await cli(['incidents', 'show', id, '--json'])
  t.match(JSON.parse(json.out), { incident: { id }, timeline: [{ note: 'looking' }, {}] })
})

t.test('everything that people do with incidents can be done', async (t) => {
  const { cli, id } = await openIncident(t)
  const rows = [
    [['ack', id], /is acknowledged by \S+: critical/u],
    [['unack', id], /is open: critical/u],
    [['snooze', id, '--for', '30m', '--reason', 'known'], /is open: critical/u],
    [['unsnooze', id], /is open: critical/u],
    [['assign', id, '--to', 'mia'], /is open: critical/u],
    [['assign', id, '--nobody'], /is open: critical/u],
    [['severity', id, 'warning'], /is open: warning/u],
    [['comment', id, 'the database was slow'], /is open: warning/u],
    [['escalate', id], /is open: warning, level 1/u],
    [['resolve', id], /is resolved/u],
    [['reopen', id], /is open/u],
  ] as const
  for (const [argv, sentence] of rows) {
    const { exit, out, err } = await cli(['incidents', ...argv])
    t.strictSame({ exit, err }, { exit: 0, err: '' }, argv.join(' '))
    t.match(out, sentence)
  }
  const { out } = await cli(['incidents', 'show', id])
  t.match(out, /commented? .*the database was slow$/mu)
  t.match(await cli(['replay', '--verify']), { exit: 0 })
})

t.test('a command that the state forbids is a no, with the reason', async (t) => {
  const { cli, id } = await openIncident(t)
  await cli(['incidents', 'resolve', id])
  const { exit, out, err } = await cli(['incidents', 'ack', id])
  t.strictSame({ exit, out }, { exit: 1, out: '' })
  t.match(err, /^portcullis: The incident's state forbids that: [^\n]+\.\n$/u)
})

t.test('an incident that does not exist is a no', async (t) => {
  const { cli } = await openIncident(t)
  for (const argv of [
    ['show', randomUUID()],
    ['ack', randomUUID()],
    ['show', 'nonsense/..'],
  ]) {
    const { exit, err } = await cli(['incidents', ...argv])
    t.equal(exit, 1)
    t.match(err, /^portcullis: There is no such thing/u)
  }
})

t.test('what cannot be meant is refused before or by the gateway', async (t) => {
  const { cli, id } = await openIncident(t)
  for (const argv of [
    ['severity', id, 'fatal'],
    ['comment', id, ''],
    ['list', '--limit', '0'],
  ]) {
    const { exit, out, err } = await cli(['incidents', ...argv])
    t.strictSame({ exit, out }, { exit: 2, out: '' }, argv.join(' '))
    t.match(err, /^portcullis: [^\n]+\n$/u)
  }
})

t.test('a command that nobody decides in time is accepted, and undecided', async (t) => {
  const services = await startServices(t)
  const { rows } = await services.pool.query<{ id: string }>(
    `insert into incidents (service, route, kind) values ('shop', 'GET /x', 'error_rate') returning id`,
  )
  const [{ id }] = rows as [{ id: string }]
  const { exit, out } = await services.cli(['incidents', 'ack', id])
  t.equal(exit, 3)
  t.match(out, /^Accepted as command [0-9a-f-]{36}, and not decided yet\.\n$/u)
})

t.test('a key without the scope may look and not steer', async (t) => {
  const { cli, id } = await openIncident(t)
  const { out } = await cli(['keys', 'create', '--role', 'ops_viewer'])
  const env = { PORTCULLIS_TOKEN: out.trimEnd() }
  t.match(await cli(['incidents', 'list'], { env }), { exit: 0 })
  const { exit, err } = await cli(['incidents', 'ack', id], { env })
  t.equal(exit, 2)
  t.match(err, 'It needs the scope incidents:write: set PORTCULLIS_TOKEN')
})
