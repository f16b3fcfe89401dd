import { parseArgs } from 'node:util'

export interface Arguments {
  /** Names of benches; none means all. */
  readonly names: readonly string[]
  readonly isJson: boolean
  readonly isQuick: boolean
}

/** Reads the command line, or returns a sentence about what is wrong with it. */
export function readArguments(
  args: readonly string[],
  known: readonly string[],
): Arguments | { readonly mistake: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
    })
    const stranger = positionals.find((name) => !known.includes(name))
    if (stranger !== undefined) {
      return { mistake: `There is no bench ${stranger}. There are: ${known.join(', ')}.` }
    }
    return { names: positionals, isJson: values.json === true, isQuick: values.quick === true }
  } catch (error) {
    return { mistake: (error as Error).message }
  }
}
