import { html, NOTHING, type Html } from '../../pages/html.ts'

/** The part of JSON Schema that zod makes of our schemas. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly default?: unknown
}

/** Zod writes the widest range of whole numbers out; for readers it is no limit. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** Returns a schema as nested lists of fields for people. */
export function schemaList(given: unknown): Html {
  return nested(given as Schema)
}

function nested(schema: Schema): Html {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices?.some(hasFields) === true) {
    return html`${choices.map(
      (choice, nth) =>
        html`<p class="soft">${nth === 0 ? 'Either' : 'or'}</p>
          ${nested(choice)}`,
    )}`
  }
  if (schema.items !== undefined) return nested(schema.items)
  if (typeof schema.additionalProperties === 'object') return nested(schema.additionalProperties)
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0) return NOTHING
  const isRequired = (name: string): boolean => schema.required?.includes(name) === true
  return html`<dl>${fields.map(([name, field]) => entry(name, field, isRequired(name)))}</dl>`
}

function entry(name: string, field: Schema, isRequired: boolean): Html {
  const description = field.description === undefined ? '' : ` ${field.description}`
  return html`<dt>
      <code>${name}</code>
      <span class="soft">${inWords(field)}${isRequired ? '' : ', optional'}</span>
    </dt>
    <dd>${description}${nested(field)}</dd>`
}

function inWords(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return [...new Set(choices.map(inWords))].join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(', ')
  if (schema.type === 'array') {
    return schema.prefixItems === undefined ? `array of ${inWords(schema.items ?? {})}` : 'pair'
  }
  return [schema.type ?? 'anything', ...limitsOf(schema)].join(', ')
}

function limitsOf(schema: Schema): string[] {
  const { minimum = -NO_LIMIT, maximum = NO_LIMIT, maxLength, format } = schema
  return [
    ...(minimum > -NO_LIMIT ? [`at least ${minimum}`] : []),
    ...(maximum < NO_LIMIT ? [`at most ${maximum}`] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(format === undefined ? [] : [format]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ]
}

function hasFields(schema: Schema): boolean {
  return schema.properties !== undefined
}
