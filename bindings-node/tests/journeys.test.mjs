// Journeys and credit: many at once, off the event loop.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import test from 'node:test'

import { ConfigError, Credit, DataError, Ecosystem, Journeys } from 'cosell'
import { fails, rejects, smallTables } from './helpers.mjs'

const MODELS = [
  'first_touch',
  'last_touch',
  'first_partner_touch',
  'last_partner_touch',
  'linear',
  'position_based',
  'time_decay',
  'role_weighted',
  { custom_weights: { weights: [3, 1] } },
  'touch_weighted',
  { markov: { credit: 'journey' } },
]

const journeysOf = async (options) => (await Ecosystem.create(smallTables())).journeys(options)

const cents = (table, column) => table.toObjects({ decimals: true }).reduce((sum, row) => sum + BigInt(row[column].replace('.', '')), 0n)

test('every model gives out the whole amount, to the cent', async () => {
  const journeys = await journeysOf()
  for (const model of MODELS) {
    const credit = await journeys.attribute(model)
    assert.equal(cents(credit.totals, 'value'), 30_001n, inspect(model))
    assert.equal(cents(await credit.ledger(), 'value'), 30_001n, inspect(model))
    assert.equal(journeys.attributeSync(model).totals.toCsv(), credit.totals.toCsv())
  }
})

test('linear credit is as by hand', async () => {
  const journeys = await journeysOf()
  assert.equal(journeys.length, 3)
  assert.equal(journeys.touches, 5)
  assert.deepEqual(journeys.channels, ['P-1', 'P-2', 'P-3'])
  assert.equal(journeys.diagnostics.conversions, 2)
  const credit = await journeys.attribute('linear')
  assert.deepEqual(credit.totals.toColumns({ decimals: true }).value, ['33.34', '233.34', '33.33'])
  assert.deepEqual(credit.totals.toColumns().channel, ['P-1', 'P-2', 'P-3'])
  assert.deepEqual(credit.model, { linear: {} })
  assert.equal(credit.diagnostics.exact, true)
  assert.ok(credit instanceof Credit)
  assert.equal(credit.journeys, journeys)
  assert.match(inspect(credit), /linear/)
  assert.match(String(journeys), /^Journeys\(3 journeys, \d+ touches, \d+ channels\)$/)
  assert.equal(inspect(journeys), String(journeys))
  const ledger = await credit.ledger()
  assert.equal(ledger, await credit.ledger())
  const [first] = ledger.toObjects()
  assert.deepEqual(
    { ...first, weight: 0, conversions: 0 },
    { journey: 'O-1', touch: 'T-1', channel: 'P-1', at: new Date('2026-01-11T09:00:00Z'), conversions: 0, value: 33.34, weight: 0, reason: 'linear' },
  )
})

test('a model is a name with options, or a document', async () => {
  const journeys = await journeysOf()
  const named = await journeys.attribute('position_based', { preset: 'w' })
  const document = await journeys.attribute({ position_based: { preset: 'w' } })
  assert.equal(named.totals.toCsv(), document.totals.toCsv())
  assert.equal(named.model.position_based.preset, 'w')
  await journeys.attribute('linear', null)
  await journeys.attribute('linear', {})
  await journeys.attribute('position_based', { first: 0.5, last: undefined, creation: null })
})

test('faults of a model say where they are', async () => {
  const journeys = await journeysOf()
  const faults = [
    [['linaer'], 'unknown_model', 'model'],
    [['time_decay', { half_life: 3 }], 'unknown_option', 'time_decay.half_life'],
    [['time_decay', { half_life_days: -1 }], 'option_out_of_range', 'time_decay.half_life_days'],
    [['time_decay', { half_life_days: NaN }], 'invalid_option', 'half_life_days'],
    [['custom_weights'], 'missing_option', 'custom_weights.weights'],
    [['position_based', { preset: 'u', first: 0.4 }], 'invalid_option', 'position_based.first'],
    [[{ linear: {}, time_decay: {} }], 'invalid_option', 'model'],
    [[{}], 'invalid_option', 'model'],
    [[{ linear: {} }, {}], 'invalid_option', 'options'],
    [[undefined], 'invalid_option', 'model'],
    [[5], 'invalid_option', 'model'],
    [['linear', 5], 'invalid_option', 'options'],
    [['linear', () => 1], 'invalid_option', 'options'],
  ]
  for (const [args, code, field] of faults) {
    await rejects(() => journeys.attribute(...args), ConfigError, code, field)
    await fails(() => journeys.attributeSync(...args), ConfigError, code, field)
  }
  let deep = {}
  for (let i = 0; i < 100_000; i++) deep = { linear: deep }
  await rejects(() => journeys.attribute(deep), ConfigError, 'too_deep')
  await fails(() => journeys.attributeSync(deep), ConfigError, 'too_deep')
})

test('options of journeys are checked', async () => {
  await rejects(() => journeysOf({ lookback_day: 3 }), ConfigError, 'unknown_option', 'lookback_day')
  await rejects(() => journeysOf({ lookback_days: -3 }), ConfigError, 'option_out_of_range', 'lookback_days')
  await rejects(() => journeysOf({ channel: 'partnr' }), ConfigError, 'invalid_option', 'channel')
  assert.deepEqual((await journeysOf({ channel: 'kind', lookback_days: 'all' })).channels, ['demo', 'referral', 'webinar'])
  const kinds = await journeysOf({ kinds: ['demo'] })
  assert.equal(kinds.touches, 3)
})

