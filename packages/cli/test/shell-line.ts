/** A line of a console block in docs/cli.md, as far as that page uses a shell. */
export type ShellLine =
  | {
      readonly kind: 'portcullis'
      readonly env: Readonly<Record<string, string>>
      readonly argv: readonly string[]
      /** What `| grep` lets through. */
      readonly grep: string | undefined
    }
  | { readonly kind: 'psql'; readonly sql: string }
  | { readonly kind: 'export'; readonly name: string }

/** Reads a line after its `$ `; throws when it is not of a kind that the page's test can run. */
export function parseShellLine(text: string): ShellLine {
  const [, sql] = /^psql "\$DATABASE_URL" -qc "(.*)"$/u.exec(text) ?? []
  if (sql !== undefined) return { kind: 'psql', sql }
  const [, name] = /^export ([A-Z_]+)=\S+$/u.exec(text) ?? []
  if (name !== undefined) return { kind: 'export', name }
  const [command = '', grep] = text.split(' | grep ')
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(
    ([, quoted, word]) => quoted ?? word!,
  )
  const start = words.indexOf('npx')
  if (start === -1 || words[start + 1] !== 'portcullis') throw new Error(`"${text}" cannot be run.`)
  const env = Object.fromEntries(words.slice(0, start).map((word) => word.split('=', 2)))
  return { kind: 'portcullis', env, argv: words.slice(start + 2), grep }
}
