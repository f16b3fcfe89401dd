import { KeyId } from '@portcullis/contracts'
import { keyStream } from '@portcullis/event-log'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { readApiKeys } from '../store/api-keys.ts'
import { appendAsOperator } from '../store/append-as-operator.ts'
import { withStore } from '../store/with-store.ts'

export const keysRevoke = defineCommand({
  name: 'keys revoke',
  summary: 'take an API key out of force, for good',
  details: 'Gateways refuse it within a second or two.',
  arguments: [{ name: 'KEY', description: 'its id, as `portcullis keys list` shows it' }],
  run: async (cli, _options, [given = '']) =>
    withStore(cli, async ({ pool }) => {
      // Somebody pastes a whole token: its id is in it, and nothing else of it is shown.
      const text = /^pc_([^_]+)_/u.exec(given)?.[1] ?? given
      const id = KeyId.safeParse(text)
      const [key] = id.success ? await readApiKeys(pool, id.data) : []
      if (key === undefined) {
        throw failure(EXIT.no, `there is no key "${text}". \`portcullis keys list\` shows all.`)
      }
      if (key.revokedAt !== null) {
        cli.terminal.line(`Key ${key.keyId} was revoked before.`)
        return EXIT.ok
      }
      await appendAsOperator(pool, {
        clock: cli.clock,
        streamId: keyStream(key.keyId),
        event: { type: 'access.key_revoked', data: { keyId: key.keyId } },
      })
      cli.terminal.line(`Key ${key.keyId} is revoked.`)
      return EXIT.ok
    }),
})
