import path from 'node:path'

import type { OpenDatabase } from './open-database.ts'

/** What a user needs to know after a start. */
export interface BannerFacts {
  /** Without a trailing slash. */
  readonly url: string
  readonly database: OpenDatabase
  readonly queues: 'PostgreSQL' | 'Redis'
  readonly dataDir: string
  readonly shellFile: string
  readonly logFile: string
}

/** Returns the lines that a start ends with. */
export function bannerOf(facts: BannerFacts): string {
  const { url, dataDir, shellFile, logFile, queues } = facts
  const { notes } = facts.database
  return [
    '',
    'Portcullis is up.',
    '',
    `  Gateway      ${url}`,
    `  API page     ${url}/docs`,
    `  Bull Board   ${url}/queues`,
    `  Data         ${placeOf(facts.database, dataDir)}; queues in ${queues}`,
    `  Token        PORTCULLIS_TOKEN in ${shown(shellFile)}`,
    `  Log          ${shown(logFile)}`,
    '',
    ...notes.flatMap((note) => [`  Note: ${note}`, '']),
    '  May I release? Try:',
    '',
    `    curl -s ${url}/ops/release-guard`,
    '',
    '  Ctrl-C stops it; the data stays.',
    '',
  ].join('\n')
}

/** The server's files may lie outside of the data folder: see its notes. */
function placeOf({ kind, folder }: OpenDatabase, dataDir: string): string {
  if (kind === 'DATABASE_URL' || folder === undefined) return 'DATABASE_URL'
  const isInside = !path.relative(dataDir, folder).startsWith('..')
  return `embedded PostgreSQL, in ${shown(isInside ? dataDir : folder)}`
}

/** Paths below the current folder are shown from there, as they are typed. */
function shown(file: string): string {
  const relative = path.relative('', file)
  return relative.startsWith('..') ? path.resolve(file) : relative || '.'
}
