export { assertSchemaIsUsable, COMPATIBLE_FROM, migrateToLatest } from './migrate.ts'
