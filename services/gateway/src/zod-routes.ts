import type { Logger } from '@portcullis/runtime'
import type {
  FastifyInstance,
  FastifySchemaCompiler,
  FastifySerializerCompiler,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { z } from 'zod'

/** Gives handlers the types of their route's zod schemas. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
  serializer: this['schema'] extends z.ZodType ? z.input<this['schema']> : unknown
}

/** An instance whose routes are described by zod schemas. */
export type Gateway = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Logger,
  ZodTypeProvider
>

/** What a route's schema did not like; `problem/of-error.ts` turns it into a problem. */
export interface InputError extends Error {
  readonly code: 'INPUT_INVALID'
  readonly httpPart: string
  readonly issues: readonly z.core.$ZodIssue[]
}

/** Parses each part of a request with its schema: handlers see parsed values only. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (input: unknown) => {
    const parsed = schema.safeParse(input)
    if (parsed.success) return { value: parsed.data }
    const error: InputError = Object.assign(new Error('the input is not what the route takes'), {
      code: 'INPUT_INVALID' as const,
      httpPart: httpPart ?? 'body',
      issues: parsed.error.issues,
    })
    return { error }
  }
}

/** Responses are held to their schemas by tests, not at run time. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = () => JSON.stringify

/** Whether a caught error came from `validatorCompiler`. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && 'code' in error && error.code === 'INPUT_INVALID'
}
