import { EXIT } from '../exit.ts'
import { exitOf, failure } from '../failure.ts'
import type { GatewayAddress } from '../gateway/address.ts'
import { exchange, foreignAnswer, type GatewayReply, jsonOf } from '../gateway/ask-gateway.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { retryAfterMsOf } from '../gateway/retry-after.ts'
import { VerdictAnswer } from './verdict-answer.ts'

/** A verdict, as it is read and as the gateway gave it. */
export interface Answered {
  readonly kind: 'verdict'
  readonly verdict: VerdictAnswer
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs: number | undefined
}

/** No verdict: nothing that was wrong with the question, so that asking again may bring one. */
export interface Unanswered {
  readonly kind: 'silence'
  /** The failure of a command that asks no more. */
  readonly why: Error
  /**
   * Whether a gateway is away or out of order. Where something else answers (a login page, a site
   * without a guard) it is not: that is an address to be mended.
   */
  readonly isOutage: boolean
  readonly retryAfterMs: number | undefined
}

export type Reply = Answered | Unanswered

/** What is asked; what is undefined is left out. */
export type VerdictQuestion = Readonly<
  Record<'service' | 'environment' | 'version', string | undefined> & {
    readonly explain?: string
    /** As of when; what is meant is the present where it is left out. */
    readonly at?: string | undefined
  }
>

interface Asking {
  readonly limit: AbortSignal
  /** Epoch milliseconds, for a `Retry-After` that is a date. */
  readonly now: number
}

/** Asks the guard once. Throws a failure (`usage`) where the call or the credential must be mended. */
export async function askVerdict(
  address: GatewayAddress,
  question: VerdictQuestion,
  { limit, now }: Asking,
): Promise<Reply> {
  // Nothing on the way swaps the body of a 200 for a page of its own.
  const query = { ...question, blocked_status: '200' }
  try {
    const reply = await exchange(address, { path: '/ops/release-guard', query, limit })
    return readReply(address, reply, now)
  } catch (error) {
    if (!(error instanceof Error) || exitOf(error) !== EXIT.unreachable) throw error
    return { kind: 'silence', why: error, isOutage: true, retryAfterMs: undefined }
  }
}

function readReply(address: GatewayAddress, reply: GatewayReply, now: number): Reply {
  const { status } = reply
  const retryAfterMs = retryAfterMsOf(reply.retryAfter, now)
  const body = jsonOf(reply)
  const parsed = VerdictAnswer.safeParse(body)
  if (parsed.success) return { kind: 'verdict', verdict: parsed.data, status, body, retryAfterMs }
  const why = body === undefined ? foreignAnswer(address, reply) : refusalOf({ status, body })
  const exit = exitOf(why)
  if (exit === EXIT.usage) throw why
  // A gateway has a guard, so a 404 is somebody else's; and 1 would say that the release is blocked.
  if (exit === EXIT.no) return { kind: 'silence', why: noGuard(), isOutage: false, retryAfterMs }
  return { kind: 'silence', why, isOutage: isOutage(status), retryAfterMs }
}

function noGuard(): Error {
  return failure(EXIT.unreachable, 'there is no release guard at PORTCULLIS_URL; check it.')
}

/** Statuses of servers, and of what stands before them, that cannot answer now: also 408 and 429. */
function isOutage(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}
