// Chains, intervals, calibration, and attribution of journeys that come in parts.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

import { AttributionState, Cancelled, ConfigError, DataError, Journeys, Table } from 'cosell'
import { fails, rejects } from './helpers.mjs'

const PATHS = [
  { path: 'acme > globex', total_conversions: 30, total_null: 40, value: 3000 },
  { path: 'globex', total_conversions: 50, total_null: 10, value: 7500.5 },
  { path: 'globex > initech > acme', total_conversions: 20, total_null: 60, value: 900 },
  { path: 'initech', total_conversions: 4, total_null: 90, value: 100 },
]

const journeysOf = (rows = PATHS) => Journeys.fromPaths(rows, { value: 'value', nulls: 'total_null' })

const sum = (credit) => credit.totals.toColumns().conversions.reduce((a, b) => a + b, 0)

async function partsOf(model, options) {
  const state = new AttributionState(model, options)
  for (const row of PATHS.toReversed()) {
    const part = new AttributionState(model, options)
    await part.update(await journeysOf([row]))
    await state.merge(part)
  }
  return state
}

test('a model has further tables, and no ledger where only the totals are divided', async () => {
  const journeys = await journeysOf()
  const credit = await journeys.attribute('markov', { order: 2, sequences: [['acme', 'globex']] })
  assert.deepEqual(credit.tableNames, ['transitions', 'sequences'])
  assert.deepEqual(credit.table('sequences').toColumns().sequence, ['acme > globex'])
  assert.equal(await credit.ledger(), null)
  assert.equal(await credit.ledger(), null)
  assert.equal(credit.diagnostics.markov.order, 2)
  await fails(() => credit.table('transition'), ConfigError, 'unknown_table', 'name')
  await fails(() => credit.table(1), ConfigError, 'invalid_option', 'name')
  const perJourney = await (await journeys.attribute('markov', { credit: 'journey' })).ledger()
  assert.deepEqual(new Set(perJourney.toColumns().reason), new Set(['removal_effect', 'only_touch']))
})

test('intervals hold the estimate and come again', async () => {
  const credit = await (await journeysOf()).attribute('markov')
  const options = { replicates: 200, method: 'bca', seed: 7 }
  const found = await credit.intervals(options)
  for (const row of found.channels.toObjects()) assert.ok(row.share_low < row.share && row.share < row.share_high)
  assert.equal(found.diagnostics.options.method, 'bca')
  assert.equal(found.ranks.length, 3)
  assert.equal(found.pairs.length, 3)
  assert.equal((await credit.intervals(options)).channels.toCsv(), found.channels.toCsv())
  assert.ok(Object.isFrozen(found) && found.channels instanceof Table)
  await rejects(() => credit.intervals({ replicates: 1 }), ConfigError, 'option_out_of_range', 'replicates')
  await rejects(() => credit.intervals(5), ConfigError, 'invalid_option', 'options')
})

test('experiments come as rows or columns', async () => {
  const credit = await (await journeysOf()).attribute('markov')
  const rows = [{ channel: 'acme', effect: 0.2, standard_error: 0.02 }]
  const found = await credit.calibrate(rows, { replicates: 100, model_bias: 'none' })
  const columns = { channel: ['acme'], effect: Float64Array.of(0.2), standard_error: [0.02] }
  assert.equal((await credit.calibrate(columns, { replicates: 100, model_bias: 'none' })).channels.toCsv(), found.channels.toCsv())
  const [first] = found.channels.toObjects()
  assert.ok(first.standard_error < Math.min(0.02, first.model_standard_error))
  assert.equal(found.diagnostics.experiments, 1)
  await rejects(() => credit.calibrate([{ channel: 'z', effect: 1, standard_error: 1 }]), ConfigError, 'unknown_name', 'channel')
})

test('parts give the whole, in any order, to the byte', async () => {
  for (const model of ['linear', 'markov', { markov: { order: 2 } }]) {
    for (const options of [undefined, { keep_paths: true }]) {
      const whole = new AttributionState(model, options)
      await whole.update(await journeysOf())
      const merged = await partsOf(model, options)
      const bytes = await whole.toBytes()
      assert.deepEqual(await merged.toBytes(), bytes)
      const back = await AttributionState.fromBytes(bytes, model, options)
      const credit = await back.finish()
      const direct = await (await journeysOf()).attribute(model)
      assert.equal(credit.totals.toCsv(), direct.totals.toCsv())
      assert.deepEqual(credit.model, direct.model)
      assert.deepEqual(back.model, direct.model)
      assert.equal(back.keepsPaths, model !== 'linear' || options !== undefined)
      assert.equal(credit.journeys, credit.journeys)
      assert.equal(await credit.ledger(), null)
      assert.match(inspect(back), /AttributionState/)
    }
  }
})

