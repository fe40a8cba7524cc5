// The ecosystem: what it takes, what it tells, and how it fails.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import test from 'node:test'

import * as cosell from 'cosell'
import { fails, rejects, smallTables } from './helpers.mjs'

const { Cancelled, ConfigError, CosellError, DataError, Ecosystem, InternalError } = cosell

test('create and createSync give the same', async () => {
  const sync = Ecosystem.createSync(smallTables())
  const eco = await Ecosystem.create(smallTables())
  assert.deepEqual(eco.tableNames, ['partners', 'opportunities', 'touchpoints'])
  for (const name of eco.tableNames) assert.equal(eco.table(name).toCsv(), sync.table(name).toCsv())
  assert.equal(eco.currency, 'USD')
  assert.match(String(eco), /^Ecosystem\(partners: \d+, opportunities: \d+, touchpoints: \d+; rejected: 0, findings: \d+\)$/)
  assert.equal(inspect(eco), String(eco))
  assert.equal(eco.options.timezone, 'UTC')
  assert.equal(eco.rejected.length, 0)
  assert.ok(eco.findings.columnNames.includes('amount_at_stake'))
})

test('null and undefined tables and options are left out', async () => {
  const eco = await Ecosystem.create({ ...smallTables(), partners: null, accounts: undefined }, { currency: null, timezone: undefined })
  assert.deepEqual(eco.tableNames, ['opportunities', 'touchpoints'])
})

test('the tables of the programme are properties', async () => {
  const on = '2026-01-31'
  const tables = {
    enrollments: [{ partner_id: 'P-1', program: 'services', tier: 'select', valid_from: on }],
    people: [{ person_id: 7, partner_id: 'P-1' }],
    credentials: [{ partner_id: 'P-1', code: 'C', person_id: 7, earned_on: on }],
    activities: [{ partner_id: 'P-1', at: on, kind: 'training', quantity: 8 }],
    measurements: [{ subject: 'opportunity', id: 'O-1', metric: 'fit', value: 0.5, at: on }],
    lines: [{ opportunity_id: 'O-1', line_id: 1, product: 'core', amount: 10 }],
  }
  const eco = await Ecosystem.create({ ...smallTables(), ...tables })
  for (const name of Object.keys(tables)) assert.equal(eco[name].length, 1, name)
  const [line] = eco.lines.toObjects()
  assert.deepEqual([line.amount, line.currency], [10, eco.currency])
  const back = await Ecosystem.fromBytes(await eco.toBytes())
  for (const name of Object.keys(tables)) assert.equal(back[name].toCsv(), eco[name].toCsv())
  tables.measurements[0].subject = 'partner'
  await rejects(() => Ecosystem.create({ ...smallTables(), ...tables }), DataError, 'unknown_id', 'measurements.id')
})

test('a table that was not given says so', async () => {
  const eco = Ecosystem.createSync(smallTables())
  await fails(() => eco.accounts, DataError, 'missing_table', 'accounts')
  await fails(() => eco.table('acounts'), ConfigError, 'unknown_table')
  await fails(() => eco.table(5), ConfigError, 'invalid_option')
})

test('a row that cannot be used is an error, or is rejected on request', async () => {
  const tables = smallTables()
  tables.opportunities.push({ ...tables.opportunities[0], opportunity_id: 'O-9', status: 'wno' })
  const error = await rejects(() => Ecosystem.create(tables), DataError, 'unknown_value', 'opportunities.status')
  assert.equal(error.details.row, 4)
  const eco = await Ecosystem.create(tables, { on_invalid: 'reject' })
  assert.equal(eco.rejected.toObjects()[0].code, 'unknown_value')
})

test('options are checked where they are', async () => {
  const create = (options) => () => Ecosystem.create(smallTables(), options)
  const slip = await rejects(create({ curency: 'USD' }), ConfigError, 'unknown_option', 'curency')
  assert.match(slip.message, /did you mean "currency"/)
  await rejects(create({ timezone: 'Mars/Olympus' }), ConfigError, 'unknown_timezone', 'timezone')
  await rejects(create({ max_rate_age_days: -1 }), ConfigError, 'option_out_of_range', 'max_rate_age_days')
  await rejects(create({ max_rate_age_days: NaN }), ConfigError, 'invalid_option', 'max_rate_age_days')
  await rejects(create({ rollup: ['partner'] }), ConfigError, 'invalid_option', 'rollup[0]')
  await rejects(create('USD'), ConfigError, 'invalid_option')
  await rejects(create([]), ConfigError, 'invalid_option')
  for (const currency of [() => 1, Symbol('x'), new Map(), new Date(NaN), 2n ** 70n + 1n, 'a\ud800']) {
    await rejects(create({ currency }), ConfigError, 'invalid_option', 'currency')
  }
  await rejects(() => Ecosystem.create(null), ConfigError, 'invalid_option')
  await rejects(() => Ecosystem.create([]), ConfigError, 'invalid_option')
  await rejects(() => Ecosystem.create(), ConfigError, 'invalid_option')
  await rejects(() => Ecosystem.create({ deals: [] }), ConfigError, 'unknown_table')
})

