import { readConfig } from '@portcullis/runtime'

import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import type { Environment, Installation } from '../installation.ts'

/** The gateway that a command asks, and with which credential. */
export interface GatewayAddress {
  /** Without a trailing slash; it may have a path. */
  readonly url: string
  readonly token: string | undefined
  /** What commands are signed with; undefined where none is set. */
  readonly hmacSecret: string | undefined
}

/** What listens on all addresses is asked on the loopback. */
const LOOPBACKS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Returns PORTCULLIS_URL, or else where a gateway on this machine listens (HOST, PORT). Only what is
 * needed is read: a pipeline's DATABASE_URL is that of the application which it deploys.
 */
export function gatewayOf({ env }: Installation): GatewayAddress {
  const url = env['PORTCULLIS_URL'] ?? ''
  const names = [
    'PORTCULLIS_TOKEN',
    'PORTCULLIS_TOKEN_FILE',
    'OPS_HMAC_SECRET',
    'OPS_HMAC_SECRET_FILE',
    ...(url === '' ? ['HOST', 'PORT'] : []),
  ]
  const { config } = readConfig({ env: picked(env, names) })
  const { firstToken: token, hmacSecret } = config.access
  if (url === '') return { url: urlOf(config.http), token, hmacSecret }
  if (!/^https?:$/u.test(URL.parse(url)?.protocol ?? '')) {
    throw failure(EXIT.usage, `PORTCULLIS_URL: read "${url}". Allowed is an http: or https: URL.`)
  }
  return { url: url.replace(/\/+$/u, ''), token, hmacSecret }
}

function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = LOOPBACKS[host] ?? host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function picked(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(names.map((name) => [name, env[name]]))
}
