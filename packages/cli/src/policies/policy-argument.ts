import type { ArgumentSpec } from '../command.ts'

/** What names a document that is, or was, in force. */
export const POLICY: readonly ArgumentSpec[] = [
  { name: 'NAME', description: 'its name; or its kind and name, as in Slo/checkout' },
]

/** Returns the path of a document; of a name alone that of a ReleasePolicy. */
export function policyPath(text: string): string {
  const slash = text.indexOf('/')
  const [kind, name] =
    slash === -1 ? ['ReleasePolicy', text] : [text.slice(0, slash), text.slice(slash + 1)]
  return `/v1/policies/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`
}
