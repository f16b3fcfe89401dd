import {
  DAY_MS,
  DEFAULT_PROJECT,
  type EpochMs,
  KeyId,
  lineOf,
  MINUTE_MS,
  plusMs,
  Role,
  ROLES,
  type Scope,
  SCOPES,
  SCOPES_OF_ROLE,
} from '@portcullis/contracts'
import { keyStream } from '@portcullis/event-log'
import {
  formatApiToken,
  hashSecret,
  randomToken,
  randomUuid,
  SECRET_SIZE_BYTES,
} from '@portcullis/runtime'
import type { PoolClient } from 'pg'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { appendAsOperator } from '../store/append-as-operator.ts'
import { withStore } from '../store/with-store.ts'
import { instantText } from '../terminal/instant.ts'
import { parseSpan } from '../terminal/span.ts'

/** All that is decided about a key before it is made. */
interface KeyPlan {
  readonly role: Role
  readonly scopes: readonly Scope[]
  readonly expiresAt: EpochMs | null
  readonly name: string | null
}

const EXPIRY_MS_MIN = MINUTE_MS
const EXPIRY_MS_MAX = 3_650 * DAY_MS

/** 48 random bits: short enough to be typed, and a collision is refused by the log. */
const KEY_ID_DIGITS = 12

const KeyName = lineOf(128)

export const keysCreate = defineCommand({
  name: 'keys create',
  summary: 'make an API key and print its token, once',
  details: [
    'The token goes to standard output, all else to standard error; only a hash of it is stored.',
    'What a role may do:',
    ...ROLES.map((role) => `  ${role.padEnd(10)}  ${scopesText(role)}`),
  ].join('\n'),
  options: {
    role: { type: 'string', value: 'ROLE', description: `${ROLES.join(', ')} (required)` },
    scope: {
      type: 'string',
      value: 'SCOPE',
      multiple: true,
      description: "only this of the role's scopes; may be repeated",
    },
    expires: { type: 'string', value: 'SPAN', description: '90d, 12h, 30m; never by default' },
    name: { type: 'string', value: 'NAME', description: 'what people call it; not in the log' },
    json: JSON_OPTION,
  },
  examples: [
    '--role ci --name "deploy pipeline" --expires 90d',
    '--role ops_viewer --scope guard:read',
  ],
  run: async (cli, { json, ...options }) => {
    const plan = planOf(options, cli.clock.now())
    const keyId = KeyId.parse(randomUuid().replaceAll('-', '').slice(0, KEY_ID_DIGITS))
    const secret = randomToken(SECRET_SIZE_BYTES)
    await withStore(cli, ({ pool }) => {
      const { role, scopes, expiresAt } = plan
      const data = { keyId, role, scopes: [...scopes], secretHash: hashSecret(secret), expiresAt }
      return appendAsOperator(pool, {
        clock: cli.clock,
        streamId: keyStream(keyId),
        event: { type: 'access.key_created', data },
        alongside: (tx) => nameKey(tx, { keyId, name: plan.name, now: cli.clock.now() }),
      })
    })
    print(cli, { json, plan, keyId, token: formatApiToken({ keyId, secret }) })
    return EXIT.ok
  },
})

function scopesText(role: Role): string {
  const scopes = SCOPES_OF_ROLE[role]
  return scopes.length === SCOPES.length ? 'everything' : scopes.join(', ')
}

function planOf(
  options: {
    readonly role: string | undefined
    readonly scope: readonly string[]
    readonly expires: string | undefined
    readonly name: string | undefined
  },
  now: EpochMs,
): KeyPlan {
  const role = Role.safeParse(options.role)
  if (!role.success) {
    const given = options.role === undefined ? '--role is missing' : `"${options.role}" is no role`
    throw failure(EXIT.usage, `${given}: take one of ${ROLES.join(', ')}.`)
  }
  const name = KeyName.safeParse(options.name ?? '-')
  if (!name.success) {
    throw failure(EXIT.usage, 'the name must be one line of 1 to 128 characters.')
  }
  return {
    role: role.data,
    scopes: scopesOf(role.data, options.scope),
    expiresAt: options.expires === undefined ? null : plusMs(now, expiryMsOf(options.expires)),
    name: options.name ?? null,
  }
}

function scopesOf(role: Role, given: readonly string[]): readonly Scope[] {
  const allowed = SCOPES_OF_ROLE[role]
  const unknown = given.find((scope) => !allowed.some((each) => each === scope))
  if (unknown !== undefined) {
    throw failure(EXIT.usage, `${role} does not have "${unknown}", only ${allowed.join(', ')}.`)
  }
  return given.length === 0 ? allowed : allowed.filter((scope) => given.includes(scope))
}

function expiryMsOf(text: string): number {
  const spanMs = parseSpan(text)
  if (spanMs !== undefined && spanMs >= EXPIRY_MS_MIN && spanMs <= EXPIRY_MS_MAX) return spanMs
  throw failure(EXIT.usage, `--expires ${text}: give a span from 1m to 3650d, like 90d or 12h.`)
}

/** Names live beside the log, where they can be erased; the key's id stands for it in every event. */
async function nameKey(
  tx: PoolClient,
  { keyId, name, now }: { keyId: KeyId; name: string | null; now: EpochMs },
): Promise<void> {
  if (name === null) return
  await tx.query(
    'insert into people (project_id, person_id, name, created_at) values ($1, $2, $3, $4)',
    [DEFAULT_PROJECT, keyId, name, new Date(now).toISOString()],
  )
}

function print(
  { terminal }: Cli,
  made: {
    readonly json: boolean
    readonly plan: KeyPlan
    readonly keyId: KeyId
    readonly token: string
  },
): void {
  const { plan, keyId, token } = made
  const expires_at = plan.expiresAt === null ? null : new Date(plan.expiresAt).toISOString()
  if (made.json) {
    const { name, role, scopes } = plan
    terminal.json({ key_id: keyId, token, name, role, scopes, expires_at })
    return
  }
  const until = plan.expiresAt === null ? 'never expires' : `until ${instantText(plan.expiresAt)}`
  terminal.note(`Key ${keyId} (${plan.role}, ${until}). This is its token; it is not shown again:`)
  terminal.line(token)
}
