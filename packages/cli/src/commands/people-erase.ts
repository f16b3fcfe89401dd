import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { erasePerson } from '../store/people.ts'
import { withStore } from '../store/with-store.ts'

export const peopleErase = defineCommand({
  name: 'people erase',
  summary: 'forget a person: name, and all that the person wrote',
  details:
    'Name and key are gone for good: comments and reasons cannot be read any more. What the person\n' +
    'did stays in the log under an id that says nothing, and every hash holds. Backups and exports\n' +
    'made before still have what was erased.',
  arguments: [{ name: 'PERSON', description: 'the id, as `portcullis people list` shows it' }],
  run: async (cli, _options, [id = '']) =>
    withStore(cli, async ({ pool }) => {
      const erased = await erasePerson(pool, id, cli.clock.now())
      if (!erased) {
        throw failure(EXIT.no, `there is no person "${id}". \`portcullis people list\` shows all.`)
      }
      cli.terminal.line(`${id} is erased: name, and whatever the person wrote.`)
      return EXIT.ok
    }),
})
