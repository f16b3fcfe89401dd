import type { Channel } from '../channel.ts'

/** Where the log channel writes: one structured line a notification. */
export type WriteLine = (line: Readonly<Record<string, unknown>>, message: string) => void

/** Makes the channel that writes notifications into the service's own log. It cannot fail. */
export function logChannel(write: WriteLine): Channel {
  return {
    name: 'log',
    receiver: null,
    send: async ({ id, body }) => {
      write({ notification_id: id, notification: JSON.parse(body) }, 'notification')
      return { kind: 'answered', status: 200, retryAfterMs: null }
    },
  }
}
