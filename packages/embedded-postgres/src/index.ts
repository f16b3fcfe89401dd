export { isEmbeddedAddress } from './is-embedded-address.ts'
export { chooseFreePort } from './port.ts'
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './start-embedded-postgres.ts'
