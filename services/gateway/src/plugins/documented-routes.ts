import { z } from 'zod'

import type { DocumentedRoute } from '../routes/api-docs/open-api.ts'
import type { Gateway } from '../zod-routes.ts'

/** Of routes that say nothing of a query: a parameter that nobody reads is a slip. */
const NoQuery = z.strictObject({})

/**
 * Returns a list that fills with the routes of the API as they are registered; pages are left out.
 * Routes that take no query are made to refuse one.
 */
export function collectDocumentedRoutes(app: Gateway): readonly DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', (route) => {
    const { method, url, config } = route
    if (config?.docs === undefined || config.access === undefined) return
    if (config.docs.query === undefined) {
      route.schema = { querystring: NoQuery, ...route.schema }
    }
    const { schema = {} } = route
    for (const each of [method].flat()) {
      if (each === 'HEAD') continue
      routes.push({ method: each, url, access: config.access, docs: config.docs, schema })
    }
  })
  return routes
}
