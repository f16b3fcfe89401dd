import { parseArgs } from 'node:util'

/** How long the demo's parts take, and as which environment its shop reports. */
export interface DemoArguments {
  readonly ackMin: number
  readonly errPct: number
  readonly visitsPerSecond: number
  /** Undefined where it was not named. */
  readonly environment: string | undefined
}

export const USAGE = `Usage: npm run demo [-- options]

A small shop, one bad release, and the gate that comes down. It starts a Portcullis of its own on
a free port, with its data in a temporary folder, and removes all of it at the end. It takes about
80 seconds.

  --fast           about half a minute: the same as --ack-min 0.05 --err-pct 15
  --ack-min M      minutes until an incident that nobody took over escalates (ESC_CRIT_ACK_MIN; 0.1)
  --err-pct P      error rate in percent that a route may have (SLO_ERR_PCT; 1.0): the higher, the
                   sooner the gate opens after the repair
  --visits N       customers a second (10)
  --environment E  what the shop reports as its environment (production)
  --help           this text

With PORTCULLIS_URL and PORTCULLIS_TOKEN set, the shop reports to that Portcullis instead, as the
environment "demo". Its own settings count there: by default an incident escalates after 5 minutes.

Exits with 0 when the gate came down with the reason and went up again, with 1 when it did not.
`

const RANGES = {
  'ack-min': { min: 0.01, max: 60, fallback: 0.1, fast: 0.05 },
  'err-pct': { min: 0.1, max: 40, fallback: 1, fast: 15 },
  visits: { min: 2, max: 200, fallback: 10, fast: 10 },
} as const
type NumberName = keyof typeof RANGES

/**
 * Reads the command line. Returns `help` where that is asked for; throws a sentence for an argument
 * that cannot be used.
 */
export function demoArgumentsOf(argv: readonly string[]): DemoArguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      fast: { type: 'boolean', default: false },
      'ack-min': { type: 'string' },
      'err-pct': { type: 'string' },
      visits: { type: 'string' },
      environment: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const numberOf = (name: NumberName): number => {
    const { min, max, fallback, fast } = RANGES[name]
    const text = values[name]
    if (text === undefined) return values.fast ? fast : fallback
    const number = Number(text)
    if (/^\d+(\.\d+)?$/u.test(text) && number >= min && number <= max) return number
    throw new Error(`--${name}: read "${text}". Allowed is a number from ${min} to ${max}.`)
  }
  return {
    ackMin: numberOf('ack-min'),
    errPct: numberOf('err-pct'),
    visitsPerSecond: numberOf('visits'),
    environment: values.environment,
  }
}
