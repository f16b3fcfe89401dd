// Builds what is published: esm and cjs, from the same sources, into `dist` or the folder named.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

const here = import.meta.dirname
const dist = argv[2] ?? join(here, 'dist')
const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')

rmSync(dist, { recursive: true, force: true })
build('tsconfig.build.json', join(dist, 'esm'))
build('tsconfig.build.cjs.json', join(dist, 'cjs'))
// The package is "type": "module"; its CommonJS half says otherwise, or Node would not load it.
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')

function build(project: string, outDir: string): void {
  const args = [tsc, '--project', project, '--outDir', outDir]
  execFileSync(execPath, args, { cwd: here, stdio: 'inherit' })
  // tsc rewrites the extensions of imports in its JavaScript, but not in its declarations.
  for (const file of globSync('*.d.ts', { cwd: outDir })) {
    const path = join(outDir, file)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*)\.ts'/gu, "$1.js'"))
  }
}
