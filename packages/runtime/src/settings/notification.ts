import { eachOf, list, someOf, urls } from './kind.ts'
import { optional, setting } from './setting.ts'

/** What a channel can hear of. */
export type ToldSubject = 'incidents' | 'verdicts'

/** What a webhook's receiver can ask for. */
const WEBHOOK_EVENTS = ['incidents', 'verdicts', 'all'] as const
type WebhookEvents = (typeof WEBHOOK_EVENTS)[number]

/** The kinds of channels. */
export const NOTIFY_CHANNELS = ['log', 'webhook'] as const
export type NotifyChannel = (typeof NOTIFY_CHANNELS)[number]

export const notificationSettings = {
  channels: optional('NOTIFY_CHANNELS', someOf(NOTIFY_CHANNELS), {
    description:
      'Who is told of incidents and verdicts. Unset: `log`, and `webhook` when `WEBHOOK_URL` is set.',
  }),
  webhookUrls: setting('WEBHOOK_URL', urls(['https:', 'http:']), {
    description: 'Receivers of Standard Webhooks.',
    fallback: '',
    secrecy: 'secret',
  }),
  webhookSecrets: setting(
    'WEBHOOK_SECRET',
    list(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/u, '`whsec_` and base64 of 24 to 64 bytes'),
    {
      description:
        'Secrets that sign what each receiver gets, in the order of `WEBHOOK_URL`; a single one signs for all.',
      fallback: '',
      secrecy: 'secret',
    },
  ),
  webhookEvents: setting('WEBHOOK_EVENTS', eachOf(WEBHOOK_EVENTS), {
    description:
      'What each receiver is told of, in the order of `WEBHOOK_URL`; a single one holds for all.',
    fallback: 'incidents',
  }),
} as const

/** A channel as it was configured. Its name is written into events: it must not change meaning. */
export type ConfiguredChannel =
  | { readonly kind: 'log'; readonly name: 'log'; readonly events: 'incidents' }
  | {
      readonly kind: 'webhook'
      readonly name: string
      readonly events: WebhookEvents
      readonly url: string
      readonly secret: string
    }

interface WrittenChannels {
  readonly channels: readonly NotifyChannel[] | undefined
  readonly webhookUrls: readonly string[]
  readonly webhookSecrets: readonly string[]
  readonly webhookEvents: readonly WebhookEvents[]
}

/** Returns the names of the channels that hear of a subject. */
export function channelsToldOf(subject: ToldSubject, written: WrittenChannels): readonly string[] {
  return channelsOf(written)
    .filter(({ events }) => events === 'all' || events === subject)
    .map(({ name }) => name)
}

/**
 * Returns all channels: `log`, `webhook`, and `webhook-2` … for further URLs in the order in which
 * they are written.
 */
export function channelsOf(written: WrittenChannels): readonly ConfiguredChannel[] {
  const { webhookUrls, webhookSecrets, webhookEvents } = written
  const kinds = written.channels ?? (webhookUrls.length > 0 ? NOTIFY_CHANNELS : ['log'])
  const webhooks = webhookUrls.map((url, index) => ({
    kind: 'webhook' as const,
    name: index === 0 ? 'webhook' : `webhook-${index + 1}`,
    url,
    // A single one holds for all (rules.ts refuses any other number).
    events: webhookEvents[index] ?? webhookEvents[0]!,
    secret: webhookSecrets[index] ?? webhookSecrets[0]!,
  }))
  return [
    ...(kinds.includes('log') ? [{ kind: 'log', name: 'log', events: 'incidents' } as const] : []),
    ...(kinds.includes('webhook') ? webhooks : []),
  ]
}
