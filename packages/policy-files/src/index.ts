export { pathText, type PolicyFault } from './fault.ts'
export {
  FILE_CHARACTERS_MAX,
  type PolicyFile,
  type PolicyReading,
  type ReadDocument,
  readPolicyFiles,
} from './read-policy-files.ts'
