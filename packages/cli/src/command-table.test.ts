// Goal: a call pays for the command that it names alone. Method: processes of their own tell which modules they loaded.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import t from 'tap'

import { COMMANDS, loadCommands } from './command-table.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

const TELL_MODULES = `
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({
    load: (url, context, next) => {
      urls.push(url)
      return next(url, context)
    },
  })
  process.on('exit', () => process.stderr.write(JSON.stringify(urls)))
`

/** Returns the modules that a call loads. */
function loadedBy(...argv: string[]): string[] {
  const hook = `data:text/javascript,${encodeURIComponent(TELL_MODULES)}`
  const { stderr } = spawnSync(process.execPath, ['--import', hook, MAIN, ...argv], {
    encoding: 'utf8',
    env: { PORTCULLIS_DATA: '/nonexistent' },
  })
  return JSON.parse(stderr)
}

t.test('a command has the name by which it is found', async (t) => {
  const commands = await loadCommands(COMMANDS)
  t.strictSame(
    commands.map(({ name }) => name),
    COMMANDS.map(({ name }) => name),
  )
})

t.test('only the command that is called is loaded', async (t) => {
  const rows = [
    [['--version'], []],
    [['config'], ['config.ts']],
    [['policy', 'schema', '--help'], ['policy-schema.ts']],
  ] as const
  for (const [argv, files] of rows) {
    const loaded = loadedBy(...argv)
    const commands = loaded.flatMap((url) => /cli\/src\/commands\/(.+)$/u.exec(url)?.[1] ?? [])
    t.strictSame(commands, files, argv.join(' '))
    t.notOk(
      loaded.some((url) => /\/(?:bullmq|kysely|diff|lezer-promql)\//u.test(url)),
      'nor what other commands need',
    )
  }
})
