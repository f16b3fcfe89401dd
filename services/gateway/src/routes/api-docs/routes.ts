import { problems, type ProblemCode } from '@portcullis/contracts'
import { z } from 'zod'

import { sendPage } from '../../pages/send-page.ts'
import { problem } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'
import { openApiDocument, type DocumentedRoute } from './open-api.ts'
import { apiPage, problemPage } from './page.ts'

const CONFIG = { access: 'anyone known', session: true, busy: true } as const

/**
 * `GET /openapi.json`, the page that shows it at `/docs`, and a page for each problem. `routes` is
 * complete once the gateway is ready.
 */
export function addApiDocs(
  scope: Gateway,
  { routes, version }: { readonly routes: readonly DocumentedRoute[]; readonly version: string },
): void {
  scope.get('/openapi.json', { config: CONFIG }, () => openApiDocument(routes, version))
  scope.get('/docs', { config: CONFIG }, (_request, reply) =>
    sendPage(reply, { title: 'API', content: apiPage(routes) }),
  )
  scope.get(
    '/problems/:code',
    { config: CONFIG, schema: { params: z.object({ code: z.string() }) } },
    (request, reply) => {
      const { code } = request.params
      if (!isProblemCode(code)) throw problem('NOT_FOUND')
      return sendPage(reply, { title: code, content: problemPage(code) })
    },
  )
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}