test('journeys of touches and outcomes', async () => {
  const touches = { deal: [1, 1, 2, 9], partner: ['a', 'b', 'b', 'c'], ts: new Array(4).fill(new Date(0)) }
  const outcomes = [
    { deal: 1, worth_minor: 101, done: true },
    { deal: 2, worth_minor: 50, done: false },
  ]
  const options = { journey: 'deal', channel: 'partner', at: 'ts', value: 'worth_minor', conversions: 'done', currency: 'EUR' }
  const journeys = await Journeys.fromTouchpoints(touches, outcomes.map((o) => (o.done ? o : { ...o, worth_minor: null })), options)
  assert.equal(journeys.length, 2)
  const credit = await journeys.attribute('linear')
  assert.deepEqual(credit.totals.toColumns({ decimals: true }).value, ['0.51', '0.50'])
  assert.equal(journeys.diagnostics.set_aside.touches_of_unlisted_journeys, 1)
  await rejects(() => Journeys.fromTouchpoints(touches), DataError, 'unsupported_input', 'outcomes')
  await rejects(() => Journeys.fromTouchpoints(touches, outcomes, { jorney: 'deal' }), ConfigError, 'unknown_option', 'jorney')
  await rejects(() => Journeys.fromTouchpoints(touches, outcomes), DataError, 'missing_column')
})

test('journeys of aggregated paths', async () => {
  const csv = 'path,total_conversions,total_conversion_value,total_null\na > b > a,3,10.5,1\nb,1,2,0\n'
  const options = { value: 'total_conversion_value', nulls: 'total_null' }
  const journeys = await Journeys.fromPaths({ csv }, options)
  const credit = await journeys.attribute('linear')
  assert.deepEqual([...credit.totals.toColumns().value], [7, 5.5])
  const rows = [{ path: 'a > b > a', total_conversions: 3 }, { path: 'b', total_conversions: 1 }]
  const plain = await (await Journeys.fromPaths(rows)).attribute('first_touch')
  assert.deepEqual([...plain.totals.toColumns().conversions], [3, 1])
  await rejects(() => journeys.attribute('time_decay'), DataError, 'not_enough_data')
  await rejects(() => Journeys.fromPaths('a > b'), DataError, 'unsupported_input', 'paths')
})

test('no journeys give no credit', async () => {
  const eco = await Ecosystem.create({ opportunities: [], touchpoints: [] })
  const credit = await (await eco.journeys()).attribute('linear')
  assert.equal(credit.totals.length, 0)
  assert.equal((await credit.ledger()).length, 0)
})

test('partners at shared accounts are questions', async () => {
  const tables = smallTables()
  const account_id = tables.opportunities[0].account_id
  const eco = await Ecosystem.create({ ...tables, account_partners: [{ account_id, partner_id: 'P-3', relationship: 'msp' }] })
  const found = await eco.inferredInfluence({ as_of: '2026-11-20', kinds: [] })
  assert.deepEqual(Object.keys(found), ['partners', 'deals', 'metrics', 'diagnostics'])
  const [candidate] = found.partners.toObjects()
  assert.deepEqual([candidate.partner_id, candidate.reason, candidate.lift], ['P-3', 'too_few_deals', null])
  assert.equal(found.deals.toObjects()[0].ask, 'since_when')
  assert.equal(found.diagnostics.is_credit, false)
  assert.equal(eco.account_partners.length, 1)
  await rejects(() => eco.inferredInfluence(), ConfigError, 'missing_option', 'as_of')
  const few = { as_of: '2026-11-20', min_deals: 0 }
  await rejects(() => eco.inferredInfluence(few), ConfigError, 'option_out_of_range', 'min_deals')
})

test('the programme is measured', async () => {
  const eco = await Ecosystem.create({
    ...smallTables(),
    investments: [{ partner_id: 'P-1', on: '2026-02-01', category: 'mdf', amount: 10, currency: 'USD', status: 'paid' }],
  })
  const involvement = await eco.involvement({ as_of: '2026-11-20', sourced_rule: 'first_touch' })
  assert.deepEqual(Object.keys(involvement), ['partners', 'buckets', 'metrics'])
  assert.equal(cents(involvement.buckets, 'value'), 30_001n)
  const pipeline = await eco.pipeline({ as_of: new Date('2026-11-20T00:00:00Z') })
  assert.equal(pipeline.metrics.toObjects()[0].value, 70)
  const credit = await (await eco.journeys()).attribute('linear')
  const ropi = await eco.ropi(credit, { as_of: '2026-11-20', margin: 0.5 })
  assert.deepEqual(Object.keys(ropi), ['partners', 'total', 'metrics'])
  const acme = ropi.partners.toObjects().find((row) => row.partner_id === 'P-1')
  assert.equal(acme.cost, 10)
  await rejects(() => eco.involvement(), ConfigError, 'missing_option', 'as_of')
  await rejects(() => eco.pipeline({ as_of: 'soon' }), ConfigError, 'invalid_option', 'as_of')
  await rejects(() => eco.ropi({}, { as_of: '2026-11-20' }), ConfigError, 'invalid_option', 'credit')
  await rejects(() => eco.ropi(credit, { as_of: '2026-11-20', margin: 2 }), ConfigError, 'option_out_of_range', 'margin')
})

test('credit is laid out by dimensions', async () => {
  const eco = await Ecosystem.create(smallTables())
  const credit = await (await eco.journeys()).attribute('linear')
  const table = await eco.creditBy(credit, { by: ['partner', 'year'] })
  assert.deepEqual(table.columnNames.slice(0, 4), ['partner', 'year', 'deals', 'touches'])
  assert.equal(cents(table, 'value'), cents(credit.totals, 'value'))
  assert.equal((await eco.creditBy(credit)).columnNames[0], 'partner')
  await rejects(() => eco.creditBy(credit, { by: ['partnre'] }), ConfigError, 'invalid_option', 'by[0]')
  await rejects(() => eco.creditBy('linear', { by: ['partner'] }), ConfigError, 'invalid_option', 'credit')
})