test('calls on a state run in the order in which they were made', async () => {
  const state = new AttributionState('markov')
  const journeys = await journeysOf()
  const [, before, , , after] = await Promise.all([
    state.update(journeys),
    state.finish(),
    state.update(journeys),
    state.update(journeys),
    state.finish(),
  ])
  assert.deepEqual([sum(before), sum(after)].map(Math.round), [104, 312])
})

test('a state is not merged with itself', async () => {
  const state = await partsOf('markov')
  const before = await state.toBytes()
  await rejects(() => state.merge(state), ConfigError, 'invalid_option', 'other')
  assert.deepEqual(await state.toBytes(), before)
})

test('the example in parts prints what it promises', () => {
  const file = fileURLToPath(new URL('../../examples/node/streaming.mjs', import.meta.url))
  const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' })
  for (const line of [
    'AttributionState(position_based, 4 journeys, paths kept)',
    'incompatible_state at position_based.first: got null, expected 0.5',
    'Journeys(5 journeys, 10 touches, 3 channels; distinct paths kept)',
    'the same as all at once: true',
    'intervals too: true',
  ]) {
    assert.ok(printed.includes(line), `${line}\n${printed}`)
  }
})

test('kept paths have intervals, and sums say why not', async () => {
  const kept = await (await (await partsOf('linear', { keep_paths: true })).finish()).intervals({ replicates: 50 })
  const direct = await (await (await journeysOf()).attribute('linear')).intervals({ replicates: 50 })
  assert.equal(kept.channels.toCsv(), direct.channels.toCsv())
  const sums = await (await partsOf('linear')).finish()
  await rejects(() => sums.intervals(), DataError, 'not_enough_data', 'keep_paths')
  // They are counted, and no model can look at them again.
  assert.equal(sums.journeys.length, (await journeysOf()).length)
  assert.match(String(sums.journeys), /; only sums kept\)$/)
  await rejects(() => sums.journeys.attribute('last_touch'), DataError, 'not_enough_data', 'keep_paths')
})

test('a failed call leaves the state as it was', async () => {
  const state = await partsOf('markov')
  const before = await state.toBytes()
  const other = await partsOf({ markov: { order: 2 } })
  const others = await Journeys.fromPaths(PATHS)
  await rejects(() => state.update(others), ConfigError, 'incompatible_state', 'value')
  const mismatch = await rejects(() => state.merge(other), ConfigError, 'incompatible_state', 'markov.order')
  assert.deepEqual([mismatch.details.got, mismatch.details.expected], [2, 1])
  await rejects(() => state.update({}), ConfigError, 'invalid_option', 'journeys')
  await rejects(() => state.merge({}), ConfigError, 'invalid_option', 'other')
  for (const bytes of [before.slice(0, 0), before.slice(0, -1)]) {
    await rejects(() => AttributionState.fromBytes(bytes, 'markov'), DataError, 'corrupt_state', 'state')
  }
  await rejects(() => AttributionState.fromBytes('text', 'markov'), ConfigError, 'invalid_option', 'bytes')
  await fails(() => new AttributionState('markow'), ConfigError, 'unknown_model', 'model')
  await fails(() => new AttributionState('linear', { keepPaths: true }), ConfigError, 'unknown_option', 'keepPaths')
  await fails(() => new AttributionState('time_decay', { keep_paths: true }), ConfigError, 'invalid_option', 'keep_paths')
  assert.deepEqual(await state.toBytes(), before)
})

test('long work is watched and cancelled', async () => {
  const credit = await (await journeysOf()).attribute('markov')
  const stages = new Set()
  await credit.intervals({ replicates: 50 }, { onProgress: ({ stage }) => stages.add(stage) })
  assert.ok(stages.has('resampling'))
  const signal = AbortSignal.timeout(20)
  await assert.rejects(credit.intervals({ replicates: 100_000 }, { signal }), Cancelled)
  await assert.rejects((await partsOf('markov')).finish({ signal: AbortSignal.abort() }), Cancelled)
})
