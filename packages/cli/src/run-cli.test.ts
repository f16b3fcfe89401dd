import t from 'tap'

import { callCli } from '../test/call-cli.ts'
import { COMMANDS as ENTRIES, loadCommands } from './command-table.ts'

const COMMANDS = await loadCommands(ENTRIES)

t.test('every command tells how it is called, with each of its options', async (t) => {
  for (const command of COMMANDS) {
    const { exit, out, err } = await callCli([...command.name.split(' '), '--help'])
    t.equal(exit, 0, command.name)
    t.equal(err, '')
    t.match(out, new RegExp(`^Usage: portcullis ${command.name}`, 'u'))
    for (const option of Object.keys(command.options)) t.match(out, `--${option}`)
    for (const { name } of command.arguments) t.match(out, name)
  }
})

t.test('no line of any help is wider than a terminal', async (t) => {
  const calls = [[], ...COMMANDS.map((command) => command.name.split(' '))]
  for (const call of calls) {
    const { out } = await callCli([...call, '--help'])
    t.strictSame(
      out.split('\n').filter((line) => line.length > 100),
      [],
      call.join(' '),
    )
  }
})

t.test('a call without a command is wrong and gets the list of them', async (t) => {
  const { exit, out, err } = await callCli([])
  t.equal(exit, 2)
  t.equal(out, '', 'a script that reads the answer does not read it')
  for (const { name } of COMMANDS) t.match(err, name)
})

t.test('the first word of commands lists those that begin with it', async (t) => {
  const { exit, err } = await callCli(['keys'])
  t.equal(exit, 2)
  t.match(err, /keys create[\s\S]*keys list[\s\S]*keys revoke/u)
  t.notMatch(err, 'migrate')
})

t.test('a wrong call is one sentence that says what to do', async (t) => {
  const rows = [
    [['gaurd'], 'there is no command "gaurd". See `portcullis --help`.'],
    [['keys', 'frobnicate'], 'there is no command "keys frobnicate". See `portcullis --help`.'],
    [['keys', 'list', '--jsno'], "Unknown option '--jsno'. See `portcullis keys list --help`."],
    [['keys', 'revoke'], 'KEY is missing. See `portcullis keys revoke --help`.'],
    [['migrate', 'now'], '"now" is one argument too many. See `portcullis migrate --help`.'],
    [
      ['keys', 'create', '--role'],
      "Option '--role <value>' argument missing. See `portcullis keys create --help`.",
    ],
    [['incidents', 'assign', 'x'], 'give --to NAME, or --nobody.'],
    [['incidents', 'assign', 'x', '--to', 'mia', '--nobody'], 'give --to NAME, or --nobody.'],
    [['incidents', 'snooze', 'x'], 'give --for a span of at least a minute, like 30m, 2h or 1d.'],
    [['queues', 'retry'], 'give the id of a job, or --all.'],
    [['queues', 'retry', 'x', '--all'], 'give the id of a job, or --all.'],
  ] as const
  for (const [argv, sentence] of rows) {
    t.strictSame(await callCli(argv), { exit: 2, out: '', err: `portcullis: ${sentence}\n` })
  }
})

t.test('the version is that of the package', async (t) => {
  t.strictSame(await callCli(['--version']), { exit: 0, out: '0.1.0\n', err: '' })
})

t.test('without a database there is a sentence that says where to get one', async (t) => {
  t.strictSame(await callCli(['keys', 'list']), {
    exit: 2,
    out: '',
    err: 'portcullis: no database is known: start Portcullis here (`npm start`), or set DATABASE_URL.\n',
  })
})

t.test('a database that is away is out of reach, and its password is not shown', async (t) => {
  const env = { DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/portcullis' }
  const { exit, out, err } = await callCli(['keys', 'list'], { env })
  t.equal(exit, 4)
  t.equal(out, '')
  t.match(
    err,
    /^portcullis: the database 127\.0\.0\.1:1\/portcullis cannot be reached \(.*ECONNREFUSED.*\); check DATABASE_URL, and that the server runs\.\n$/u,
  )
  t.notMatch(err, 'hunter2')
})

t.test('a database that a stopped `npm start` left behind is told as that', async (t) => {
  const folder = t.testdir({ env: "DATABASE_URL='postgres://p:secret@127.0.0.1:1/p'\n" })
  const { exit, err } = await callCli(['keys', 'list'], { env: { PORTCULLIS_DATA: folder } })
  t.equal(exit, 4)
  t.match(err, `it is the one named in ${folder}/env: start it with \`npm start\``)
})

t.test('a setting that no service would start with stops a command too', async (t) => {
  const env = { DATABASE_URL: 'mysql://nope' }
  const { exit, err } = await callCli(['keys', 'list'], { env })
  t.equal(exit, 2)
  t.match(err, /DATABASE_URL: read a secret/u)
})
