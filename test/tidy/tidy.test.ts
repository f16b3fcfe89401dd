// The style guide as a test: what a reader relies on, and no other tool checks. Every ban prints
// what to do instead.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import t from 'tap'

import { ALLOWED } from './dependencies.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const SKIPPED = new Set(['node_modules', '.git', '.tap', '.portcullis', 'dist', 'coverage'])
const FORBIDDEN_NAMES = [
  'utils',
  'helpers',
  'common',
  'lib',
  'types',
  'interfaces',
  'core',
  'shared',
]

interface Ban {
  readonly pattern: RegExp
  readonly instead: string
  /** Paths, from the root, in which it is allowed. */
  readonly except: RegExp
}

const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/u,
    instead: 'take a Clock (packages/runtime) or an instant as an argument',
    except:
      /^(packages\/runtime\/|packages\/testkit\/|packages\/client\/|packages\/embedded-postgres\/|scripts\/|test\/)|\.test\.ts$/u,
  },
  {
    pattern: /\bMath\.random\(/u,
    instead: 'take randomness as an argument, or use packages/runtime/src/ids.ts',
    except: /^(packages\/runtime\/|packages\/client\/)|\.test\.ts$/u,
  },
  {
    pattern: /\bas any\b|: any\b|\bas unknown as\b/u,
    instead: 'parse with zod at the border, or narrow',
    except: /^$/u,
  },
  {
    pattern: /\b(t|test|tap)\.(skip|todo|only)\(|\{ *(skip|todo|only): /u,
    instead: 'finish the test or delete it',
    except: /^$/u,
  },
  {
    pattern: /(?<!\bt\.)\bsetTimeout\(|\bsleep\(/u,
    instead: 'in tests wait for the thing itself: waitFor of packages/testkit',
    except: /^(?!test\/).*(?<!\.test\.ts)$|^test\/bench\/|^test\/(e2e|chaos)\/system\//u,
  },
  {
    pattern: /catch *(\([^)]*\))? *\{ *\}|\.catch\(\(\) *=> *(\{\}|undefined|null)\)/u,
    instead: 'handle the error, or say in the handler why nothing is lost',
    except: /^$/u,
  },
]

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (SKIPPED.has(name)) return []
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })
}

const files = filesUnder(ROOT).map((path) => relative(ROOT, path).split(sep).join('/'))
const sources = files.filter((path) => path.endsWith('.ts') && path !== 'test/tidy/tidy.test.ts')
const manifests = files.filter((path) =>
  /^(services|packages|migrations).*package\.json$/u.test(path),
)

/** A comment may speak of what is banned. */
function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/u.test(line)
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

t.test('a package imports only what the dependency table allows', async (t) => {
  t.ok(manifests.length >= 10, 'the manifests are found')
  for (const path of manifests) {
    const manifest = JSON.parse(read(path)) as {
      name: string
      dependencies?: Record<string, string>
    }
    const name = manifest.name.replace('@portcullis/', '')
    const allowed = ALLOWED[name]
    t.ok(allowed, `${name} is in test/tidy/dependencies.ts`)
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      const [, workspace] = /^@portcullis\/(.*)$/u.exec(dependency) ?? []
      const list = workspace === undefined ? allowed?.npm : allowed?.workspace
      t.ok(list?.includes(workspace ?? dependency), `${name} may depend on ${dependency}`)
    }
  }
})

t.test('no file or folder has a name that says nothing', async (t) => {
  const parts = files.flatMap((path) =>
    path.split('/').map((part) => part.replace(/\.[a-z.]+$/u, '')),
  )
  t.same(
    [...new Set(parts)].filter((part) => FORBIDDEN_NAMES.includes(part)),
    [],
    'name a file or folder for the one thing that is in it',
  )
})

t.test('no source uses what is banned', async (t) => {
  for (const ban of BANS) {
    const hits = sources
      .filter((path) => !ban.except.test(path))
      .flatMap((path) =>
        read(path)
          .split('\n')
          .flatMap((line, index) =>
            ban.pattern.test(line) && !isComment(line) ? [`${path}:${index + 1}`] : [],
          ),
      )
    t.same(hits, [], `${ban.pattern.source}: ${ban.instead}`)
  }
})

t.test('every package has a README of at most a page', async (t) => {
  for (const path of manifests) {
    const readme = join(dirname(path), 'README.md')
    t.ok(files.includes(readme), `${readme} exists`)
  }
})

t.test(
  'a migration that has landed is named in order and imports nothing but kysely',
  async (t) => {
    const migrations = files
      .filter((path) => /^migrations\/src\/\d{4}-.*\.ts$/u.test(path))
      .toSorted()
    for (const [index, path] of migrations.entries()) {
      t.ok(path.includes(`/${String(index + 1).padStart(4, '0')}-`), `${path} has the next number`)
      const imports = [...read(path).matchAll(/^(?:import|\}) .*from '([^']+)'/gmu)].map(
        (match) => match[1],
      )
      t.same(imports, ['kysely'], `${path} is frozen in time`)
    }
  },
)

/** A link within the documentation: its file, which may be the page itself, and its heading. */
const LINK = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/gu

t.test('a link between the pages of the documentation leads somewhere', async (t) => {
  const pages = files.filter((path) => path.endsWith('.md'))
  for (const page of pages) {
    for (const [, target = '', anchor] of read(page).matchAll(LINK)) {
      const path = target === '' ? page : join(dirname(page), target)
      t.ok(
        files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/u, '')}/`)),
        `${page} links to ${target}`,
      )
      if (anchor !== undefined && files.includes(path)) {
        t.ok(anchorsOf(read(path)).includes(anchor), `${page} links to ${target}#${anchor}`)
      }
    }
  }
})

/** Returns the names by which GitHub links to the headings of a page. */
function anchorsOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^ *```.*?^ *```$/gmsu, '')
  return [...text.matchAll(/^#+ (.+)$/gmu)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}
