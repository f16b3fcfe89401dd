import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import t from 'tap'

function linesOf(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8')
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

t.test('what git leaves out is not in the image either, and git itself is not', async (t) => {
  const left = linesOf('.dockerignore')
  for (const line of linesOf('.gitignore')) {
    t.ok(left.includes(line.includes('/') ? line : `**/${line}`), `${line} in .dockerignore`)
  }
  t.ok(left.includes('.git'))
})

t.test(
  'secrets that the compose file names lie where neither git nor the image looks',
  async (t) => {
    const compose = linesOf('infra/compose.yaml').join('\n')
    const files = [...compose.matchAll(/(?:file|path): (\.\/\S+)/gu)].map(([, file]) => file!)
    t.ok(files.length >= 4)
    for (const file of files) t.match(file, /^\.\/secrets\//u)
    t.ok(linesOf('.gitignore').includes('infra/secrets'))
  },
)
