import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { type KnownPerson, readPeople } from '../store/people.ts'
import { withStore } from '../store/with-store.ts'
import { instantText } from '../terminal/instant.ts'

export const peopleList = defineCommand({
  name: 'people list',
  summary: 'who stands behind the ids of the log',
  details: 'API keys are among them: a key may have a name, and may have written comments.',
  options: { json: JSON_OPTION },
  run: async (cli, { json }) => {
    const people = await withStore(cli, ({ pool }) => readPeople(pool))
    const { terminal } = cli
    if (json) terminal.json(people.map(wireOf))
    else {
      terminal.table({
        head: ['PERSON', 'NAME', 'KNOWN AS', 'SINCE', 'ERASED'],
        rows: people.map((person) => [
          person.id,
          person.name ?? '-',
          person.subject ?? '-',
          instantText(person.createdAt),
          person.erasedAt === null ? '-' : instantText(person.erasedAt),
        ]),
      })
    }
    return EXIT.ok
  },
})

function wireOf({ id, name, subject, createdAt, erasedAt }: KnownPerson) {
  return {
    id,
    name,
    subject,
    created_at: new Date(createdAt).toISOString(),
    erased_at: erasedAt === null ? null : new Date(erasedAt).toISOString(),
  }
}
