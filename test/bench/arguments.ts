import { parseArgs } from 'node:util'

export interface Arguments {
  /** Names of benches; none means all. */
  readonly names: readonly string[]
  readonly isJson: boolean
  readonly isQuick: boolean
  /** Of benches that simulate; each has its own where a field is left out. */
  readonly seeds: GivenSeeds
}

/** Which seeds a bench that simulates is to take. */
export interface GivenSeeds {
  readonly count?: number
  readonly first?: number
}

/** More seeds than anybody waits for. */
const SEED_MAX = 1_000_000

/** Reads the command line, or returns a sentence about what is wrong with it. */
export function readArguments(
  args: readonly string[],
  known: readonly string[],
): Arguments | { readonly mistake: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        seeds: { type: 'string' },
        first: { type: 'string' },
      },
    })
    const stranger = positionals.find((name) => !known.includes(name))
    if (stranger !== undefined) {
      return { mistake: `There is no bench ${stranger}. There are: ${known.join(', ')}.` }
    }
    return {
      names: positionals,
      isJson: values.json === true,
      isQuick: values.quick === true,
      seeds: {
        ...(values.seeds !== undefined && { count: wholeNumber('seeds', values.seeds, 1) }),
        ...(values.first !== undefined && { first: wholeNumber('first', values.first, 0) }),
      },
    }
  } catch (error) {
    return { mistake: (error as Error).message }
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text)
  if (/^\d+$/u.test(text) && number >= least && number <= SEED_MAX) return number
  throw new Error(`--${option} must be a whole number from ${least} to ${SEED_MAX}.`)
}
