// PathData against reference numbers; the data is found through COSELL_DATA, without which the test is skipped.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Journeys } from '../index.js'

const folder = process.env.COSELL_DATA
const skip = folder === undefined ? 'COSELL_DATA is not set (a folder with pathdata.csv)' : false
const reference = new URL('../../core/tests/data/pathdata_heuristics.csv', import.meta.url)

test('first, last and linear are those of the reference', { skip }, async () => {
  const [header, ...lines] = readFileSync(reference, 'utf8').trim().split('\n').map((line) => line.split(','))
  const wanted = new Map(lines.map((line) => [line[0], Object.fromEntries(header.map((name, i) => [name, Number(line[i])]))]))
  const journeys = await Journeys.fromPaths(
    { csv: readFileSync(join(folder, 'pathdata.csv')) },
    { value: 'total_conversion_value', nulls: 'total_null' },
  )
  for (const [model, prefix] of [['first_touch', 'first'], ['last_touch', 'last'], ['linear', 'linear']]) {
    const credit = await journeys.attribute(model)
    const rows = credit.totals.toObjects()
    assert.equal(rows.length, wanted.size)
    for (const row of rows) {
      const known = wanted.get(row.channel)
      for (const [got, expected] of [[row.conversions, known[`${prefix}_conv`]], [row.value, known[`${prefix}_val`]]]) {
        assert.ok(Math.abs(got - expected) <= 1e-9 * expected, `${model} of ${row.channel}: ${got}, ${expected}`)
      }
    }
  }
})
