export { awaitUsableSchema } from './await-usable-schema.ts'
export { migrateToLatest } from './migrate.ts'
export { assertSchemaIsUsable, COMPATIBLE_FROM, MIGRATION_NAMES } from './schema-state.ts'
