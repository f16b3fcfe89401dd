import type { ConfiguredChannel } from '@portcullis/runtime'

import type { Channel } from './channel.ts'
import { logChannel, type WriteLine } from './log/channel.ts'
import { webhookChannel } from './webhook/channel.ts'

/** Makes the configured channels, by name. */
export function makeChannels(
  configured: readonly ConfiguredChannel[],
  writeLine: WriteLine,
): ReadonlyMap<string, Channel> {
  return new Map(configured.map((one) => [one.name, makeChannel(one, writeLine)]))
}

function makeChannel(configured: ConfiguredChannel, writeLine: WriteLine): Channel {
  switch (configured.kind) {
    case 'log':
      return logChannel(writeLine)
    case 'webhook':
      return webhookChannel(configured)
  }
}
