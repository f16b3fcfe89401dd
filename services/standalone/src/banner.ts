/** What a user needs to know after a start. */
export interface BannerFacts {
  /** Without a trailing slash. */
  readonly url: string
  readonly dataDir: string
  readonly shellFile: string
  /** Where Postgres is: our own, or the one that was named. */
  readonly database: 'embedded' | 'DATABASE_URL'
  readonly queues: 'PostgreSQL' | 'Redis'
  readonly logFile: string
}

/** Returns the lines that a start ends with. */
export function bannerOf(facts: BannerFacts): string {
  const { url, dataDir, shellFile, database, queues, logFile } = facts
  const where = database === 'embedded' ? `embedded PostgreSQL, in ${dataDir}` : 'DATABASE_URL'
  return [
    '',
    'Portcullis is up.',
    '',
    `  Gateway      ${url}`,
    `  API page     ${url}/docs`,
    `  Bull Board   ${url}/queues`,
    `  Data         ${where}; queues in ${queues}`,
    `  Token        PORTCULLIS_TOKEN in ${shellFile}`,
    `  Log          ${logFile}`,
    '',
    '  May I release? Try:',
    '',
    `    curl -s ${url}/ops/release-guard`,
    '',
    '  Ctrl-C stops it; the data stays.',
    '',
  ].join('\n')
}
