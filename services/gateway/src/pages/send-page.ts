import { hash } from 'node:crypto'

import type { FastifyReply } from 'fastify'

import { html, type Html } from './html.ts'
import { STYLE } from './style.ts'

/** The style itself may be applied, and nothing else: no script, no frame, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Exactly what the policy's hash is of: a formatter that adds a space here would undo it. */
const STYLE_ELEMENT: Html = { markup: `<style>${STYLE}</style>` }

/** Sends a whole page that has this title and content. */
export function sendPage(
  reply: FastifyReply,
  page: { readonly title: string; readonly content: Html; readonly status?: number },
): FastifyReply {
  const { title, content, status = 200 } = page
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Portcullis</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html>`
  return reply
    .code(status)
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'same-origin')
    .header('cross-origin-opener-policy', 'same-origin')
    .type('text/html; charset=utf-8')
    .send(markup)
}
