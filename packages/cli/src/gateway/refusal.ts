import { z } from 'zod'

import { EXIT, type ExitCode } from '../exit.ts'
import { failure } from '../failure.ts'
import { printable } from '../terminal/printable.ts'
import type { GatewayAnswer } from './ask-gateway.ts'
import { isWrongCall } from './wrong-call.ts'

/** What is read of a problem (docs/problems.md). */
const ProblemAnswer = z.object({
  code: z.string().optional(),
  title: z.string(),
  detail: z.string().optional(),
  fix: z.string().optional(),
  needs: z.string().optional(),
  reason: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
})

/** Refusals that are the answer: there is no such incident or release, or its state forbids that. */
const NOES: readonly number[] = [404, 409]

/** Of that instant nothing is known: whoever asks has to name another one. */
const WRONG_INSTANTS: readonly (string | undefined)[] = ['BEFORE_THE_LOG', 'NO_LONGER_KEPT']

function exitFor(status: number, code?: string): ExitCode {
  if (isWrongCall(status) || WRONG_INSTANTS.includes(code)) return EXIT.usage
  return NOES.includes(status) ? EXIT.no : EXIT.unreachable
}

const SET_SECRET = 'set OPS_HMAC_SECRET to the gateway’s: commands are signed with it.'
const SET_TOKEN = 'set PORTCULLIS_TOKEN to a key that `portcullis keys create` made.'

/** Returns the failure that an answer stands for which is not what was asked for. */
export function refusalOf({ status, body }: GatewayAnswer): Error {
  const parsed = ProblemAnswer.safeParse(body)
  if (!parsed.success) {
    return failure(
      isWrongCall(status) ? EXIT.usage : EXIT.unreachable,
      `the gateway answered ${status} with something else than was asked for; check PORTCULLIS_URL.`,
    )
  }
  const { code, title, detail, fix = '', needs, reason, errors } = parsed.data
  const fields = errors.map(({ field, message }) => `${field} ${message}`)
  const what = [title, detail ?? reason, ...fields].filter((each) => each !== undefined).join(': ')
  const advice = adviceFor(status, { code, needs }) ?? fix
  return failure(exitFor(status, code), printable(`${what}. ${advice}`.trimEnd()))
}

/** What somebody types next, by the code of the problem. */
const WHAT_TO_TYPE: Readonly<Record<string, string>> = {
  BEFORE_THE_LOG: 'Give a later instant.',
  NO_LONGER_KEPT: 'Give a later instant.',
  INCIDENT_STATE_FORBIDS: 'See `portcullis incidents show`.',
  WAIVER_STATE_FORBIDS: 'See `portcullis waivers list --all`.',
  FREEZE_STATE_FORBIDS: 'See `portcullis freeze list`.',
  RELEASE_STATE_FORBIDS: 'See `portcullis releases show`.',
}

/** The catalogue says what to send, or where to look in the answer; here somebody has to type. */
function adviceFor(
  status: number,
  { code, needs }: { code: string | undefined; needs: string | undefined },
): string | undefined {
  if (code === 'UNAUTHORIZED') return `To mend it, ${SET_SECRET}`
  if (status === 401) return `To mend it, ${SET_TOKEN}`
  if (status === 403 && needs !== undefined) return `It needs the scope ${needs}: ${SET_TOKEN}`
  return code === undefined ? undefined : WHAT_TO_TYPE[code]
}
