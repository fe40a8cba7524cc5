// Every form of table, in and out.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import vm from 'node:vm'
import test from 'node:test'

import { ConfigError, DataError, Ecosystem, Table } from 'cosell'
import { fails, rejects, smallTables } from './helpers.mjs'

const OPTIONS = { currency: 'USD' }

const csvOf = (rows) => {
  const names = Object.keys(rows[0])
  return [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))].map((line) => line.join(',')).join('\n')
}

const deals = [
  { opportunity_id: 'O-1', account_id: 'A-1', status: 'won', amount: 100.5, created_at: '2026-01-10', closed_at: '2026-03-01' },
  { opportunity_id: 'O-2', account_id: 'A-2', status: 'open', amount: 7, created_at: '2026-01-11', closed_at: null },
]

const columnsOf = (rows) => Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]))

test('rows, columns, CSV text and CSV bytes give the same table', async () => {
  const csv = csvOf(deals)
  const bytes = new TextEncoder().encode(csv)
  const inputs = [deals, columnsOf(deals), { csv }, { csv: bytes }, bytes, bytes.buffer, Buffer.from(csv)]
  const expected = Ecosystem.createSync({ opportunities: deals }, OPTIONS).opportunities.toCsv()
  assert.match(expected, /O-1,A-1,won,100.50/)
  for (const opportunities of inputs) {
    const eco = await Ecosystem.create({ opportunities }, OPTIONS)
    assert.equal(eco.opportunities.toCsv(), expected)
  }
})

test('keys that a row lacks, undefined and null are all no value', () => {
  const [first, second] = deals
  const { closed_at: _, ...without } = second
  for (const row of [without, { ...second, closed_at: undefined }, second]) {
    const eco = Ecosystem.createSync({ opportunities: [row, first] }, OPTIONS)
    assert.deepEqual(eco.opportunities.toObjects().map((r) => r.closed_at === null), [true, false])
  }
})

test('a key that first appears after many rows is a column', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ ...deals[0], opportunity_id: i }))
  rows[19_999].owner_id = 'U-1'
  const eco = await Ecosystem.create({ opportunities: rows }, OPTIONS)
  const owners = eco.opportunities.toColumns().owner_id
  assert.equal(owners[19_999], 'U-1')
  assert.equal(owners.filter((v) => v === null).length, 19_999)
})

test('typed arrays of every kind are columns', async () => {
  const types = [Int8Array, Int16Array, Int32Array, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, Float32Array, Float64Array]
  for (const type of [...types, BigInt64Array, BigUint64Array]) {
    const ids = type.from(type.name.startsWith('Big') ? [1n, 2n] : [1, 2])
    if (type === Float32Array) continue
    const eco = await Ecosystem.create({ opportunities: { ...columnsOf(deals), opportunity_id: ids } }, OPTIONS)
    assert.deepEqual(eco.opportunities.toObjects().map((r) => r.opportunity_id), [1, 2], type.name)
  }
  const single = Float32Array.of(0.1, 2.25)
  const eco = await Ecosystem.create({ opportunities: { ...columnsOf(deals), amount: single } }, OPTIONS)
  assert.deepEqual(eco.opportunities.toObjects({ decimals: true }).map((r) => r.amount), ['0.10', '2.25'])
  const shared = new Float64Array(new SharedArrayBuffer(16))
  shared.set([5, 6])
  const other = await Ecosystem.create({ opportunities: { ...columnsOf(deals), opportunity_id: shared } }, OPTIONS)
  assert.deepEqual([...other.opportunities.toColumns().opportunity_id], [5, 6])
})

test('a subarray is read from where it starts', async () => {
  const amount = Float64Array.of(1, 2, 3, 4).subarray(2)
  const eco = await Ecosystem.create({ opportunities: { ...columnsOf(deals), amount } }, OPTIONS)
  assert.deepEqual([...eco.opportunities.toColumns().amount], [3, 4])
})

test('integers are exact to 2^53 as numbers and to 64 bits as BigInt', async () => {
  const ids = async (values) => {
    const rows = values.map((opportunity_id) => ({ ...deals[0], opportunity_id }))
    const eco = await Ecosystem.create({ opportunities: rows }, OPTIONS)
    return eco.opportunities.toObjects().map((r) => r.opportunity_id)
  }
  const safe = Number.MAX_SAFE_INTEGER
  assert.deepEqual(await ids([safe, -safe, 0]), [safe, -safe, 0])
  const big = 2n ** 63n - 1n
  assert.deepEqual(await ids([big, 1n]), [big, 1])
  assert.deepEqual(await ids([2n ** 64n - 1n]), [2n ** 64n - 1n])
  assert.deepEqual(await ids([3, 4n]), [3, 4])
  await rejects(() => ids([2 ** 53 + 2]), DataError, 'wrong_type')
  await rejects(() => ids([2n ** 200n]), DataError, 'wrong_type')
})

