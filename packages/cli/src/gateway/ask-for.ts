import type { z } from 'zod'

import type { Installation } from '../installation.ts'
import { askGateway, type GatewayAnswer, type GatewayRequest } from './ask-gateway.ts'
import { refusalOf } from './refusal.ts'

/** An answer as it was read, and as the gateway gave it. */
export interface Asked<Read> {
  readonly data: Read
  readonly body: unknown
}

/** Asks the gateway for what a schema describes. Throws the refusal that stands in its place, or that nobody answered. */
export async function askFor<Schema extends z.ZodType>(
  installation: Installation,
  request: GatewayRequest,
  schema: Schema,
): Promise<Asked<z.output<Schema>>> {
  return readAs(await askGateway(installation, request), schema)
}

/** Reads an answer by a schema. Throws the refusal that it is where it is something else. */
export function readAs<Schema extends z.ZodType>(
  answer: GatewayAnswer,
  schema: Schema,
): Asked<z.output<Schema>> {
  const { success, data } = schema.safeParse(answer.body)
  if (!success) throw refusalOf(answer)
  return { data, body: answer.body }
}
