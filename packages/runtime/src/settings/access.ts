import { flag, oneOf, text } from './kind.ts'
import { optional, setting } from './setting.ts'

export const accessSettings = {
  firstToken: optional('PORTCULLIS_TOKEN', text(16, 512), {
    description: 'Bearer token of the first admin. Generated at the first `npm start`.',
    secrecy: 'secret',
  }),
  jwtSecret: optional('OPS_JWT_SECRET', text(1, 4_096), {
    description:
      'Secret of the HS256 JWTs that people carry (claims `sub`, `role`, `exp`). Unset: every JWT is refused. Take at least 32 random bytes.',
    secrecy: 'secret',
  }),
  hmacSecret: optional('OPS_HMAC_SECRET', text(1, 4_096), {
    description:
      'Secret of `X-Signature`. Unset: what must be signed is refused. Take at least 32 random bytes.',
    secrecy: 'secret',
  }),
  hmacRequired: setting('OPS_HMAC_REQUIRED', flag, {
    description:
      'Every command must be signed with `X-Timestamp` and `X-Nonce`, by API keys too. Otherwise only a JWT that acknowledges must be signed, and the body alone will do.',
    fallback: 'false',
  }),
  guardAnonymous: setting('GUARD_ANONYMOUS', oneOf(['loopback', 'off']), {
    description:
      '`loopback`: `GET /ops/release-guard` answers a peer on loopback without a token. `npm start` sets `loopback` unless told otherwise.',
    fallback: 'off',
  }),
} as const
