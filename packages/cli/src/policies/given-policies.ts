import {
  pathText,
  type PolicyFault,
  type PolicyReading,
  readPolicyFiles,
  type ReadDocument,
} from '@portcullis/policy-files'

import type { Cli } from '../command.ts'
import { readPolicyTexts } from '../files/read-policy-texts.ts'
import { tellFaults } from '../findings/policy-faults.ts'
import { askGateway, type GatewayAnswer, type GatewayRequest } from '../gateway/ask-gateway.ts'
import { Misfits } from '../gateway/policy-answer.ts'

/** Reads policies, objectives, freezes and the tests beside them. */
export async function givenPolicies(
  cli: Pick<Cli, 'stdin'>,
  paths: readonly string[],
): Promise<PolicyReading> {
  return readPolicyFiles(await readPolicyTexts(cli, paths))
}

/** Reads documents that can be put in force. Where a file is wrong, or holds none, that is told, and null returned. */
export async function soundPolicies(
  cli: Cli,
  paths: readonly string[],
  told: { readonly json: boolean },
): Promise<PolicyReading | null> {
  const reading = await givenPolicies(cli, paths)
  if (reading.faults.length > 0) {
    tellFaults(cli.terminal, reading.faults, told)
    return null
  }
  if (reading.documents.some(isApplied)) return reading
  if (told.json) cli.terminal.json({ changes: [] })
  else cli.terminal.line('There is no document to apply.')
  return null
}

/** How documents are sent, and what else is said. */
interface SentPolicies
  extends Required<Pick<GatewayRequest, 'query'>>, Pick<GatewayRequest, 'limit'> {
  readonly json: boolean
  /** Where to; where policies are applied when left out. */
  readonly path?: string
}

/** Sends documents to the gateway; tests stay here. Where they do not fit together that is told, and null returned. */
export async function sendPolicies(
  { installation, terminal }: Cli,
  reading: PolicyReading,
  { json, path = '/v1/policies', ...given }: SentPolicies,
): Promise<GatewayAnswer | null> {
  const documents = reading.documents.filter(isApplied).map(({ written }) => written)
  const request = { method: 'POST', path, ...given, body: { documents } } as const
  const answer = await askGateway(installation, request)
  const misfits = misfitsIn(answer, reading)
  if (misfits === null) return answer
  tellFaults(terminal, misfits, { json })
  return null
}

/** Whether a document is one that can be in force. */
function isApplied({ document }: ReadDocument): boolean {
  return document.kind !== 'PolicyTest'
}

/**
 * Returns what the gateway found to be wrong with documents, at their places in the files; null where an answer is
 * none of that kind. What is in force already, and in no file, is named instead.
 */
function misfitsIn({ body }: GatewayAnswer, { documents }: PolicyReading): PolicyFault[] | null {
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
