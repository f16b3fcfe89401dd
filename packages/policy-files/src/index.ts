export { pathText, type PolicyFault } from './fault.ts'
export { policyJsonSchema } from './json-schema.ts'
export {
  documentsOf,
  type PolicyFile,
  type PolicyReading,
  type ReadDocument,
  readPolicyFiles,
} from './read-policy-files.ts'
export { versionOf, type WrittenDocument, yamlOf } from './written-document.ts'
