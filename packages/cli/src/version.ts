import manifest from '../package.json' with { type: 'json' }

/** The version of Portcullis that this command line belongs to. */
export const VERSION: string = manifest.version
