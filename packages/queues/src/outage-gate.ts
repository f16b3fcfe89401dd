/**
 * Holds jobs back while what they need is away, so that an outage does not burn the attempts of the
 * whole backlog.
 *
 * States: open -> shut (after a failure, for a delay that doubles up to its maximum) -> open. The
 * first success after it makes the next delay the shortest again; `release` opens it for good.
 */
export interface OutageGate {
  /** Resolves when the gate is open. */
  pass(): Promise<void>
  noteFailure(): void
  noteSuccess(): void
  release(): void
}

export interface OutageGateOptions {
  readonly delayMsMin: number
  readonly delayMsMax: number
}

/** Returns a gate that is open. */
export function createOutageGate({ delayMsMin, delayMsMax }: OutageGateOptions): OutageGate {
  let delayMs = delayMsMin
  let released = false
  let shut: { readonly opened: Promise<void>; readonly open: () => void } | undefined

  const open = (): void => {
    shut?.open()
    shut = undefined
  }
  return {
    pass: async () => shut?.opened,
    noteFailure: () => {
      if (shut !== undefined || released) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(open, delayMs)
      shut = {
        opened: promise,
        open: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      delayMs = Math.min(delayMs * 2, delayMsMax)
    },
    noteSuccess: () => {
      delayMs = delayMsMin
    },
    release: () => {
      released = true
      open()
    },
  }
}
