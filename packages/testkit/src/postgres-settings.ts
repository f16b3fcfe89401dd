/**
 * What differs between the server of the tests and the product's. Commits are written but not
 * synced: killing the server loses nothing, only a crash of the machine would.
 */
export const TEST_POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  // Several test files run at the same time, each with the pools of several services.
  max_connections: '400',
}
