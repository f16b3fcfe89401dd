import type { ClientOptions } from './settings.ts'

/**
 * Returns options with `url` and `token` from PORTCULLIS_URL and PORTCULLIS_TOKEN. The environment
 * is an argument (`fromEnv(process.env, { service: 'shop' })`): the package reads none by itself.
 * Throws an Error that names a variable that is not set.
 */
export function fromEnv(
  env: Readonly<Record<string, string | undefined>>,
  options: Omit<ClientOptions, 'url' | 'token'>,
): ClientOptions {
  return {
    ...options,
    url: required(env, 'PORTCULLIS_URL'),
    token: required(env, 'PORTCULLIS_TOKEN'),
  }
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw new Error(`portcullis: ${name} is not set`)
}
