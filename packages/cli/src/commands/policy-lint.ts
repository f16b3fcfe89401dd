import type { PolicyFault } from '@portcullis/policy-files'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { policyFaults, printFaults } from '../findings/policy-faults.ts'
import { givenPolicies } from '../policies/given-policies.ts'
import { countText } from '../terminal/count.ts'

export const policyLint = defineCommand({
  name: 'policy lint',
  summary: 'check policy files',
  details:
    'Reads the files, and of folders every .yaml and .yml in them; - is standard input.\n' +
    'Says all that is wrong, with its line and column, also of rules that are well\n' +
    'written and could never do what they say. Exits with 1 where something is wrong.\n' +
    'It needs neither a database nor a gateway.',
  arguments: POLICY_PATHS,
  options: { json: JSON_OPTION },
  examples: ['policies/', 'checkout.yaml slos.yaml', '- < checkout.yaml'],
  run: async (cli, { json }, paths) => {
    const reading = await givenPolicies(cli, paths)
    const faults = policyFaults(reading)
    const documents = reading.documents.length
    if (json) cli.terminal.json({ documents, faults })
    else print(cli, documents, faults)
    return faults.length === 0 && documents > 0 ? EXIT.ok : EXIT.no
  },
})

function print({ terminal }: Cli, documents: number, faults: readonly PolicyFault[]): void {
  if (faults.length > 0) printFaults(terminal, faults)
  else if (documents === 0) terminal.line('There is no document to check.')
  else
    terminal.line(
      `${terminal.paint.good('Nothing is wrong')} in ${countText(documents, 'document')}.`,
    )
}