test('deep and circular documents are refused, not followed', async () => {
  const create = (values) => () => Ecosystem.create(smallTables(), { values })
  let arrays = []
  let objects = {}
  for (let i = 0; i < 100_000; i++) {
    arrays = [arrays]
    objects = { a: objects }
  }
  await rejects(create(arrays), ConfigError, 'too_deep')
  await rejects(create(objects), ConfigError, 'too_deep')
  const circle = { partners: {} }
  circle.partners.again = circle
  const error = await rejects(create(circle), ConfigError, 'invalid_option', 'values.partners.again')
  assert.match(error.message, /part of itself/)
  await rejects(() => Ecosystem.create({ partners: [{ partner_id: 1, types: arrays }] }), DataError, 'wrong_type')
})

test('errors are Errors with code, field and details', async () => {
  const error = await rejects(() => Ecosystem.create({ opportunities: [{}] }), DataError, 'missing_column')
  assert.ok(error instanceof CosellError && error instanceof Error)
  assert.match(error.stack, /ecosystem\.test\.mjs/)
  assert.match(error.stack, /^DataError: /)
  assert.equal(Object.keys(error).includes('code'), true)
  assert.equal(typeof error.details, 'object')
})

test('a panic is an InternalError', async () => {
  const { createRequire } = await import('node:module')
  const native = createRequire(import.meta.url)('../lib/native.js')
  const { call } = createRequire(import.meta.url)('../lib/errors.js')
  if (!native.panicForTests) return
  const error = await fails(() => call(() => native.panicForTests()), InternalError, 'internal')
  assert.match(error.message, /on purpose.*please report/)
})

test('an exception of a getter reaches the caller as it is', async () => {
  const mine = new RangeError('mine')
  const row = {
    get opportunity_id() {
      throw mine
    },
  }
  await assert.rejects(() => Ecosystem.create({ opportunities: [row] }), (error) => error === mine)
})

test('threads can be set', async () => {
  const before = cosell.threads()
  cosell.setThreads(2)
  assert.equal(cosell.threads(), 2)
  for (const threads of [-1, 1.5, NaN, Infinity, 2 ** 32 + 1]) {
    await fails(() => cosell.setThreads(threads), ConfigError, 'option_out_of_range', 'threads')
  }
  await fails(() => cosell.setThreads('2'), ConfigError, 'invalid_option', 'threads')
  cosell.setThreads(0)
  assert.equal(cosell.threads() >= 1, before >= 1)
  assert.match(cosell.version, /^\d+\.\d+\.\d+/)
})

test('everything is exported by name', () => {
  assert.equal(cosell.default.Ecosystem, Ecosystem)
  for (const type of [CosellError, ConfigError, DataError, Cancelled, InternalError]) assert.equal(typeof type, 'function')
})

test('an ecosystem comes back from its bytes', async () => {
  const deals = [
    { Id: 'O-1', account_id: 'A-1', status: 'won', created_at: '2026-01-10', closed_at: '2026-03-01', amount: 10.05, currency: 'USD' },
    { Id: 'O-2', account_id: 'A-1', status: 'nonsense', created_at: '2026-01-10', amount: 1, currency: 'USD' },
  ]
  const options = { columns: { opportunities: { Id: 'opportunity_id' } }, on_invalid: 'reject' }
  const eco = await Ecosystem.create({ opportunities: deals }, options)
  const back = await Ecosystem.fromBytes(eco.toBytes())
  assert.deepEqual(back.options, eco.options)
  assert.equal(back.currency, 'USD')
  for (const name of ['opportunities', 'rejected', 'findings']) assert.equal(back[name].toCsv(), eco[name].toCsv())
  assert.equal(back.rejected.length, 1)
  const altered = eco.toBytes()
  altered[40] ^= 1
  await fails(() => Ecosystem.fromBytes(altered), DataError, 'corrupt_state', 'state')
  await fails(() => Ecosystem.fromBytes('x'), ConfigError, 'invalid_option', 'bytes')
})
