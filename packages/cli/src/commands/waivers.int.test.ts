import t from 'tap'

import { startServices } from '../../test/start-services.ts'

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

t.test('a waiver is granted, listed and revoked', async (t) => {
  const { cli, startEscalator } = await startServices(t)
  await startEscalator()
  t.match(await cli(['waivers', 'list']), { exit: 0, out: 'There is no such waiver.\n' })
  const grant = ['waivers', 'grant', '--service', 'shop', '--version', '1.4.3', '--for', '1h']
  const granted = await cli([...grant, '--rule', 'error_rate_critical', '--reason', 'it mends it'])
  const said = new RegExp(
    `^(?<id>${ID}) is active: shop 1\\.4\\.3 despite error_rate_critical, until \\d`,
    'u',
  )
  t.match(granted, { exit: 0, out: said })
  const id = said.exec(granted.out)?.groups?.['id'] ?? ''
  const { out } = await cli(['waivers', 'list'])
  const [head, row] = out.split('\n')
  t.match(head, /^WAIVER +STATUS +UNTIL +GRANTED BY +APPROVED BY +ABOUT +REASON$/u)
  t.match(row, new RegExp(`^${id} +active .* - +shop 1\\.4\\.3 despite .* it mends it$`, 'u'))
  t.match(await cli(['waivers', 'revoke', id]), { exit: 0, out: `${id} is revoked: shop` })
  t.match(await cli(['waivers', 'list']), { out: 'There is no such waiver.\n' })
  t.match(await cli(['waivers', 'list', '--all']), { out: new RegExp(`^${id} +revoked`, 'mu') })
  const json = await cli(['waivers', 'list', '--all', '--json'])
  t.match(JSON.parse(json.out), { waivers: [{ id, status: 'revoked' }] })
})

t.test('who granted a waiver is told that somebody else must approve it', async (t) => {
  const { cli, startEscalator } = await startServices(t)
  await startEscalator()
  const grant = ['waivers', 'grant', '--service', 'shop', '--for', '1h', '--reason', 'x']
  const { out } = await cli([...grant, '--policy', 'default', '--second'])
  t.match(out, /waits for a second person: shop despite all rules of default, until /u)
  const approval = await cli(['waivers', 'approve', out.slice(0, 36)])
  t.not(approval.exit, 0)
  t.match(approval.err, /cannot approve it/u)
})

t.test('a waiver without an end, a service or a reason is a wrong call', async (t) => {
  const { cli } = await startServices(t)
  const bad: readonly (readonly [argv: readonly string[], said: RegExp])[] = [
    [['--reason', 'x', '--for', '1h'], /give --service/u],
    [['--service', 'shop', '--for', '1h'], /give --reason/u],
    [['--service', 'shop', '--reason', 'x'], /give --until INSTANT, or --for SPAN/u],
    [['--service', 'shop', '--reason', 'x', '--for', 'ever'], /give --for a span/u],
  ]
  for (const [argv, said] of bad) {
    t.match(await cli(['waivers', 'grant', ...argv]), { exit: 2, err: said })
  }
})

t.test('a freeze is started, listed and ended', async (t) => {
  const { cli, startEscalator } = await startServices(t)
  await startEscalator()
  t.match(await cli(['freeze', 'list']), { out: /^Nothing is frozen/u })
  const start = ['freeze', 'start', '--for', '2h', '--reason', 'The provider is down.']
  const what = ['--service', 'shop*', '--except', 'hotfix=true', '--name', 'provider']
  t.match(await cli([...start, ...what]), { exit: 0, out: /^added +Freeze provider [0-9a-f]+$/mu })
  const { out } = await cli(['freeze', 'list'])
  t.match(out, /^FREEZE +STATUS +FROM +UNTIL +BY +REASON$/mu)
  t.match(out, /^provider +active .* The provider is down\.$/mu)
  t.match(await cli(['policy', 'show', 'Freeze/provider']), { out: /hotfix: ["']true["']/u })
  t.match(await cli(['freeze', 'end', 'provider']), { exit: 0, out: /^removed +Freeze provider/mu })
  t.match(await cli(['freeze', 'list', '--json']), { out: /"freezes": ?\[\]/u })
  t.match(await cli(['freeze', 'end', 'provider']), { err: /no freeze of that name/u })
  t.match(await cli([...start, '--name', 'other']), { exit: 0 })
  t.match(await cli([...start, '--name', 'other', '--service', 'shop']), {
    exit: 1,
    err: /a freeze of that name is in force\. See `portcullis freeze list`\./u,
  })
  t.match(await cli([...start, '--except', 'hotfix']), { exit: 2, err: /like hotfix=true/u })
})
