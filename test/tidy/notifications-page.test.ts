// docs/notifications.md is held to the code: a receiver that does as the page says understands what
// it is sent.
import { readFileSync } from 'node:fs'

import { eventSchemas, HOUR_MS, MINUTE_MS, SECOND_MS } from '@portcullis/contracts'
import { ATTEMPT_DELAYS_MS } from '@portcullis/domain'
import {
  incidentToWire,
  type IncidentRow,
  type VerdictChanged,
  verdictChangeToWire,
} from '@portcullis/projections'
import { describeSettings } from '@portcullis/runtime'
import t from 'tap'

const PAGE = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8')
const UNITS = { s: SECOND_MS, min: MINUTE_MS, h: HOUR_MS } as Readonly<Record<string, number>>

function blocks(language: string): string[] {
  const found = PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gmsu'))
  return [...found].map(([, text]) => text!)
}

t.test('the events that tell somebody are on the page', async (t) => {
  const named = [...PAGE.matchAll(/^\| `((?:incident|verdict)\.[a-z_]+)`/gmu)].map(
    ([, type]) => type,
  )
  const telling = Object.entries(eventSchemas).filter(([, schema]) => 'notify' in schema.shape)
  t.same(named.toSorted(), telling.map(([type]) => type).toSorted())
})

t.test('the page has the plan of attempts', async (t) => {
  const waits = [...PAGE.matchAll(/^\| \d+ +\| (\d+) (s|min|h) +\|$/gmu)]
  t.same(
    waits.map(([, count, unit]) => Number(count) * UNITS[unit!]!),
    ATTEMPT_DELAYS_MS,
  )
})

t.test('the first example has the members of a real payload', async (t) => {
  const { data } = JSON.parse(blocks('json')[0]!) as { data: { incident: Record<string, unknown> } }
  const scope = { service: 'a', environment: 'b', route: 'c', kind: 'd' }
  const times = { firstSeen: 0, lastSeen: 0, acknowledgedAt: null, escalatedAt: null }
  const nulls = { nextDueAt: null, snoozedUntil: null, resolvedAt: null }
  const people = { acknowledgedBy: null, owner: null }
  const state = { scope, ...times, ...nulls, ...people }
  const row: IncidentRow = JSON.parse(JSON.stringify({ state }))
  t.same(Object.keys(data.incident), Object.keys(incidentToWire(row, (id) => id)))
})

t.test('the second example is one that a change of a verdict leads to', async (t) => {
  const said = JSON.parse(blocks('json')[1]!) as {
    type: string
    timestamp: string
    data: { position: number; verdict: { as_of: string; recorded_at: string } }
  }
  const { position, verdict } = said.data
  const { as_of, recorded_at, ...members } = verdict
  const event: VerdictChanged = JSON.parse(
    JSON.stringify({
      ...{ position, recordedAt: Date.parse(recorded_at) },
      data: { ...members, asOf: Date.parse(as_of) },
    }),
  )
  t.strictSame(verdict, verdictChangeToWire(event))
  t.match(said, { type: 'verdict.changed', timestamp: recorded_at })
})

t.test('the page knows what a receiver can ask for', async (t) => {
  const named = [...PAGE.matchAll(/^\| `(incidents|verdicts|all)` /gmu)].map(
    ([, word]) => `\`${word}\``,
  )
  const setting = describeSettings().find(({ name }) => name === 'WEBHOOK_EVENTS')
  t.ok(setting!.allowed.includes(named.join(', ')), setting!.allowed)
  t.match(PAGE, new RegExp(`\`${setting!.fallback}\` .*this is the default`, 'u'))
})

t.test(
  'the program of the page accepts the vector of the standard, and nothing else',
  async (t) => {
    const url = `data:text/javascript,${encodeURIComponent(blocks('js')[0]!)}`
    const { isGenuine } = (await import(url)) as {
      isGenuine: (headers: object, body: string, secret: string, now: number) => boolean
    }
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const body = '{"test": 2432232314}'
    const now = 1_614_265_330_000
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    t.equal(isGenuine(headers, body, secret, now), true)
    t.equal(isGenuine(headers, `${body} `, secret, now), false)
    t.equal(isGenuine(headers, body, secret, now + 301_000), false)
    t.equal(isGenuine({ ...headers, 'webhook-id': 'msg_other' }, body, secret, now), false)
    t.equal(isGenuine({}, body, secret, now), false)
  },
)
