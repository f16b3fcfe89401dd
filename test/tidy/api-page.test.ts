// docs/api.md is held to docs/openapi.json: an endpoint that nobody explains is one that nobody finds.
import { readFileSync } from 'node:fs'

import t from 'tap'

const DOCS = new URL('../../docs/', import.meta.url)
const PAGE = readFileSync(new URL('api.md', DOCS), 'utf8')

t.test('every endpoint is on the page of the API', async (t) => {
  const { paths } = JSON.parse(readFileSync(new URL('openapi.json', DOCS), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>
  }
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of Object.keys(operations)) {
      const name = `\`${method.toUpperCase()} ${path}\``
      t.ok(PAGE.includes(name), `docs/api.md says nothing of ${name}`)
    }
  }
})
