import { problems, type ProblemCode } from '@portcullis/contracts'

const HEAD = `# Problems

Whatever goes wrong is answered as \`application/problem+json\` (RFC 9457):

\`\`\`json
{
  "type": "/problems/INVALID_BODY",
  "title": "The body has a field that cannot be used",
  "status": 400,
  "code": "INVALID_BODY",
  "fix": "Mend the fields listed under \`errors\` and send again.",
  "request_id": "3f2a9c1e-7k",
  "errors": [{ "field": "/service", "message": "is missing", "fix": "Give a string." }]
}
\`\`\`

\`code\` is what programs should look at: a code is never renamed or used for something else. \`detail\`
says more about this case, for people. \`field\` is a JSON pointer into the body, or the name of a
parameter or header. \`request_id\` is in the gateway's log. A problem that passes has \`Retry-After\`.

This page is made from the code, and a test holds the two together.
`

/** Returns docs/problems.md. */
export function problemsMarkdown(): string {
  const codes = Object.keys(problems) as ProblemCode[]
  const byStatus = Map.groupBy(codes, (code) => problems[code].status)
  const sections = [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .map(([status, group]) => [`## ${status}`, '', ...group.map(entry), ''].join('\n'))
  return [HEAD, ...sections].join('\n')
}

function entry(code: ProblemCode): string {
  const { title, fix } = problems[code]
  return `- **\`${code}\`**: ${title}. ${fix}`
}
