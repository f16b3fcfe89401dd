import { problems, type ProblemCode } from '@portcullis/contracts'
import { z } from 'zod'

import { html, NOTHING, type Html } from '../../pages/html.ts'
import { accessInWords, jsonSchemaOf, problemsOf, type DocumentedRoute } from './open-api.ts'
import { schemaList } from './schema-list.ts'

/** Returns the content of the API's page: every route with what it takes and answers. */
export function apiPage(routes: readonly DocumentedRoute[]): Html {
  const byTag = Map.groupBy(routes, ({ docs }) => docs.tag)
  return html` <h1>Portcullis API</h1>
    <p>
      May I release now, and why not? Send
      <code>Authorization: Bearer &lt;API key or JWT&gt;</code>. Whatever goes wrong is answered as
      <code>application/problem+json</code>; each code is a link below. The same as a file:
      <a href="/openapi.json">openapi.json</a>.
    </p>
    <nav aria-label="Operations">
      ${[...byTag].map(
        ([tag, tagged]) =>
          html`<h4>${tag}</h4>
            <ul>
              ${tagged.map((route) => html`<li><a href="#${anchorOf(route)}">${nameOf(route)}</a></li>`)}
            </ul>`,
      )}
    </nav>
    ${[...byTag].map(
      ([tag, tagged]) =>
        html`<h2>${tag}</h2>
          ${tagged.map(operation)}`,
    )}`
}

/** Returns the content of a problem's page, to which its `type` leads. */
export function problemPage(code: ProblemCode): Html {
  const { status, title, fix } = problems[code]
  return html` <h1>${title}</h1>
    <p class="soft"><code>${code}</code>, status ${status}</p>
    <p>${fix}</p>
    <p><a href="/docs">All of the API</a></p>`
}

function operation(route: DocumentedRoute): Html {
  const { docs, access } = route
  return html` <section class="operation" id="${anchorOf(route)}">
    <h3>${nameOf(route)}</h3>
    <p>${inline(docs.summary)}. <span class="soft">${inline(accessInWords(access))}</span></p>
    ${(docs.description ?? '')
      .split('\n\n')
      .filter(Boolean)
      .map((text) => html`<p>${inline(text)}</p>`)}
    ${docs.example === undefined ? NOTHING : html`<pre>${docs.example}</pre>`} ${parameters(route)}
    ${bodies(route)} ${answers(route)}
    <h4>Problems</h4>
    <p>
      ${problemsOf(route).map(
        (code) => html`<a href="/problems/${code}"><code>${code}</code></a> `,
      )}
    </p>
  </section>`
}

function parameters({ docs, schema }: DocumentedRoute): Html {
  const parts = [
    { title: 'In the path', part: schema.params },
    { title: 'In the query', part: docs.query ?? schema.querystring },
    { title: 'Headers', part: docs.headers ?? schema.headers },
  ]
  return html`${parts.map(({ title, part }) => {
    const list = part instanceof z.ZodType ? schemaList(jsonSchemaOf(part, 'input')) : NOTHING
    return list === NOTHING
      ? NOTHING
      : html`<h4>${title}</h4>
          ${list}`
  })}`
}

function bodies({ docs, schema }: DocumentedRoute): Html {
  const given =
    docs.body ?? (schema.body instanceof z.ZodType ? { 'application/json': schema.body } : {})
  return html`${Object.entries(given).map(
    ([contentType, body]) =>
      html`<h4>Body as <code>${contentType}</code></h4>
        ${schemaList(jsonSchemaOf(body, 'input'))}`,
  )}`
}

function answers({ docs }: DocumentedRoute): Html {
  return html`${Object.entries(docs.answers).map(
    ([status, { description, schema, contentType }]) =>
      html`<h4>${status} ${contentType ?? ''}</h4>
        <p>${inline(description)}</p>
        ${schema === undefined ? NOTHING : schemaList(jsonSchemaOf(schema, 'output'))}`,
  )}`
}

function nameOf({ method, url }: DocumentedRoute): Html {
  return html`<code
    ><span class="method">${method}</span>${url.replaceAll(/:(\w+)/gu, '{$1}')}</code
  >`
}

function anchorOf({ method, url }: DocumentedRoute): string {
  return `${method}${url}`.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-')
}

/** What stands between backticks is code. */
function inline(text: string): Html {
  const parts = text.split('`')
  return html`${parts.map((part, nth) => (nth % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))}`
}
