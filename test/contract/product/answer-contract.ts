import { z } from 'zod'

/** What of an OpenAPI description is looked at here. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}
interface Operation {
  readonly responses: Readonly<Record<string, Response>>
}
interface Response {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>>
}
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]

/** An answer to hold to the description. */
export interface GivenAnswer {
  readonly method: string
  /** The path that was asked, with its query. */
  readonly url: string
  readonly status: number
  readonly contentType: string
  readonly body: unknown
}

/** Holds answers to what the gateway says of itself at /openapi.json. */
export interface AnswerContract {
  /** Throws a sentence for an answer that is not described, or is not as described. */
  check(answer: GivenAnswer): void
}

export function answerContract(document: unknown): AnswerContract {
  const { paths, components } = document as Description
  const schemaOf = ({ $ref, ...schema }: { $ref?: string } & object): JsonSchema =>
    $ref === undefined
      ? (schema as JsonSchema)
      : components.schemas[$ref.slice('#/components/schemas/'.length)]!
  return {
    check: (answer) => {
      const path = Object.keys(paths).find((each) => fits(each, answer.url))
      const operation = path === undefined ? undefined : paths[path]?.[answer.method.toLowerCase()]
      // What does not exist is not described.
      if (operation === undefined) return
      const name = `${answer.method} ${path} ${answer.status}`
      const response = operation.responses[answer.status]
      if (response === undefined) throw new Error(`${name} is not described: ${show(answer)}`)
      const type = answer.contentType.split(';', 1)[0]!
      const media = response.content[type]
      if (media === undefined)
        throw new Error(`${name} is not described as ${type}: ${show(answer)}`)
      if (media.schema === undefined) return
      const parsed = z.fromJSONSchema(schemaOf(media.schema as object)).safeParse(answer.body)
      if (!parsed.success)
        throw new Error(`${name}: ${z.prettifyError(parsed.error)}\n${show(answer)}`)
      requireKnownCode(name, response, answer)
    },
  }
}

/** A problem must be one that the route says it may answer with. */
function requireKnownCode(
  name: string,
  response: Response,
  { contentType, body }: GivenAnswer,
): void {
  if (!contentType.startsWith('application/problem+json')) return
  const { code } = body as { code: string }
  if (response.description.includes(`\`${code}\``)) return
  throw new Error(`${name} is not described with the code ${code}.`)
}

function fits(template: string, url: string): boolean {
  const path = url.split('?', 1)[0]!.split('/')
  const segments = template.split('/')
  return (
    segments.length === path.length &&
    segments.every((segment, nth) => segment.startsWith('{') || segment === path[nth])
  )
}

function show({ body }: GivenAnswer): string {
  return JSON.stringify(body)
}
