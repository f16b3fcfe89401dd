import { readFileSync, writeFileSync } from 'node:fs'

import t from 'tap'

import { describeSettings, settingsPage } from './page.ts'

const PAGE = new URL('../../../../docs/settings.md', import.meta.url)

t.test('docs/settings.md is what the code says (TAP_SNAPSHOT=1 renews it)', async (t) => {
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(PAGE, settingsPage())
  t.equal(readFileSync(PAGE, 'utf8'), settingsPage())
})

t.test('every setting has a name of its own, a description and what is allowed', async (t) => {
  const settings = describeSettings()
  t.equal(new Set(settings.map(({ name }) => name)).size, settings.length)
  for (const { name, description, allowed } of settings) {
    t.match(name, /^[A-Z][A-Z0-9_]+$/u)
    t.match(description, /\.$/u, `${name} is described in sentences`)
    t.ok(allowed.length > 5, `${name} says what is allowed`)
  }
})
