import t from 'tap'

import { type Platform, refusalOf, thisPlatform } from './platform.ts'

const refused: [Platform, RegExp][] = [
  [{ os: 'win32', arch: 'x64', glibc: undefined }, /does not run on Windows: use WSL 2/],
  [{ os: 'linux', arch: 'x64', glibc: undefined }, /needs glibc, and this system has musl/],
  [{ os: 'linux', arch: 'riscv64', glibc: '2.39' }, /no embedded Postgres for linux on riscv64/],
  [{ os: 'freebsd', arch: 'x64', glibc: undefined }, /no embedded Postgres for freebsd on x64/],
]

for (const [platform, sentence] of refused) {
  t.test(`${platform.os} on ${platform.arch}, glibc ${platform.glibc} is refused`, async (t) => {
    t.match(refusalOf(platform), sentence)
    t.match(refusalOf(platform), /Set DATABASE_URL/, 'the way out is named')
  })
}

t.test('platforms with binaries are not refused', async (t) => {
  t.equal(refusalOf({ os: 'linux', arch: 'x64', glibc: '2.36' }), undefined)
  t.equal(refusalOf({ os: 'darwin', arch: 'arm64', glibc: undefined }), undefined)
  t.equal(refusalOf(thisPlatform()), undefined, 'nor is the one that the tests run on')
})
