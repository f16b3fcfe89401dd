import { addresses, integer, text } from './kind.ts'
import { setting } from './setting.ts'

export const httpSettings = {
  host: setting('HOST', text(1, 255), {
    description: 'Address that the gateway listens on.',
    fallback: '127.0.0.1',
  }),
  port: setting('PORT', integer(0, 65_535), {
    description: 'Port that the gateway listens on; 0 takes a free one.',
    fallback: '3000',
  }),
  trustProxy: setting('TRUST_PROXY', addresses, {
    description:
      "Addresses of proxies whose `X-Forwarded-*` headers are believed. `off`: nobody's.",
    fallback: 'off',
  }),
} as const
