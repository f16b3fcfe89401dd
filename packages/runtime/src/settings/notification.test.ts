import t from 'tap'

import { readConfig } from '../config.ts'
import { channelsToldOf } from './notification.ts'

const URLS = 'https://pager.example,https://chat.example,https://gate.example'
const WEBHOOK_SECRET = `whsec_${'A'.repeat(32)}`

t.test('who is told of incidents, and who of verdicts', async (t) => {
  const webhooks = ['webhook', 'webhook-2', 'webhook-3']
  const rows: readonly (readonly [
    env: Record<string, string>,
    incidents: readonly string[],
    verdicts: readonly string[],
  ])[] = [
    [{}, ['log'], []],
    [{ WEBHOOK_EVENTS: 'all' }, ['log'], []],
    [{ WEBHOOK_URL: URLS }, ['log', ...webhooks], []],
    [{ WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'incidents' }, ['log', ...webhooks], []],
    [{ WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'all' }, ['log', ...webhooks], webhooks],
    [{ WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'verdicts' }, ['log'], webhooks],
    [
      { WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'incidents, all, verdicts' },
      ['log', 'webhook', 'webhook-2'],
      ['webhook-2', 'webhook-3'],
    ],
    [{ WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'all', NOTIFY_CHANNELS: 'log' }, ['log'], []],
    [{ WEBHOOK_URL: URLS, WEBHOOK_EVENTS: 'all', NOTIFY_CHANNELS: 'webhook' }, webhooks, webhooks],
  ]
  for (const [env, incidents, verdicts] of rows) {
    const { notification } = readConfig({ env: { WEBHOOK_SECRET, ...env } }).config
    const name = JSON.stringify(env)
    t.strictSame(channelsToldOf('incidents', notification), incidents, name)
    t.strictSame(channelsToldOf('verdicts', notification), verdicts, name)
  }
})
