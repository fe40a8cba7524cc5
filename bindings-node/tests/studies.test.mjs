// Models compared, the order of a chain, and journeys whose truth is known.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Cancelled, ConfigError, Journeys, simulateJourneys } from 'cosell'

const PATHS = [
  { path: 'a > b', total_conversions: 30, total_null: 10 },
  { path: 'b > a', total_conversions: 5, total_null: 40 },
]

function paths() {
  return Journeys.fromPaths(PATHS, { nulls: 'total_null' })
}

test('models stand side by side', async () => {
  const found = await (await paths()).compare(['first_touch', { markov: { order: 2 } }, 'markov'], { top: 1 })
  assert.deepEqual(found.credit.columnNames.slice(0, 2), ['channel', 'first_touch'])
  assert.equal(found.agreement.length, 3)
  assert.deepEqual(found.diagnostics.options, { top: 1, difference: 0.02 })
  assert.ok(Object.isFrozen(found))
})

test('the recommended order has its reason', async () => {
  const found = await (await paths()).selectOrder({ max_order: 2, folds: 3, seed: 1 })
  // Two touches back is the start of the path, which tells that its end is near.
  assert.equal(found.recommended, 2)
  assert.equal(found.orders.length, 2)
  assert.equal(found.diagnostics.reason.code, 'foretells_best')
})

test('simulated journeys are the same as paths and as touches', async () => {
  const { touches, outcomes, paths, truth } = await simulateJourneys({ journeys: 500, seed: 3 })
  assert.equal(outcomes.length, 500)
  assert.equal(truth.length, 6)
  const byPath = await Journeys.fromPaths(paths, { value: 'total_conversion_value', nulls: 'total_null' })
  const options = { value: 'value', conversions: 'converted', outcome_at: 'closed_at' }
  const byTouch = await Journeys.fromTouchpoints(touches, outcomes, options)
  const values = async (journeys) => (await journeys.attribute('linear')).totals.toObjects().map((row) => row.value)
  const [a, b] = [await values(byPath), await values(byTouch)]
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-6, `${value} ${b[i]}`))
})

test('null is the default, in a channel too', async () => {
  const channels = [{ name: 'a', weight: null, position: undefined }]
  const { diagnostics } = await simulateJourneys({ channels, journeys: 10, seed: null })
  assert.deepEqual(diagnostics.options.channels, [
    { name: 'a', weight: 1, effect: 0, position: 'any', follows_intent: 0 },
  ])
})

test('studies reject and never throw', async () => {
  await assert.rejects((await paths()).compare('linear'), { code: 'invalid_option', field: 'models' })
  await assert.rejects((await paths()).selectOrder({ max_order: 9 }), ConfigError)
  await assert.rejects(simulateJourneys({ journeys: 0 }), { code: 'option_out_of_range', field: 'journeys' })
  await assert.rejects(simulateJourneys({}, { signal: AbortSignal.abort() }), Cancelled)
})
