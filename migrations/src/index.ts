export { awaitUsableSchema } from './await-usable-schema.ts'
export { assertSchemaIsUsable, COMPATIBLE_FROM, migrateToLatest } from './migrate.ts'
