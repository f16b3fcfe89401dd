import {
  AppliedDocument,
  type EventData,
  type PolicyKind,
  type PolicyName,
  type PolicyVersion,
  STARTED_LABEL,
} from '@portcullis/contracts'

/** A document as it was written: JSON that the schema of policy files accepts. */
export type WrittenDocument = EventData<'policy.applied'>['document']

/** A policy, an objective or a freeze that is in force. */
export interface AppliedPolicy {
  readonly kind: PolicyKind
  readonly name: PolicyName
  readonly version: PolicyVersion
  readonly document: AppliedDocument
  readonly written: WrittenDocument
}

/** Everything that is in force, by `policyKeyOf`. */
export type AppliedPolicies = ReadonlyMap<string, AppliedPolicy>

/** Returns what tells documents apart: their kind and name. */
export function policyKeyOf({
  kind,
  name,
}: Pick<AppliedPolicy, 'kind'> & { readonly name: string }): string {
  return `${kind}/${name}`
}

/** Returns a document that was checked when it was taken in, with its quantities as numbers. */
export function appliedPolicyOf(version: PolicyVersion, written: WrittenDocument): AppliedPolicy {
  const document = AppliedDocument.parse(written)
  return { kind: document.kind, name: document.metadata.name, version, document, written }
}

/** Whether somebody started it by hand: it is in no file, so that files do not say that it is over. */
export function isStartedByHand({ document }: AppliedPolicy): boolean {
  return document.metadata.labels?.[STARTED_LABEL] !== undefined
}
