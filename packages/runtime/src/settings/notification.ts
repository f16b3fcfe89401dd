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
