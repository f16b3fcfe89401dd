import type { Kind } from './kind.ts'

/**
 * What of a value may be shown: all of it; a URL without its password; nothing.
 */
export type Secrecy = 'open' | 'password' | 'secret'

/** One setting: an environment variable with its meaning. */
export interface Setting<Value> {
  readonly name: string
  readonly description: string
  readonly kind: Kind<Value>
  /** The text that counts when the variable is not set; undefined leaves the setting unset. */
  readonly fallback: string | undefined
  readonly secrecy: Secrecy
  /** Whether `<NAME>_FILE` may name a file that holds the value. */
  readonly fromFile: boolean
}

interface About {
  readonly description: string
  readonly secrecy?: Secrecy
  readonly fromFile?: boolean
}

/** A setting with a default. */
export function setting<Value>(
  name: string,
  kind: Kind<Value>,
  about: About & { readonly fallback: string },
): Setting<Value> {
  return settingOf(name, kind, about, about.fallback)
}

/** A setting that may stay unset: its value is undefined then. */
export function optional<Value>(
  name: string,
  kind: Kind<Value>,
  about: About,
): Setting<Value | undefined> {
  return settingOf<Value | undefined>(name, kind, about, undefined)
}

function settingOf<Value>(
  name: string,
  kind: Kind<Value>,
  about: About,
  fallback: string | undefined,
): Setting<Value> {
  const secrecy = about.secrecy ?? 'open'
  return {
    name,
    description: about.description,
    kind,
    fallback,
    secrecy,
    fromFile: about.fromFile ?? secrecy !== 'open',
  }
}

/** Settings that belong together, by the names that code knows them by. */
export type SettingGroup = Readonly<Record<string, Setting<unknown>>>

/** The values of a group. */
export type Slice<Group extends SettingGroup> = {
  readonly [Key in keyof Group]: Group[Key] extends Setting<infer Value> ? Value : never
}
