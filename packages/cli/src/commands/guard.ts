import { DAY_MS, durationFrom, SECOND_MS } from '@portcullis/contracts'

import { type Cli, defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { gatewayOf } from '../gateway/address.ts'
import { ANSWER_TIMEOUT_MS } from '../gateway/ask-gateway.ts'
import { AT_OPTION } from '../terminal/at-option.ts'
import { askVerdict, type Reply, type VerdictQuestion } from '../verdict/ask-verdict.ts'
import { conclude } from '../verdict/conclude.ts'
import { tellProgress } from '../verdict/tell-progress.ts'
import { waitForVerdict, type WaitEnd } from '../verdict/wait-for-verdict.ts'

const WaitSpan = durationFrom(SECOND_MS, DAY_MS, '1s to 24h')

export const guard = defineCommand({
  name: 'guard',
  summary: 'may I release now, and why not?',
  details:
    'Asks the gateway at PORTCULLIS_URL with PORTCULLIS_TOKEN, by default the one on this machine.\n' +
    'Exits with 0 when it passes, 1 when it is blocked, 2 when the call or the credential is wrong,\n' +
    '3 when it cannot be known, 4 when there is no verdict: a pipeline that stops at everything but 0\n' +
    'fails closed.\n' +
    'With --wait it asks again until it passes; when the time is over the last answer decides.\n' +
    'With --at it tells what it would have said then, and ends as it would have ended.',
  options: {
    service: { type: 'string', value: 'NAME', description: 'only this service; all by default' },
    environment: { type: 'string', value: 'NAME', description: 'production by default' },
    version: { type: 'string', value: 'NAME', description: 'only what this version served' },
    at: AT_OPTION,
    wait: {
      type: 'string',
      value: 'SPAN',
      description: 'until it passes, at most so long: 90s, 15m',
    },
    'fail-fast': { type: 'boolean', description: 'with --wait: end at once when it is blocked' },
    'on-unreachable': {
      type: 'string',
      value: 'WORD',
      description: 'pass: release when the gateway is away; block by default',
    },
    json: { type: 'boolean', description: 'print the verdict as the gateway gave it' },
  },
  examples: [
    '--service shop',
    '--service shop --version 1.4.2 --wait 15m',
    '--service shop --environment staging --json',
    '--service shop --at 2026-12-01T14:03:00Z',
  ],
  run: async (cli, { json, ...given }) => {
    const { service, environment, version, at } = given
    const waitMs = waitMsOf(given)
    const passesUnreachable = passesUnreachableOf(given['on-unreachable'])
    const asking = askerOf(cli, { service, environment, version, at })
    const end =
      waitMs === undefined
        ? await askOnce(cli, asking)
        : await wait(cli, asking, { waitMs, failFast: given['fail-fast'] })
    return conclude(cli.terminal, end, { json, passesUnreachable })
  },
})

type Asker = (limit: AbortSignal) => Promise<Reply>

function askerOf({ installation, clock }: Cli, question: VerdictQuestion): Asker {
  const address = gatewayOf(installation)
  return (limit) => askVerdict(address, question, { limit, now: clock.now() })
}

async function askOnce({ pace }: Cli, ask: Asker): Promise<WaitEnd> {
  const reply = await ask(pace.limit(ANSWER_TIMEOUT_MS))
  return { reply, lastVerdict: undefined }
}

async function wait(
  cli: Cli,
  ask: Asker,
  limits: { readonly waitMs: number; readonly failFast: boolean },
): Promise<WaitEnd> {
  const { onReply, end } = tellProgress(cli, limits.waitMs)
  try {
    return await waitForVerdict({ ask, pace: cli.pace, onReply }, limits)
  } finally {
    end()
  }
}

interface WaitOptions {
  readonly at: string | undefined
  readonly wait: string | undefined
  readonly 'fail-fast': boolean
}

function waitMsOf({ at, wait: text, 'fail-fast': failFast }: WaitOptions): number | undefined {
  if (text === undefined) {
    if (failFast) throw failure(EXIT.usage, '--fail-fast is for a wait: give --wait too.')
    return undefined
  }
  if (at !== undefined) {
    throw failure(EXIT.usage, '--wait is for the present, and --at for the past: give one of them.')
  }
  const parsed = WaitSpan.safeParse(text)
  if (parsed.success) return parsed.data
  throw failure(EXIT.usage, `--wait ${parsed.error.issues[0]!.message}.`)
}

function passesUnreachableOf(word = 'block'): boolean {
  if (word === 'pass' || word === 'block') return word === 'pass'
  throw failure(EXIT.usage, '--on-unreachable must be pass or block.')
}