test('money is exact', async () => {
  const rows = ['0.1', '0.2', '90071992547409.93', 1e-2].map((amount, i) => ({ ...deals[0], opportunity_id: `O-${i}`, amount }))
  const { opportunities } = await Ecosystem.create({ opportunities: rows }, OPTIONS)
  const exact = opportunities.toObjects({ decimals: true }).map((r) => r.amount)
  assert.deepEqual(exact, ['0.10', '0.20', '90071992547409.93', '0.01'])
  assert.deepEqual(opportunities.toColumns({ decimals: true }).amount, exact)
  assert.equal(opportunities.toObjects()[1].amount, 0.2)
})

test('minor units may come as numbers or BigInts', async () => {
  for (const amount_minor of [[100, 250], [100n, 250n], Float64Array.of(100, 250), BigInt64Array.of(100n, 250n), [100, null]]) {
    const { amount: _, ...columns } = columnsOf(deals)
    const eco = await Ecosystem.create({ opportunities: { ...columns, amount_minor } }, OPTIONS)
    assert.equal(eco.opportunities.toObjects({ decimals: true })[0].amount, '1.00')
  }
})

test('Dates are instants, and go out as Dates or as microseconds', async () => {
  const at = new Date('2026-03-01T10:20:30.123Z')
  const old = new Date('1950-01-01T00:00:00.001Z')
  const eco = await Ecosystem.create({ opportunities: [{ ...deals[0], created_at: old, closed_at: at }] }, OPTIONS)
  const [row] = eco.opportunities.toObjects()
  assert.equal(row.closed_at.getTime(), at.getTime())
  assert.equal(row.created_at.getTime(), old.getTime())
  const columns = eco.opportunities.toColumns()
  assert.ok(columns.closed_at instanceof BigInt64Array)
  assert.equal(columns.closed_at[0], BigInt(at.getTime()) * 1000n)
})

test('values of another realm are read like our own', async () => {
  const rows = vm.runInNewContext(`[{ opportunity_id: 'O-1', account_id: 'A', status: 'won', created_at: new Date(0) }]`)
  const eco = await Ecosystem.create({ opportunities: rows })
  assert.equal(eco.opportunities.toObjects()[0].created_at.getTime(), 0)
  const bytes = vm.runInNewContext('new Uint8Array([105, 100])')
  await rejects(() => Ecosystem.create({ opportunities: bytes }), DataError, 'missing_column')
})

test('text of any script is kept', async () => {
  const names = ['Zürich', '日本', '👩‍🚀', '', 'a\0b', 'x'.repeat(10_000)]
  const rows = names.map((stage, i) => ({ ...deals[0], opportunity_id: i, stage }))
  const eco = await Ecosystem.create({ opportunities: rows }, OPTIONS)
  const stages = eco.opportunities.toObjects().map((r) => r.stage)
  assert.deepEqual(stages, ['Zürich', '日本', '👩‍🚀', null, 'a\0b', 'x'.repeat(10_000)])
})

test('text that is not Unicode is refused and never changed', async () => {
  const broken = [{ ...deals[0], opportunity_id: 'a\ud800' }]
  await rejects(() => Ecosystem.create({ opportunities: broken }, OPTIONS), DataError, 'wrong_type')
  const astride = ['a\ud83d', '\ude80b'].map((opportunity_id) => ({ ...deals[0], opportunity_id }))
  await rejects(() => Ecosystem.create({ opportunities: astride }, OPTIONS), DataError, 'wrong_type')
  await rejects(() => Ecosystem.create({ opportunities: { csv: 'a\ud800' } }), DataError, 'malformed_csv')
})

test('mixed columns are read value by value', async () => {
  const created = ['2026-01-10', new Date('2026-01-11T00:00:00Z'), '2026-01-12T00:00:00Z']
  const rows = created.map((created_at, i) => ({ ...deals[0], opportunity_id: i, created_at, amount: [1, '2.50', 3n][i] }))
  const eco = await Ecosystem.create({ opportunities: rows }, OPTIONS)
  const out = eco.opportunities.toObjects({ decimals: true })
  assert.deepEqual(out.map((r) => r.amount), ['1.00', '2.50', '3.00'])
  assert.deepEqual(out.map((r) => r.created_at.toISOString().slice(0, 10)), ['2026-01-10', '2026-01-11', '2026-01-12'])
})

test('lists are read as lists', () => {
  const [{ types }] = Ecosystem.createSync(smallTables()).partners.toObjects()
  assert.deepEqual(types.split(/[;,] ?/).sort(), ['msp', 'reseller'])
})

test('what a cell cannot hold is refused by name', async () => {
  class Decimal {}
  for (const amount of [NaN, Infinity, {}, () => 1, Symbol('x'), new Map(), true, [[1]]]) {
    const error = await Ecosystem.create({ opportunities: [{ ...deals[0], amount }] }, OPTIONS).catch((e) => e)
    assert.ok(error instanceof DataError, String(amount))
    assert.equal(error.field, 'opportunities.amount')
  }
  const decimal = [{ ...deals[0], amount: new Decimal() }]
  const bad = await rejects(() => Ecosystem.create({ opportunities: decimal }, OPTIONS), DataError, 'wrong_type')
  assert.match(bad.message, /Decimal/)
  const late = [{ ...deals[0], created_at: new Date(NaN) }]
  const date = await rejects(() => Ecosystem.create({ opportunities: late }, OPTIONS), DataError, 'wrong_type')
  assert.match(date.message, /invalid Date/)
})

