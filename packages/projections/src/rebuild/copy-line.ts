// The text format of COPY (PostgreSQL documentation, "COPY", "Text Format"): values between tabs, `\N`
// for null, and a backslash before what would be read as something else.

const SPECIAL = /[\\\t\n\r]/u
const ALL_SPECIAL = /[\\\t\n\r]/gu
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

/** Returns one row as a line; objects become JSON, arrays become arrays of text. */
export function copyLine(values: readonly unknown[]): string {
  return `${values.map(copyValue).join('\t')}\n`
}

function copyValue(value: unknown): string {
  if (value === null) return '\\N'
  const text = textOf(value)
  return SPECIAL.test(text) ? text.replaceAll(ALL_SPECIAL, (one) => ESCAPED[one]!) : text
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return `{${value.map(arrayElement).join(',')}}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Elements are quoted, so that none of them is read as `NULL` or ends the array. */
function arrayElement(element: unknown): string {
  return `"${String(element).replaceAll(/["\\]/gu, '\\$&')}"`
}
