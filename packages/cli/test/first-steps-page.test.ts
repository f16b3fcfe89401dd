// Goal: docs/first-steps.md can be followed. Method: its policy files are linted and judge the traffic that its `serve` reports, as
// cases; its commands are called where no gateway answers, which only a call that is well made gets to know. What they print
// was printed by a run of the page.
import { readFileSync } from 'node:fs'

import t from 'tap'

import { EXIT } from '../src/exit.ts'
import { callCli } from './call-cli.ts'
import { fakePace } from './fake-pace.ts'

const page = readFileSync(new URL('../../../docs/first-steps.md', import.meta.url), 'utf8')

const written = [...page.matchAll(/^cat > (\S+) <<'YAML'\n(.*?)^YAML$/gmsu)].map(
  ([, name, text]) => [name!, text!] as const,
)
const [, from = '', to = ''] = /sed 's\/(\w+)\/(\w+)\/' shop\.yaml > looser\.yaml/u.exec(page) ?? []
const POLICIES: Readonly<Record<string, string>> = Object.fromEntries([
  ...written,
  ...written
    .filter(([name]) => name === 'shop.yaml')
    .map(([, text]) => ['looser.yaml', text.replace(from, to)] as const),
])

interface Served {
  readonly load: { readonly perSecond: 20; readonly errors: string; readonly latency: string }
  readonly for: string
}

/** Lines of the page that report traffic, each with what is reported side by side. */
const LINES: readonly (readonly Served[])[] = [...page.matchAll(/^\$ .*\bserve \d.*$/gmu)].map(
  ([line]) =>
    [...line.matchAll(/serve \S+ (\d+) (\d+) (\d+)/gu)].map(([, failed, ms, seconds]) => ({
      load: { perSecond: 20, errors: `${(Number(failed) / 20) * 100}%`, latency: `${ms}ms` },
      for: `${seconds}s`,
    })),
)

function caseOf(name: string, given: object, expect: object): object {
  return { name, given: { service: 'shop', ...given }, expect }
}

/** Returns a file of cases; JSON is YAML. */
function testOf(policy: string, cases: readonly object[]): string {
  const head = { apiVersion: 'portcullis.dev/v1', kind: 'PolicyTest', metadata: { name: policy } }
  return JSON.stringify({ ...head, spec: { policy, cases } })
}

t.test('the policies say of the traffic what the page says', async (t) => {
  const [good, slow, fast, try1, more1, try2] = LINES
  const traffic = (served: readonly Served[] | undefined) => ({
    traffic: served!.map(({ load, for: lasts }) => ({ ...load, for: lasts })),
  })
  const sideBySide = (served: readonly Served[] | undefined) => {
    const [baseline, canary] = served!
    const sides = { baseline: baseline!.load, canary: canary!.load, for: canary!.for }
    return { labels: { canary: 'true' }, canary: [sides] }
  }
  const ofShop = [
    caseOf('good', traffic(good), { outcome: 'pass' }),
    caseOf('slow', traffic(slow), { outcome: 'fail', rules: { 'error-rate': 'pass' } }),
    caseOf('fast again', traffic(fast), { outcome: 'pass' }),
    caseOf('beside a bad canary', traffic(try2), { outcome: 'pass' }),
  ]
  const ofLooser = [caseOf('slow', traffic(slow), { outcome: 'pass' })]
  const ofCanary = [
    caseOf('too early', sideBySide(try1), { outcome: 'undecided' }),
    caseOf('good', sideBySide(more1), { outcome: 'pass' }),
    caseOf('bad', sideBySide(try2), { outcome: 'fail' }),
    caseOf('not announced', {}, { selected: false }),
  ]
  const folder = t.testdir({
    ...POLICIES,
    'shop.test.yaml': testOf('shop', ofShop),
    'looser.test.yaml': testOf('shop', ofLooser),
    'canary.test.yaml': testOf('shop-canary', ofCanary),
  })
  for (const name of ['shop', 'looser', 'canary']) {
    const files = [`${folder}/${name}.yaml`, `${folder}/${name}.test.yaml`]
    const { exit, out } = await callCli(['policy', 'test', ...files])
    t.equal(exit, EXIT.ok, out)
  }
})

t.test('every command of the page can be called', async (t) => {
  const folder = t.testdir(POLICIES)
  const calls = [...page.matchAll(/^\$ .*?npx portcullis ([^;&\n]+)/gmu)].map(([, call]) => call!)
  t.ok(calls.length >= 15)
  for (const call of calls) {
    const argv = [...call.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, word]) => quoted ?? word!)
    const { exit, err } = await callCli(
      argv.map((word) => {
        if (word.endsWith('.yaml')) return `${folder}/${word}`
        return word.startsWith('$') ? '2026-11-30T12:00:00Z' : word
      }),
      { env: { PORTCULLIS_URL: 'http://127.0.0.1:1' }, pace: fakePace() },
    )
    const isLocal = call.startsWith('policy lint')
    t.equal(exit, isLocal ? EXIT.ok : EXIT.unreachable, `${call}: ${err}`)
  }
})
