import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { announce, showRelease, steer } from './product/releases.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: what became of a release is known to whoever asks, and the newest release is what is live. Method: pipelines
// say what they do over HTTP, well and badly, once and twice and at once; answers are held to /openapi.json, and the
// projections to the log.

/** What the guard, the impact and the list say the newest release is. */
async function newest(product: Product): Promise<(string | null)[]> {
  const guard = await product.ask<{ release: string | null }>({
    url: '/ops/release-guard?service=shop&blocked_status=200',
  })
  const impact = await product.ask<{ services: { release: { version: string } }[] }>({
    url: '/ops/release-impact?service=shop',
  })
  return [guard.body.release, impact.body.services[0]?.release.version ?? null]
}

t.test('a release goes its way, and each step is in its history', async (t) => {
  const product = await startProduct(t)
  const pipeline = await tokenOf('a pipeline', 'ci')
  await announce(product, { version: '1', labels: { tier: 'gold' } })
  const promoted = await steer(product, 'promote', { version: '1', reason: 'p95 is calm' })
  t.equal(promoted.status, 200)
  t.match(promoted.body, { ok: true, release: { version: '1', state: 'promoted', run: 1 } })
  const finished = await steer(product, 'finish', { version: '1' }, { token: pipeline })
  t.match(finished.body.release, { state: 'finished', labels: { tier: 'gold' }, approvals: [] })
  t.ok(finished.body.release.state_since! >= promoted.body.release.state_since!)
  const { body } = await showRelease(product, '1')
  t.strictSame(body.release, finished.body.release)
  t.match(body.history, [
    { type: 'release.finished', version: 3, note: null },
    { type: 'release.promoted', version: 2, note: 'p95 is calm', who: { kind: 'key' } },
    { type: 'release.announced', version: 1, what: { version: '1', labels: { tier: 'gold' } } },
  ])
  const list = await product.ask<{ releases: unknown[] }>({ url: '/v1/releases' })
  t.strictSame(list.body.releases, [finished.body.release])
})

t.test('a reason is written down sealed', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  await steer(product, 'abort', { version: '1', reason: 'Ann saw it crash' })
  const { rows } = await product.database.pool.query<{ text: string }>(
    `select coalesce((select string_agg(data::text, ' ') from events), '') ||
       coalesce((select string_agg(command::text, ' ') from commands), '') as text`,
  )
  t.notMatch(rows[0]!.text, 'Ann saw it crash')
  t.match(rows[0]!.text, 'sealed')
})

t.test('what is so already is answered as it was the first time', async (t) => {
  const product = await startProduct(t)
  const words = ['promote', 'finish', 'rollback'] as const
  await announce(product, { version: '1' })
  for (const word of words) {
    const first = await steer(product, word, { version: '1' })
    const second = await steer(product, word, { version: '1', reason: 'again' })
    t.equal(second.status, 200, word)
    t.strictSame(second.body, first.body, word)
  }
  t.equal((await showRelease(product, '1')).body.history.length, 1 + words.length)
})

t.test('what cannot be is refused, and says why and how the release stands', async (t) => {
  const product = await startProduct(t)
  for (const version of ['1', '2', '3']) await announce(product, { version })
  await steer(product, 'promote', { version: '2' })
  await steer(product, 'abort', { version: '3' })
  const refused = [
    ['abort', '2', 'release_already_promoted', 'promoted'],
    ['promote', '1', 'release_superseded', 'running'],
    ['finish', '3', 'release_already_aborted', 'aborted'],
    ['rollback', '3', 'release_already_aborted', 'aborted'],
    ['approve', '3', 'release_already_aborted', 'aborted'],
  ] as const
  for (const [word, version, reason, state] of refused) {
    const answer = await steer(product, word, { version })
    t.equal(answer.status, 409, `${word} ${version}`)
    t.match(answer.body, {
      code: 'RELEASE_STATE_FORBIDS',
      detail: /\S/u,
      reason,
      state: { version, state, approvals: [] },
    })
  }
  for (const word of ['promote', 'finish', 'rollback', 'abort', 'approve', 'revoke-approval']) {
    const answer = await steer(product, word, { version: '4' })
    t.equal(answer.status, 404, word)
    t.match(answer.body, { code: 'NOT_FOUND', reason: 'release_not_found' })
    t.equal((await steer(product, word, { version: '1', environment: 'staging' })).status, 404)
  }
  t.equal((await showRelease(product, '4')).status, 404)
  t.equal((await showRelease(product, 'a\u0000b')).status, 404)
})

