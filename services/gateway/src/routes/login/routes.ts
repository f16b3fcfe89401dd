import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Authenticate } from '../../access/authenticate.ts'
import { requireSameOrigin } from '../../access/same-origin.ts'
import { SESSION_COOKIE, type BrowserSessions } from '../../access/session.ts'
import { html, NOTHING } from '../../pages/html.ts'
import { sendPage } from '../../pages/send-page.ts'
import { addSharedRateLimits, limited } from '../../plugins/rate-limits.ts'
import { isProblem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface LoginOptions {
  readonly authenticate: Authenticate
  readonly sessions: BrowserSessions
  readonly countHit: CountHit
}

/** Guesses are hopeless against 256 random bits; the limit keeps the log readable. */
const LOGINS_PER_MINUTE = 10
const FORM_BYTES_MAX = 8 * 1_024
const HOME = '/docs'

/** `/login` and `/logout`: a browser trades a token for a session. */
export async function addLogin(scope: Gateway, options: LoginOptions): Promise<void> {
  addFormBodies(scope)
  await addSharedRateLimits(scope, options.countHit)
  const form = { access: 'anyone' } as const
  scope.get('/login', { config: form }, (request, reply) =>
    sendForm(reply, { next: nextIn(request.query), refusal: undefined }),
  )
  scope.post(
    '/login',
    {
      bodyLimit: FORM_BYTES_MAX,
      config: {
        ...form,
        rateLimit: limited({ kind: 'login', perMinute: LOGINS_PER_MINUTE, when: 'late' }),
      },
    },
    (request, reply) => login(request, reply, options),
  )
  scope.post(
    '/logout',
    // Whoever leaves need not be known any more: the session may have ended by itself.
    { bodyLimit: FORM_BYTES_MAX, config: form },
    async (request, reply) => {
      requireSameOrigin(request)
      // First, so that the browser forgets the cookie even where the store is away.
      reply.header('set-cookie', cookieOf(request, '', 0))
      await options.sessions.end(request.headers.cookie ?? '')
      return reply.redirect('/login', 303)
    },
  )
}

async function login(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, sessions }: LoginOptions,
): Promise<FastifyReply> {
  requireSameOrigin(request)
  const fields = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
  const next = nextIn({ next: fields.get('next') })
  try {
    const principal = await authenticate((fields.get('token') ?? '').trim())
    const { secret, lastsMs } = await sessions.begin(principal)
    return reply
      .header('set-cookie', cookieOf(request, secret, Math.ceil(lastsMs / 1_000)))
      .redirect(next, 303)
  } catch (error) {
    if (!isProblem(error) || error.statusCode !== 401) throw error
    return sendForm(reply, { next, refusal: error.members.detail ?? error.message })
  }
}

function sendForm(
  reply: FastifyReply,
  { next, refusal }: { readonly next: string; readonly refusal: string | undefined },
): FastifyReply {
  const why =
    refusal === undefined
      ? NOTHING
      : html`<p class="bad" role="alert">Not accepted: ${refusal}.</p>`
  const content = html` <h1>Portcullis</h1>
    <p>Paste a token to see the queues and the API’s description.</p>
    ${why}
    <form method="post" action="/login">
      <input type="hidden" name="next" value="${next}" />
      <label for="token">API key or JWT</label>
      <input id="token" name="token" type="password" autocomplete="off" required autofocus />
      <button type="submit">Open</button>
    </form>
    <p class="soft">
      After <code>npm start</code> the first token is in <code>.portcullis/env</code>.
    </p>`
  return sendPage(reply, { title: 'Log in', content, status: refusal === undefined ? 200 : 401 })
}

/** Only paths of this gateway: a link must not lead a logged-in browser elsewhere. */
function nextIn(query: unknown): string {
  const next = (query as { readonly next?: unknown } | null)?.next
  return typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/u.test(next) ? next : HOME
}

function cookieOf(request: FastifyRequest, secret: string, maxAgeSeconds: number): string {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`
  return `${SESSION_COOKIE}=${secret}; ${attributes}`
}

function addFormBodies(scope: Gateway): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body.toString())),
  )
}
