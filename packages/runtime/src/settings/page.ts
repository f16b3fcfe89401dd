import { allSettings, groupTitles, type SettingGroupName } from './groups.ts'

/** A setting in words. */
export interface SettingDescription {
  readonly name: string
  readonly group: SettingGroupName
  readonly fallback: string | undefined
  readonly allowed: string
  readonly description: string
  readonly secret: boolean
  readonly fromFile: boolean
}

/** Returns every setting in words, in a fixed order. */
export function describeSettings(): readonly SettingDescription[] {
  return allSettings().map(({ group, setting }) => ({
    name: setting.name,
    group,
    fallback: setting.fallback,
    allowed: setting.kind.allowed,
    description: setting.description,
    secret: setting.secrecy !== 'open',
    fromFile: setting.fromFile,
  }))
}

const HEAD = `# Settings

Settings are environment variables. A value that cannot be used stops the start with the setting's
name, what was read and what is allowed; so does an unknown \`PORTCULLIS_*\` variable. The default
follows the name; where _file_ is noted, \`<NAME>_FILE\` may name a file that holds the value. \`portcullis config\` prints what is in
effect, with secrets masked.

This page is made from the code, and a test holds the two together.
`

/** Returns docs/settings.md. */
export function settingsPage(): string {
  const groups = Map.groupBy(describeSettings(), ({ group }) => group)
  const sections = [...groups].map(([group, settings]) =>
    [`## ${groupTitles[group]}`, '', ...settings.map(entry), ''].join('\n'),
  )
  return [HEAD, ...sections].join('\n')
}

function entry({ name, fallback, description, allowed, fromFile }: SettingDescription): string {
  const value = fallback === undefined || fallback === '' ? 'unset' : `\`${fallback}\``
  const file = fromFile ? '; _file_' : ''
  return `- **\`${name}\`** (${value}${file}): ${description} Allowed: ${allowed}.`
}