t.test('a roll-back makes what ran before it the newest again', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await announce(product, { version: '1' })
  await steer(product, 'finish', { version: '1' })
  await announce(product, { version: '2' })
  await announce(product, { version: '3' })
  t.same(await newest(product), ['3', '3'])
  await steer(product, 'abort', { version: '3' })
  t.same(await newest(product), ['2', '2'])
  const { body } = await steer(product, 'rollback', { version: '2', reason: 'orders fail' })
  t.match(body.release, { state: 'rolled_back', rolled_back_to: '1' })
  t.same(await newest(product), ['1', '1'])
  const first = await showRelease(product, '1')
  t.equal(first.body.release.announced_at, body.release.state_since, 'it went live again')
  t.match(first.body.history[0], {
    type: 'release.rolled_back',
    what: { version: '2', to: '1' },
    note: 'orders fail',
  })
  await report(product, { version: '2', requests: [{}] })
  t.same(await newest(product), ['1', '1'], 'its last requests do not bring it back')
  await steer(product, 'rollback', { version: '1' })
  t.same(await newest(product), [null, null])
})

t.test('an announcement after the end begins the next run', async (t) => {
  const product = await startProduct(t)
  for (const end of ['finish', 'rollback', 'abort']) {
    const version = `after ${end}`
    await announce(product, { version, commit: 'abc', labels: { tier: 'gold' } })
    await steer(product, 'approve', { version })
    const over = await steer(product, end, { version })
    t.equal(over.body.release.approvals.length, 1)
    const { status, body } = await announce(product, { version })
    t.equal(status, 200)
    t.match(body, {
      is_new: false,
      release: { version, run: 2, state: 'running', state_since: null, commit: 'abc' },
    })
    t.strictSame([body.release.labels, body.release.approvals], [{ tier: 'gold' }, []])
    t.match(await newest(product), [version, version])
  }
})

t.test('a long history is read page by page', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  await announce(product, { version: '2' })
  for (const word of ['approve', 'promote', 'finish']) await steer(product, word, { version: '1' })
  const whole = (await showRelease(product, '1')).body.history
  const pages = []
  let query = '?limit=2'
  for (;;) {
    const { body } = await showRelease(product, '1', query)
    pages.push(...body.history)
    if (body.next_cursor === null) break
    query = `?limit=2&cursor=${body.next_cursor}`
  }
  t.strictSame(pages, whole)
  t.equal(whole.length, 4)
  t.equal((await showRelease(product, '1', '?limit=0')).status, 400)
  t.equal((await showRelease(product, '1', '?cursor=nonsense')).status, 400)
})

const MISTAKES: readonly (readonly [fields: object, field: string])[] = [
  [{ version: undefined }, '/version'],
  [{ version: '' }, '/version'],
  [{ version: 'a\nb' }, '/version'],
  [{ service: undefined }, '/service'],
  [{ environment: '' }, '/environment'],
  [{ reason: 7 }, '/reason'],
  [{ reason: 'x'.repeat(4_001) }, '/reason'],
  [{ role: 'ops_admin' }, '/role'],
  [{ at: 1 }, '/at'],
]

t.test('a mistake is told with its field, and nothing happens', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  for (const word of ['promote', 'finish', 'rollback', 'abort', 'approve', 'revoke-approval']) {
    for (const [fields, field] of MISTAKES) {
      const { status, body } = await steer(product, word, { version: '1', ...fields })
      t.equal(status, 400, `${word} ${field}`)
      t.match(body, {
        code: 'INVALID_BODY',
        errors: [{ field, fix: /\S/u }],
      })
    }
  }
  t.equal((await showRelease(product, '1')).body.history.length, 1)
})
