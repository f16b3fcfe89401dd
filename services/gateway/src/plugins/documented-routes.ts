import type { DocumentedRoute } from '../routes/api-docs/open-api.ts'
import type { Gateway } from '../zod-routes.ts'

/** Returns a list that fills with the routes of the API as they are registered; pages are left out. */
export function collectDocumentedRoutes(app: Gateway): readonly DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', ({ method, url, config, schema = {} }) => {
    if (config?.docs === undefined || config.access === undefined) return
    for (const each of [method].flat()) {
      if (each === 'HEAD') continue
      routes.push({ method: each, url, access: config.access, docs: config.docs, schema })
    }
  })
  return routes
}
