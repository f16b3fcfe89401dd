/** Statuses after which the call or the credential must be mended: asking again changes nothing. */
const WRONG_CALLS: readonly number[] = [400, 401, 403, 422]

/** Whether a status says that the call was wrong, whoever says so: the gateway, or a proxy before it. */
export function isWrongCall(status: number): boolean {
  return WRONG_CALLS.includes(status)
}
