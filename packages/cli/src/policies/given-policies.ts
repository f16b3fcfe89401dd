import {
  pathText,
  type PolicyFault,
  type PolicyReading,
  readPolicyFiles,
  type ReadDocument,
} from '@portcullis/policy-files'

import type { Cli } from '../command.ts'
import { readPolicyTexts } from '../files/read-policy-texts.ts'
import { type GatewayAnswer } from '../gateway/ask-gateway.ts'
import { Misfits } from '../gateway/policy-answer.ts'

/** Reads what is to be put in force, and the tests beside it. */
export async function givenPolicies(
  cli: Pick<Cli, 'stdin'>,
  paths: readonly string[],
): Promise<PolicyReading> {
  return readPolicyFiles(await readPolicyTexts(cli, paths))
}

/** Returns the body that puts documents in force. Tests stay here. */
export function bodyOf({ documents }: PolicyReading): { readonly documents: readonly object[] } {
  return { documents: documents.filter(isApplied).map(({ written }) => written) }
}

/** Whether a document is one that can be in force. */
export function isApplied({ document }: ReadDocument): boolean {
  return document.kind !== 'PolicyTest'
}

/**
 * Returns what the gateway found to be wrong with documents, at their places in the files; null where an answer is
 * none of that kind. What is in force already, and in no file, is named instead.
 */
export function misfitsIn(
  { body }: GatewayAnswer,
  { documents }: PolicyReading,
): PolicyFault[] | null {
  const parsed = Misfits.safeParse(body)
  if (!parsed.success) return null
  return parsed.data.misfits.map(({ kind, name, path, message }) => {
    const found = documents.find(
      ({ document }) => document.kind === kind && document.metadata.name === name,
    )
    const place = found?.at(path) ?? { line: 1, column: 1 }
    const file = found?.file ?? `${kind} ${name} (in force)`
    return { file, ...place, path: pathText(path), message }
  })
}
