import { readFileSync } from 'node:fs'

import { allSettings, type Config } from './settings/groups.ts'
import { rulesOf, warningsOf } from './settings/rules.ts'
import type { Setting } from './settings/setting.ts'

/** Where settings come from. Tests give their own; processes leave it out. */
export interface ConfigSource {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Defaults of the way in which this process was started, by a setting's name. */
  readonly defaults?: Readonly<Record<string, string>>
}

export interface ReadConfig {
  readonly config: Config
  /** What is allowed and yet unwise; to be logged at the start. */
  readonly warnings: readonly string[]
}

/** A setting as it stands, for people: secrets are masked. */
export interface EffectiveSetting {
  readonly name: string
  /** Undefined where nothing was set and nothing counts instead. */
  readonly value: string | undefined
  readonly origin: 'environment' | 'file' | 'default'
}

interface Found {
  readonly text: string | undefined
  readonly origin: EffectiveSetting['origin']
}

/** What counts under `npm start` where nothing is set: a pipeline on the same machine may ask without a token. */
export const STANDALONE_DEFAULTS: Readonly<Record<string, string>> = { GUARD_ANONYMOUS: 'loopback' }

/** Variables that the test suite hands to its own processes. */
const TEST_PREFIX = 'PORTCULLIS_TEST_'
/** Read by the client and the command line, not by the services. */
const OTHER_VARIABLES: readonly string[] = ['PORTCULLIS_URL']

/**
 * Reads all settings, once, at the start of a process.
 *
 * Throws an Error with code `SETTINGS_INVALID` whose message names every setting that cannot be used,
 * what was read, and what is allowed. An unknown PORTCULLIS_* variable is such a mistake too.
 */
export function readConfig(source: ConfigSource = {}): ReadConfig {
  const env = source.env ?? process.env
  const mistakes = unknownVariables(env)
  const slices: Record<string, Record<string, unknown>> = {}
  for (const { group, key, setting } of allSettings()) {
    const slice = (slices[group] ??= {})
    try {
      slice[key] = valueOf(setting, find(setting, env, source.defaults))
    } catch (error) {
      mistakes.push((error as Error).message)
    }
  }
  if (mistakes.length > 0) throw settingsInvalid(mistakes)
  const config = deepFreeze(slices) as Config
  const broken = rulesOf(config)
  if (broken.length > 0) throw settingsInvalid(broken)
  return { config, warnings: warningsOf(config, env) }
}

/**
 * Returns the environment of a child process: that of this one, with some variables set anew or, where
 * undefined, left out. One that is set anew does not come from a file any more.
 */
export function environmentWith(
  changes: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const noFiles = Object.keys(changes).map((name) => [`${name}_FILE`, undefined])
  return { ...process.env, ...Object.fromEntries(noFiles), ...changes }
}

/** Returns every setting as it stands, in the order of docs/settings.md, with secrets masked. */
export function effectiveSettings(source: ConfigSource = {}): readonly EffectiveSetting[] {
  const env = source.env ?? process.env
  return allSettings().map(({ setting }) => {
    const { text, origin } = find(setting, env, source.defaults)
    return {
      name: setting.name,
      value: text === undefined ? undefined : shown(setting, text),
      origin,
    }
  })
}

/** Returns the variables that this process was started with, for those who add to them before reading. */
export function environment(): NonNullable<ConfigSource['env']> {
  return process.env
}

function find(
  setting: Setting<unknown>,
  env: NonNullable<ConfigSource['env']>,
  defaults: ConfigSource['defaults'],
): Found {
  const { name } = setting
  const given = env[name]
  const file = setting.fromFile ? env[`${name}_FILE`] : undefined
  if (given !== undefined && file !== undefined) {
    throw new Error(`${name} and ${name}_FILE are both set. Allowed is one of them.`)
  }
  if (file !== undefined) return { text: readSecret(name, file), origin: 'file' }
  // `NAME=` in an env file or a compose file means "not set".
  if (given !== undefined && given !== '') return { text: given, origin: 'environment' }
  return { text: defaults?.[name] ?? setting.fallback, origin: 'default' }
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/u, '')
  } catch (error) {
    throw new Error(
      `${name}_FILE: the file "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      { cause: error },
    )
  }
}

function valueOf(setting: Setting<unknown>, { text }: Found): unknown {
  if (text === undefined) return undefined
  const parsed = setting.kind.schema.safeParse(text)
  if (parsed.success) return parsed.data
  const read =
    setting.secrecy === 'open' ? `"${text}"` : `a secret of ${text.length} characters (not shown)`
  throw new Error(`${setting.name}: read ${read}. Allowed is ${setting.kind.allowed}.`)
}

function unknownVariables(env: NonNullable<ConfigSource['env']>): string[] {
  const known = new Set(allSettings().flatMap(({ setting }) => namesOf(setting)))
  return Object.keys(env)
    .filter((name) => name.startsWith('PORTCULLIS_') && !name.startsWith(TEST_PREFIX))
    .filter((name) => !known.has(name) && !OTHER_VARIABLES.includes(name))
    .map((name) => `${name} is not a setting. docs/settings.md lists all of them.`)
}

function namesOf({ name, fromFile }: Setting<unknown>): string[] {
  return fromFile ? [name, `${name}_FILE`] : [name]
}

function shown(setting: Setting<unknown>, text: string): string {
  if (setting.secrecy === 'open' || text === '') return text
  if (setting.secrecy === 'secret' || !URL.canParse(text)) return '********'
  const url = new URL(text)
  if (url.password !== '') url.password = '********'
  return url.href
}

function settingsInvalid(mistakes: readonly string[]): Error {
  const message = ['The settings cannot be used:', ...mistakes.map((each) => `  ${each}`)].join(
    '\n',
  )
  return Object.assign(new Error(message), { code: 'SETTINGS_INVALID' })
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
