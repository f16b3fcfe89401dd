import { parseArgs } from 'node:util'

import type { Clock } from '@portcullis/runtime'

import { EXIT, type ExitCode } from './exit.ts'
import { failure, reasonOf } from './failure.ts'
import type { Installation } from './installation.ts'
import type { Pace } from './pace.ts'
import type { BeforeEnd } from './terminal/before-end.ts'
import type { Terminal } from './terminal/terminal.ts'

/** What every command gets: where it runs, the time and how it passes, and somebody to talk to. */
export interface Cli {
  readonly installation: Installation
  readonly clock: Clock
  readonly pace: Pace
  readonly beforeEnd: BeforeEnd
  readonly terminal: Terminal
  readonly stdin: AsyncIterable<Uint8Array | string>
}

/** An option, as it is parsed and as `--help` tells it. */
export type OptionSpec =
  | { readonly type: 'boolean'; readonly description: string }
  | {
      readonly type: 'string'
      /** What stands for the value in `--help`. */
      readonly value: string
      readonly multiple?: true
      readonly description: string
    }

export interface ArgumentSpec {
  readonly name: string
  readonly description: string
  readonly optional?: true
  /** There may be more of it; only the last one. */
  readonly many?: true
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** Values by option name: a flag is false and a list empty where nothing was given. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { readonly type: 'boolean' }
    ? boolean
    : Specs[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string | undefined
}

interface CommandDefinition<Specs extends OptionSpecs> {
  /** One or two words: `guard`, `keys create`. */
  readonly name: string
  readonly summary: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: Specs
  /** Argument lines after the name, for `--help`. */
  readonly examples?: readonly string[]
  /** What a reader should know beside the summary. */
  readonly details?: string
  readonly run: (
    cli: Cli,
    options: OptionValues<Specs>,
    positionals: readonly string[],
  ) => Promise<ExitCode>
}

/** A command as the table holds it. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly arguments: readonly ArgumentSpec[]
  readonly options: OptionSpecs
  readonly examples: readonly string[]
  readonly details: string | undefined
  /** Parses the arguments after the name and runs the command. */
  readonly run: (cli: Cli, argv: readonly string[]) => Promise<ExitCode>
}

/** Offered by every command whose output is data. */
export const JSON_OPTION = {
  type: 'boolean',
  description: 'print one JSON value, for programs',
} as const

/** Returns a command for the table; its `run` gets its options by the types that they declare. */
export function defineCommand<const Specs extends OptionSpecs>(
  definition: CommandDefinition<Specs>,
): Command {
  const { name, arguments: positionals = [], options = {} } = definition
  return {
    name,
    summary: definition.summary,
    arguments: positionals,
    options,
    examples: definition.examples ?? [],
    details: definition.details,
    run: async (cli, argv) => {
      const parsed = parse(definition, argv)
      return definition.run(cli, parsed.values, parsed.positionals)
    },
  }
}

function parse<Specs extends OptionSpecs>(
  { name, options, arguments: expected = [] }: CommandDefinition<Specs>,
  argv: readonly string[],
): { values: OptionValues<Specs>; positionals: readonly string[] } {
  const specs: OptionSpecs = options ?? {}
  const { values, positionals } = parsedOrRefused(name, specs, argv)
  const missing = expected[positionals.length]
  if (missing !== undefined && missing.optional !== true) {
    throw refusal(name, `${missing.name} is missing`)
  }
  if (positionals.length > expected.length && expected.at(-1)?.many !== true) {
    throw refusal(name, `"${positionals[expected.length]}" is one argument too many`)
  }
  const all = Object.entries(specs).map(([option, spec]) => [
    option,
    values[option] ?? absent(spec),
  ])
  return { values: Object.fromEntries(all) as OptionValues<Specs>, positionals }
}

function parsedOrRefused(name: string, specs: OptionSpecs, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: specs, allowPositionals: true, strict: true })
  } catch (error) {
    // Node's first sentence says what is wrong; the others tell how to write odd values.
    throw refusal(name, reasonOf(error).split(/\.\s/u)[0]!.replace(/\.$/u, ''))
  }
}

function refusal(name: string, what: string): Error {
  return failure(EXIT.usage, `${what}. See \`portcullis ${name} --help\`.`)
}

function absent(spec: OptionSpec): boolean | readonly string[] | undefined {
  if (spec.type === 'boolean') return false
  return spec.multiple === true ? [] : undefined
}
