import type { AttemptAnswer } from '@portcullis/domain'

import type { Channel } from './channel.ts'

/** HTTP 410: the receiver wants nothing any more (Standard Webhooks, "Disabling"). */
const GONE = 410

/**
 * Wraps a channel so that after a 410 nothing more is sent to its receiver, until this process is
 * started anew, with another address perhaps. What was asked for meanwhile fails with the same answer.
 */
export function untilGone(channel: Channel, onGone: (name: string) => void): Channel {
  let gone: AttemptAnswer | undefined
  return {
    name: channel.name,
    send: async (attempt, signal) => {
      if (gone !== undefined) return gone
      const answer = await channel.send(attempt, signal)
      if (answer.kind === 'answered' && answer.status === GONE) {
        gone = answer
        onGone(channel.name)
      }
      return answer
    },
  }
}
