import { PolicyDocument } from '@portcullis/contracts'
import { z } from 'zod'

/** Returns the JSON Schema (2020-12) of a document of a policy file, as it is written. */
export function policyJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(PolicyDocument, { io: 'input' }), title: 'Portcullis policy file' }
}
