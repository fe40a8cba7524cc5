// The partner review on any folder of CSV files named like the input tables (opportunities.csv, touchpoints.csv, ...).
//
//     node examples/node/review_folder.mjs FOLDER [OUT.html] [--as-of 2026-11-20] [--currency USD] [--program FILE.json]
//     node examples/node/review_folder.mjs examples/data review.html
//
// A file review.json in the folder is the config of the review; its key "ecosystem" holds the options of the ecosystem.
// Prints the review, and writes it as one HTML page where OUT.html is given. Rows that cannot be used are set aside and
// counted; Ctrl-C stops the work.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { CosellError, Ecosystem, report, review } from '../../bindings-node/index.js'

const TABLES = [
  'partners',
  'accounts',
  'account_partners',
  'opportunities',
  'opportunity_partners',
  'touchpoints',
  'registrations',
  'investments',
  'enrollments',
  'people',
  'credentials',
  'activities',
  'measurements',
  'lines',
  'aliases',
  'exchange_rates',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'as-of': { type: 'string' }, currency: { type: 'string' }, program: { type: 'string' } },
})
const [folder, out] = positionals
if (folder === undefined) {
  console.error('usage: node review_folder.mjs FOLDER [OUT.html] [--as-of DATE] [--currency CODE] [--program FILE.json]')
  process.exit(2)
}

async function readFolder(path) {
  const tables = {}
  for (const name of TABLES) {
    try {
      tables[name] = { csv: await readFile(join(path, `${name}.csv`)) }
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  if (Object.keys(tables).length === 0) {
    console.error(`${path} holds none of ${TABLES.map((name) => `${name}.csv`).join(', ')}`)
    process.exit(1)
  }
  return tables
}

async function readConfig(path) {
  try {
    return JSON.parse(await readFile(join(path, 'review.json'), 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return {}
  }
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
const watch = {
  signal: stop.signal,
  onProgress: ({ stage, done, total }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${stage} ${done} of ${total}`)
  },
}

try {
  const { ecosystem, ...config } = await readConfig(folder)
  const options = { on_invalid: 'reject', ...ecosystem, ...(values.currency && { currency: values.currency }) }
  const eco = await Ecosystem.create(await readFolder(folder), options, watch)
  // The engine reads no clock: the day is always said.
  const as_of = values['as-of'] ?? config.as_of ?? new Date().toISOString().slice(0, 10)
  const program = values.program && { program: JSON.parse(await readFile(values.program, 'utf8')) }
  const result = await review(eco, { ...config, ...program, as_of }, watch)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(String(result))
  if (out !== undefined) {
    await writeFile(out, report(result))
    console.log(`\nwritten to ${out}`)
  }
} catch (error) {
  if (!(error instanceof CosellError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