test('what is no table is refused with what is', async () => {
  const cases = ['text', 5, true, new Map(), new Set(), Promise.resolve([]), new DataView(new ArrayBuffer(8)), () => []]
  for (const opportunities of cases) {
    const error = await rejects(() => Ecosystem.create({ opportunities }), DataError, 'unsupported_input', 'opportunities')
    assert.match(error.message, /expected an array of objects/)
  }
  await rejects(() => Ecosystem.create({ opportunities: [1] }), DataError, 'wrong_type')
  await rejects(() => Ecosystem.create({ opportunities: [[1]] }), DataError, 'wrong_type')
  await rejects(() => Ecosystem.create({ opportunities: { a: 1 } }), DataError, 'unsupported_input', 'opportunities.a')
  await rejects(() => Ecosystem.create({ opportunities: { a: [1], b: [] } }), DataError, 'length_mismatch', 'opportunities.b')
})

test('files that are often taken for tables are named', async () => {
  for (const [start, word] of [[[0x50, 0x41, 0x52, 0x31], 'Parquet'], [[0x50, 0x4b, 3, 4], 'Excel'], [[0x1f, 0x8b], 'gzip']]) {
    const error = await rejects(() => Ecosystem.create({ opportunities: Uint8Array.from(start) }), DataError, 'unsupported_input')
    assert.ok(error.message.includes(word), error.message)
  }
})

test('empty tables are tables', async () => {
  const empty = [[], {}, { opportunity_id: [], account_id: [], status: [], created_at: [] }, { opportunity_id: new Float64Array() }]
  for (const opportunities of empty.slice(0, 3)) {
    const eco = await Ecosystem.create({ opportunities })
    assert.equal(eco.opportunities.length, 0)
    assert.deepEqual(eco.opportunities.toObjects(), [])
  }
  const eco = await Ecosystem.create({ opportunities: { csv: 'opportunity_id,account_id,status,created_at\n' } })
  assert.deepEqual(Object.keys(eco.opportunities.toColumns()), ['opportunity_id', 'account_id', 'status', 'created_at'])
  await rejects(() => Ecosystem.create({ opportunities: new Uint8Array() }), DataError, 'malformed_csv')
})

test('a table prints, counts and becomes JSON', () => {
  const eco = Ecosystem.createSync(smallTables())
  const table = eco.touchpoints
  assert.ok(table instanceof Table)
  assert.equal(table.length, 5)
  assert.ok(table.columnNames.includes('touch_id'))
  assert.match(String(table), /\[5 rows/)
  assert.equal(inspect(table), String(table))
  assert.equal(JSON.parse(JSON.stringify(table))[0].touch_id, 'T-1')
  assert.equal(Object.prototype.toString.call(table), '[object Table]')
  assert.throws(() => new Table(), TypeError)
})

test('a column may have any name', () => {
  const rows = JSON.parse('[{"opportunity_id": 1, "account_id": 2, "status": "won", "created_at": "2026-01-01", "__proto__": "x", "constructor": "y"}]')
  const [row] = Ecosystem.createSync({ opportunities: rows }).opportunities.toObjects()
  assert.equal(Object.getPrototypeOf(row), Object.prototype)
  assert.equal(Object.getOwnPropertyDescriptor(row, '__proto__').value, 'x')
  assert.equal(row.constructor, 'y')
})

test('a table can go back in', async () => {
  const eco = Ecosystem.createSync(smallTables())
  const again = await Ecosystem.create({ opportunities: eco.opportunities, touchpoints: eco.touchpoints })
  assert.equal(again.touchpoints.toCsv(), eco.touchpoints.toCsv())
  assert.equal(again.opportunities.toCsv(), eco.opportunities.toCsv())
})

test('Arrow bytes go in as they came out', async () => {
  const eco = Ecosystem.createSync(smallTables())
  const bytes = eco.opportunities.toIpc({ decimals: true })
  assert.ok(bytes instanceof Uint8Array && !Buffer.isBuffer(bytes))
  for (const opportunities of [bytes, { arrow: bytes }, Buffer.from(bytes)]) {
    const again = await Ecosystem.create({ opportunities })
    assert.equal(again.opportunities.toCsv(), eco.opportunities.toCsv())
  }
  await rejects(() => Ecosystem.create({ opportunities: bytes.subarray(0, 40) }), DataError, 'malformed_arrow')
  await rejects(() => Ecosystem.create({ opportunities: { arrow: Uint8Array.of(1, 2, 3) } }), DataError, 'malformed_arrow')
})

test('options of tables are checked', async () => {
  const { opportunities } = Ecosystem.createSync(smallTables())
  await fails(() => opportunities.toObjects({ decimal: true }), ConfigError, 'unknown_option', 'decimal')
  await fails(() => opportunities.toColumns({ decimals: 1 }), ConfigError, 'invalid_option', 'decimals')
})
