import { list, someOf, urls } from './kind.ts'
import { optional, setting } from './setting.ts'

/** The kinds of channels that can be told of incidents. */
export const NOTIFY_CHANNELS = ['log', 'webhook'] as const
export type NotifyChannel = (typeof NOTIFY_CHANNELS)[number]

export const notificationSettings = {
  channels: optional('NOTIFY_CHANNELS', someOf(NOTIFY_CHANNELS), {
    description: 'Who is told of incidents. Unset: `log`, and `webhook` when `WEBHOOK_URL` is set.',
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
} as const

/** A channel as it was configured. Its name is written into events: it must not change meaning. */
export type ConfiguredChannel =
  | { readonly kind: 'log'; readonly name: 'log' }
  | {
      readonly kind: 'webhook'
      readonly name: string
      readonly url: string
      readonly secret: string
    }

/**
 * Returns the channels that hear of incidents: `log`, `webhook`, and `webhook-2` … for further URLs
 * in the order in which they are written.
 */
export function channelsOf(written: {
  readonly channels: readonly NotifyChannel[] | undefined
  readonly webhookUrls: readonly string[]
  readonly webhookSecrets: readonly string[]
}): readonly ConfiguredChannel[] {
  const { webhookUrls, webhookSecrets } = written
  const kinds = written.channels ?? (webhookUrls.length > 0 ? NOTIFY_CHANNELS : ['log'])
  const webhooks = webhookUrls.map((url, index) => ({
    kind: 'webhook' as const,
    name: index === 0 ? 'webhook' : `webhook-${index + 1}`,
    url,
    // A single secret signs for all (rules.ts refuses any other number).
    secret: webhookSecrets[index] ?? webhookSecrets[0]!,
  }))
  return [
    ...(kinds.includes('log') ? [{ kind: 'log', name: 'log' } as const] : []),
    ...(kinds.includes('webhook') ? webhooks : []),
  ]
}
