import { readPolicyFiles } from '@portcullis/policy-files'
import fc from 'fast-check'
import t from 'tap'

import { imported } from './fixtures/import-texts.ts'
import { importSlos } from './import-slos.ts'
import { yamlText } from './text.ts'

const SLOTH = `version: prometheus/v1
service: shop
slos:
  - name: a
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(r_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(r_total{job="shop"}[{{.window}}]))
`
const PYRRA = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: { name: shop-a }
spec:
  target: "99"
  window: 4w
  indicator:
    ratio:
      errors: { metric: 'r_total{job="shop",code=~"5.."}' }
      total: { metric: 'r_total{job="shop"}' }
`

t.test('a file may hold documents of several formats', async (t) => {
  const { inputs } = imported(`${SLOTH}---\n${PYRRA.replace('shop-a', 'shop-b')}---\n`)
  t.match(inputs, [{ metadata: { name: 'shop-a' } }, { metadata: { name: 'shop-b' } }])
})

t.test('a name is used once, over all files', async (t) => {
  const files = [
    { name: 'b.yaml', text: SLOTH },
    { name: 'a.yaml', text: PYRRA },
  ]
  const { slos, findings } = importSlos(files)
  t.match(slos, [{ file: 'b.yaml', place: { line: 4, column: 11 }, path: 'slos[0].name' }])
  t.match(findings, [
    { file: 'b.yaml', kind: 'assumed' },
    {
      file: 'a.yaml',
      line: 3,
      column: 19,
      kind: 'refused',
      what: /second Slo "shop-a", like that of b\.yaml:4/u,
    },
  ])
})

t.test('what is printed is read again as what was imported', async (t) => {
  const { slos, inputs } = imported(SLOTH)
  const { documents, faults } = readPolicyFiles([{ name: 'out.yaml', text: yamlText(inputs) }])
  t.strictSame(faults, [])
  t.strictSame(
    documents.map(({ document }) => document),
    slos.map(({ slo }) => slo),
  )
})

t.test('what is no document of a known format is refused', async (t) => {
  const rows: readonly (readonly [text: string, told: RegExp])[] = [
    ['a: [', /^refused 1:\d+ {2}is no YAML/u],
    ['just text\n', /^refused 1:1 {2}is no document that can be imported \(it names no format\)/u],
    ['- 1\n', /^refused 1:1 {2}is no document/u],
    [
      'apiVersion: v1\nkind: Service\n',
      /^refused 1:13 apiVersion is no document that can be imported \(v1 Service\)/u,
    ],
    ['apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\n', /sloth\.slok\.dev\/v1 AlertWindows/u],
    ['version: prometheus/v2\n', /it names no format/u],
  ]
  for (const [text, told] of rows) t.match(imported(text).told, [told], text)
  t.strictSame(imported('').told, [])
})

t.test(
  'no text makes the importer throw, and an objective is carried over or refused',
  async () => {
    const lines = [...`${SLOTH}---\n${PYRRA}`.matchAll(/.*\n/gu)].map(([line]) => line)
    const some = fc.subarray(lines, { minLength: 10 }).map((all) => all.join(''))
    fc.assert(
      fc.property(fc.oneof(some, fc.string({ unit: 'binary' })), (text) => {
        const { slos, findings } = importSlos([{ name: 'a.yaml', text }])
        return (
          slos.length + findings.length >= 0 &&
          findings.every(({ line, column }) => line > 0 && column > 0)
        )
      }),
      { numRuns: 200 },
    )
  },
)
