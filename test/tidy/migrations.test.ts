// A migration that has landed is never changed: running installations have it already, and would differ
// from new ones without anybody knowing. Its hash is taken down here when it lands.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import t from 'tap'

const FOLDER = new URL('../../migrations/src/', import.meta.url)

/** SHA-256 of every migration that has landed, by name. */
const LANDED: Readonly<Record<string, string>> = {
  '0001-log-and-metrics': '9e047d626066536adf7381243b85215f792959926daca4a067e75143631eda7b',
  '0002-projections': '68a17a3cb429e744e24c989af8a97acd33aa0d7355805a0ea2c25afe8324c68a',
  '0003-work': 'b3dc4df27b118dff2615c211f7c9ee3e03eaa995811c7840c7df7ea2cb981e79',
  '0004-incidents-view': '1730f4abbc4c2ff7a605dbc485bc4ead63e723fb939192980887d1483f2a3ada',
  '0005-steering': 'c63892dae3e2c343eb29f8eb0c5b3a231bb916b7dcc4f483a7924ee8a517bef9',
  '0006-incident-pages': '84575d9c3c2fc7d073f759e362e9dee44e6f81db2363640c1c976074d5a53b3f',
  '0007-policies': 'b53fe6b2e919f26f53cde16976b0fa3fe89ff14abd51f33f469221d6971bb1c5',
  '0008-releases': '40f5da876c46a7c16642546cacfca369eb496e07bace7643ba805f1ba71db1d5',
  '0009-waivers': 'c1f4e6adbdc9d1d0970e8678b6f915944d6d5e5d2111335773aa5382aa351e8b',
  '0010-verdict-pages': '332d7feac7f5cf8e6c5da3c6797c64936595f100c952d8db9b765f7c39391b24',
  '0011-verdict-notifications': 'df7d802d97f718e407d47dae75cd392988c9596a77b9b6e4be23c89f397e68e8',
}

t.test('a migration that has landed is as it landed; what must change is a new one', async (t) => {
  const names = readdirSync(FOLDER).filter((name) => /^\d{4}-.*\.ts$/u.test(name))
  const hashes = names.map((name) => [name.replace(/\.ts$/u, ''), hashOf(name)])
  t.strictSame(Object.fromEntries(hashes), LANDED)
})

function hashOf(name: string): string {
  return createHash('sha256')
    .update(readFileSync(new URL(name, FOLDER)))
    .digest('hex')
}
