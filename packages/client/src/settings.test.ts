import t from 'tap'

import { fromEnv } from './from-env.ts'
import { settingsOf, type ClientOptions } from './settings.ts'

const good: ClientOptions = { url: 'http://127.0.0.1:3000', token: 'secret', service: 'shop' }

t.test('the endpoint is the path below the URL', async (t) => {
  const table: [url: string, endpoint: string][] = [
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/v1/request-metrics'],
    ['https://ops.example/', 'https://ops.example/v1/request-metrics'],
    ['https://ops.example/portcullis/', 'https://ops.example/portcullis/v1/request-metrics'],
  ]
  for (const [url, endpoint] of table) t.equal(settingsOf({ ...good, url }).endpoint, endpoint)
})

t.test('a wrong option is refused with its name, what was given and what may be', async (t) => {
  const table: [keyof ClientOptions, unknown, RegExp][] = [
    ['url', 'portcullis', /url is "portcullis"; it must be an http or https URL/],
    ['url', undefined, /url is undefined; it must be/],
    ['url', 'ftp://ops.example', /url is "ftp:/],
    ['url', 'https://user:pass@ops.example', /without a user name/],
    ['url', 'https://ops.example/?a=b', /without a user name, a query or a fragment/],
    ['service', '', /service is ""; it must be a line of 1 to 128 characters/],
    ['service', 'a\nb', /service is "a\\nb"/],
    ['service', undefined, /service is undefined/],
    ['environment', 'e'.repeat(65), /it must be a line of 1 to 64 characters/],
    ['version', '', /version is ""/],
    ['flushIntervalMs', 0, /flushIntervalMs is 0; it must be a whole number from 10 to 300000/],
    ['requestTimeoutMs', 1.5, /requestTimeoutMs is 1.5/],
    ['closeTimeoutMs', -1, /closeTimeoutMs is -1/],
    ['retryBaseMs', 0, /retryBaseMs/],
    ['retryMsMax', Infinity, /retryMsMax/],
    ['routesMax', 0, /routesMax/],
    ['bufferBytesMax', -1, /bufferBytesMax/],
    ['bufferAgeMsMax', '15m', /bufferAgeMsMax is "15m"/],
    ['gzipBytesMin', -1, /gzipBytesMin/],
    ['onDrop', 'log', /onDrop is "log"; it must be a function/],
  ]
  for (const [name, value, message] of table) {
    t.throws(() => settingsOf({ ...good, [name]: value }), { name: 'TypeError', message }, name)
  }
})

t.test('a wrong token or password is refused without being shown', async (t) => {
  for (const token of ['', 'geheim nis', 'geheim\r\nnis', 'geheim\u{fffd}']) {
    t.throws(() => settingsOf({ ...good, token }), { message: /^(?!.*geheim).*token must be/ })
  }
  const url = 'https://user:geheim@ops.example'
  t.throws(() => settingsOf({ ...good, url }), { message: /^(?!.*geheim)/ })
})

t.test('fromEnv takes URL and token from the environment that it is given', async (t) => {
  const env = { PORTCULLIS_URL: 'http://127.0.0.1:3000', PORTCULLIS_TOKEN: 'secret' }
  t.match(settingsOf(fromEnv(env, { service: 'shop', version: '1.4.2' })), {
    endpoint: 'http://127.0.0.1:3000/v1/request-metrics',
    token: 'secret',
    service: 'shop',
    version: '1.4.2',
  })
  for (const name of ['PORTCULLIS_URL', 'PORTCULLIS_TOKEN']) {
    const message = `portcullis: ${name} is not set`
    t.throws(() => fromEnv({ ...env, [name]: '' }, { service: 'shop' }), { message })
    t.throws(() => fromEnv({ ...env, [name]: undefined }, { service: 'shop' }), { message })
  }
})
