import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { reasonOf } from './failure.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where Portcullis is, as this process can know it. */
export interface Installation {
  /** The variables of the process, and those that a running `npm start` left in its `env` file. */
  readonly env: Environment
  readonly file: string
  /** Names that were taken from the file. */
  readonly fromFile: readonly string[]
  /** Whether the database is the one that `npm start` uses here: its defaults count then. */
  readonly isStandalone: boolean
  /** Why there is a file and it could not be read. */
  readonly unreadable: string | undefined
}

/** All that the file is asked for; a variable that is set counts more. */
const TAKEN = ['DATABASE_URL', 'PORTCULLIS_TOKEN', 'PORTCULLIS_URL'] as const
/** Where the queues of the file's database are; those of another database are elsewhere. */
const QUEUES = ['REDIS_URL', 'REDIS_CLUSTER'] as const
const DATA_FOLDER = '.portcullis'
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/u

/**
 * Reads `env` in the data folder (PORTCULLIS_DATA) of an installation that `npm start` runs, so that
 * commands beside it need no settings. Where PORTCULLIS_URL names another machine the token is not
 * taken: it belongs to this one.
 */
export function findInstallation(env: Environment): Installation {
  const file = join(env['PORTCULLIS_DATA'] || DATA_FOLDER, 'env')
  const { found, unreadable } = readEnvFile(file)
  const wanted = TAKEN.filter((name) => isUnset(env, name) && found[name] !== undefined)
  const ours = wanted.filter((name) => name !== 'PORTCULLIS_TOKEN' || isHere(env))
  const url = found['DATABASE_URL']
  const isStandalone =
    url !== undefined && (ours.includes('DATABASE_URL') || env['DATABASE_URL'] === url)
  const areQueuesUnset = isStandalone && QUEUES.every((name) => isUnset(env, name))
  const queues = areQueuesUnset ? QUEUES.filter((name) => found[name] !== undefined) : []
  const fromFile = [...ours, ...queues]
  const taken = Object.fromEntries(fromFile.map((name) => [name, found[name]]))
  return { env: { ...env, ...taken }, file, fromFile, isStandalone, unreadable }
}

function readEnvFile(file: string): { found: Environment; unreadable: string | undefined } {
  try {
    return { found: variablesOf(readFileSync(file, 'utf8')), unreadable: undefined }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // Nobody ran `npm start` here.
    if (code === 'ENOENT') return { found: {}, unreadable: undefined }
    return { found: {}, unreadable: `${file} cannot be read (${String(code ?? reasonOf(error))})` }
  }
}

function isUnset(env: Environment, name: string): boolean {
  return (env[name] ?? '') === '' && (env[`${name}_FILE`] ?? '') === ''
}

function isHere({ PORTCULLIS_URL: url = '' }: Environment): boolean {
  return url === '' || (URL.canParse(url) && LOOPBACK.test(new URL(url).hostname))
}

/** `NAME='value'` a line, with the quotes of a shell: `'\\''` within them is a quote. */
function variablesOf(shellText: string): Environment {
  const lines = shellText.matchAll(/^(?:export )?([A-Z_]+)=(?:'((?:[^']|'\\'')*)'|([^\s'"]*))$/gmu)
  return Object.fromEntries(
    [...lines].map(([, name, quoted, plain]) => [
      name!,
      quoted === undefined ? plain : quoted.replaceAll("'\\''", "'"),
    ]),
  )
}
