import { z } from 'zod'

/** The kinds of documents that can be applied; a `PolicyTest` is only run. */
export const POLICY_KINDS = ['ReleasePolicy', 'Slo', 'Freeze'] as const
export const PolicyKind = z.enum(POLICY_KINDS)
export type PolicyKind = z.infer<typeof PolicyKind>

/** Hex SHA-256 of what a document says: the same text, in whatever order or layout, is the same version. */
export const PolicyVersion = z
  .string()
  .regex(/^[0-9a-f]{64}$/u, 'must be 64 hexadecimal digits')
  .brand<'PolicyVersion'>()
export type PolicyVersion = z.infer<typeof PolicyVersion>
