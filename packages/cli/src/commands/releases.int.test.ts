import t, { type Test } from 'tap'

import { startServices } from '../../test/start-services.ts'

async function startReleases(t: Test) {
  const services = await startServices(t)
  await services.startEscalator()
  return services
}

t.test('a release goes its way from a command line', async (t) => {
  const { cli } = await startReleases(t)
  const announced = await cli([
    ...['releases', 'announce', 'shop', '1.4.2', '--commit', '9fceb02'],
    ...['--label', 'tier=gold', '--label', 'note=a=b'],
  ])
  t.strictSame([announced.exit, announced.out], [0, 'shop 1.4.2 in production is running.\n'])
  t.match(await cli(['releases', 'approve', 'shop', '1.4.2', '--reason', 'I tried it']), {
    exit: 0,
    out: 'shop 1.4.2 in production is running, 1 approval.\n',
  })
  t.match(await cli(['releases', 'revoke-approval', 'shop', '1.4.2']), {
    out: 'shop 1.4.2 in production is running.\n',
  })
  t.match(await cli(['releases', 'promote', 'shop', '1.4.2']), {
    out: 'shop 1.4.2 in production is promoted.\n',
  })
  t.match(await cli(['releases', 'finish', 'shop', '1.4.2']), {
    out: 'shop 1.4.2 in production is finished.\n',
  })
  await cli(['releases', 'announce', 'shop', '1.5.0'])
  t.match(await cli(['releases', 'rollback', 'shop', '1.5.0', '--reason', 'orders fail']), {
    exit: 0,
    out: 'shop 1.5.0 in production is rolled back; 1.4.2 is live again.\n',
  })
  const list = await cli(['releases', 'list', '--service', 'shop'])
  const [head, ...rows] = list.out.trimEnd().split('\n')
  t.match(head, /^SERVICE +ENVIRONMENT +VERSION +STATE +LIVE SINCE +APPROVALS +LABELS$/u)
  t.match(rows, [
    /^shop +production +1\.4\.2 +finished +\S+ \S+ +0 +(tier=gold note=a=b|note=a=b tier=gold)$/u,
    /^shop +production +1\.5\.0 +rolled back +\S+ \S+ +0 +-$/u,
  ])
})

t.test('a release is shown with what happened to it', async (t) => {
  const { cli } = await startReleases(t)
  await cli(['releases', 'announce', 'shop', '1', '--url', 'https://ci.example/1'])
  await cli(['releases', 'announce', 'shop', '2'])
  await cli(['releases', 'approve', 'shop', '2', '--reason', 'I tried it'])
  await cli(['releases', 'rollback', 'shop', '2'])
  const second = (await cli(['releases', 'show', 'shop', '2'])).out
  t.match(second, /^Release +shop 2 in production$/mu)
  t.match(second, /^State +rolled back since \d{4}-/mu)
  t.match(second, /^Live again +1$/mu)
  t.match(second, /^Approved by +first-admin \(ops_admin, .*\)$/mu)
  t.match(second, /^\d.* +rolled back to 1 +first-admin +http +-$/mu)
  t.match(second, /^\d.* +approved +first-admin +http +I tried it$/mu)
  t.match(second, /^\d.* +announced +first-admin +http +-$/mu)
  const first = (await cli(['releases', 'show', 'shop', '1'])).out
  t.match(first, /^Approved by +nobody$/mu)
  t.match(first, /^URL +https:\/\/ci\.example\/1$/mu)
  t.match(first, /^\d.* +live again for 2 +first-admin/mu)
  const json = await cli(['releases', 'show', 'shop', '2', '--limit', '1', '--json'])
  t.match(JSON.parse(json.out), { release: { version: '2' }, history: [{}], next_cursor: /\S/u })
  t.match((await cli(['releases', 'show', 'shop', '2', '--limit', '1'])).err, /There is more/u)
})

t.test('a key that may approve, and nothing else, counts once with its role', async (t) => {
  const { cli } = await startReleases(t)
  await cli(['releases', 'announce', 'shop', '1'])
  const scope = ['--scope', 'releases:approve', '--name', 'release manager']
  const token = (await cli(['keys', 'create', '--role', 'ops_admin', ...scope])).out.trim()
  const env = { PORTCULLIS_TOKEN: token }
  for (let time = 0; time < 2; time += 1) {
    t.match(await cli(['releases', 'approve', 'shop', '1'], { env }), {
      exit: 0,
      out: 'shop 1 in production is running, 1 approval.\n',
    })
  }
  const { out } = await cli(['releases', 'show', 'shop', '1'])
  t.match(out, /^Approved by +release manager \(ops_admin, .*\)$/mu)
  const promoted = await cli(['releases', 'promote', 'shop', '1'], { env })
  t.equal(promoted.exit, 2)
  t.match(promoted.err, 'It needs the scope releases:write')
})

t.test('a no is a no, and a wrong call a wrong call', async (t) => {
  const { cli } = await startReleases(t)
  t.match(await cli(['releases', 'list']), { exit: 0, out: 'There is no such release.\n' })
  const unknown = await cli(['releases', 'finish', 'shop', '1'])
  t.equal(unknown.exit, 1)
  t.match(unknown.err, /no such version was ever seen or announced there/u)
  t.equal((await cli(['releases', 'show', 'shop', '1'])).exit, 1)
  await cli(['releases', 'announce', 'shop', '1', '--environment', 'staging'])
  await cli(['releases', 'finish', 'shop', '1', '--environment', 'staging'])
  const forbidden = await cli(['releases', 'abort', 'shop', '1', '--environment', 'staging'])
  t.equal(forbidden.exit, 1)
  t.match(forbidden.err, /it is finished.*See `portcullis releases show`\./u)
  const wrong = await cli(['releases', 'announce', 'shop', '2', '--label', 'gold'])
  t.equal(wrong.exit, 2)
  t.match(wrong.err, '--label: read "gold"')
  t.equal((await cli(['releases', 'announce', 'shop', '2', '--label', '=gold'])).exit, 2)
  const refused = await cli(['releases', 'announce', 'shop', '2', '--label', 'a b=c'])
  t.equal(refused.exit, 2)
  t.match(refused.err, /must be a label key/u)
  t.equal((await cli(['releases', 'approve', 'shop'])).exit, 2)
})

t.test('a command that nobody decides yet is told so, to people and programs', async (t) => {
  const services = await startServices(t, { PORTCULLIS_COMMAND_WAIT_MS: '50' })
  const people = await services.cli(['releases', 'announce', 'shop', '1'])
  t.equal(people.exit, 3)
  t.match(people.out, /^Accepted as command \S+, and not decided yet\.$/mu)
  const programs = await services.cli(['releases', 'finish', 'shop', '1', '--json'])
  t.equal(programs.exit, 3)
  t.match(JSON.parse(programs.out), { status: 'waiting' })
})
