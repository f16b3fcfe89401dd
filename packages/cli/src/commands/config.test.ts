import t from 'tap'

import { callCli } from '../../test/call-cli.ts'

t.test('settings are shown with their values and where those come from', async (t) => {
  const folder = t.testdir({ env: "DATABASE_URL='postgres://p:hunter2@127.0.0.1:5544/p'\n" })
  const env = { PORTCULLIS_DATA: folder, PORT: '4000', OPS_JWT_SECRET: 'x'.repeat(40) }
  const { exit, out } = await callCli(['config'], { env })
  t.equal(exit, 0)
  t.match(out, /^SETTING +VALUE +FROM$/mu)
  t.match(out, /^PORT +4000 +environment$/mu)
  t.match(out, /^HOST +127\.0\.0\.1 +default$/mu)
  t.match(out, /^REDIS_URL +\(unset\) +default$/mu)
  t.match(out, /^OPS_JWT_SECRET +\*{8} +environment$/mu)
  t.match(
    out,
    new RegExp(`^DATABASE_URL +postgres://p:\\*{8}@127\\.0\\.0\\.1:5544/p +${folder}/env$`, 'mu'),
  )
  t.notMatch(out, 'hunter2')
  t.notMatch(out, 'xxxx')
})

t.test('beside an `npm start` its defaults count', async (t) => {
  const text = "DATABASE_URL='postgres://p@127.0.0.1:5544/p'\n"
  const PORTCULLIS_DATA = t.testdir({ env: text })
  const guardOf = async (env: Record<string, string>) =>
    /^GUARD_ANONYMOUS +(\S+)/mu.exec((await callCli(['config'], { env })).out)?.[1]
  t.equal(await guardOf({ PORTCULLIS_DATA }), 'loopback')
  t.equal(await guardOf({ PORTCULLIS_DATA, DATABASE_URL: 'postgres://other/p' }), 'off')
  t.equal(await guardOf({ PORTCULLIS_DATA, GUARD_ANONYMOUS: 'off' }), 'off')
})

t.test('the same for programs', async (t) => {
  const { out } = await callCli(['config', '--json'], { env: { PORT: '4000' } })
  const settings: readonly { readonly name: string }[] = JSON.parse(out)
  t.match(
    settings.filter(({ name }) => name === 'PORT'),
    [{ name: 'PORT', value: '4000', origin: 'environment' }],
  )
})

t.test('settings that a service would refuse are shown all the same, and refused', async (t) => {
  const { exit, out, err } = await callCli(['config'], { env: { PORT: 'eighty' } })
  t.equal(exit, 1)
  t.match(out, /^PORT +eighty +environment$/mu)
  t.match(err, /PORT: read "eighty"\. Allowed is a whole number/u)
})

t.test('what is allowed and yet unwise is said beside', async (t) => {
  const { exit, err } = await callCli(['config'], { env: { OPS_JWT_SECRET: 'short' } })
  t.equal(exit, 0)
  t.match(err, /^Warning: .*OPS_JWT_SECRET/mu)
})

t.test('colours are for people who look at a terminal', async (t) => {
  const env = { PORT: '4000' }
  const coloured = await callCli(['config'], { env, columns: 100 })
  t.match(coloured.out, '\u001b[')
  for (const plain of [{ env }, { env: { ...env, NO_COLOR: '1' }, columns: 100 }]) {
    t.notMatch((await callCli(['config'], plain)).out, '\u001b[')
  }
})
