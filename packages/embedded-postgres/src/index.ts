export { isEmbeddedAddress } from './is-embedded-address.ts'
export { makeDataFolder } from './make-data-folder.ts'
export { chooseFreePort } from './port.ts'
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './start-embedded-postgres.ts'
