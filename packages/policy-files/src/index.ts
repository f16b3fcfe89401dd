export { pathText, type PolicyFault } from './fault.ts'
export { policyJsonSchema } from './json-schema.ts'
export {
  documentsOf,
  type PolicyReading,
  type ReadDocument,
  readPolicyFiles,
} from './read-policy-files.ts'
export { versionOf, type WrittenDocument, yamlOf } from './written-document.ts'
export { type PolicyFile, readYaml, type YamlDocument, type YamlReading } from './read-yaml.ts'
export type { Place } from './locate.ts'
export { complaintsOf } from './issues.ts'
