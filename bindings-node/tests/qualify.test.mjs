// What each row of a frame qualifies for: what the binding adds to the conformance cases.

import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'

import { Cancelled, ConfigError, DataError, Ecosystem, Program, Qualified, review, setThreads, threads } from 'cosell'

import { fails } from './helpers.mjs'

const program = new Program({
  program: 'services',
  version: '2026',
  tiers: [
    { tier: 'member', rank: 1 },
    { tier: 'gold', rank: 2 },
  ],
  metrics: { deals: { measure: 'given', unit: 'count' }, people: { measure: 'given', unit: 'people' } },
  qualification: {
    gold: { all: [{ threshold: { metric: 'deals', at_least: 5 } }, { threshold: { metric: 'people', at_least: 2 } }] },
  },
})
const deals = [7, 3, null, 5]
const people = [2, 2, 9, 1]
const rows = deals.map((d, i) => ({ deals: d, people: people[i] }))
const frames = {
  'typed arrays': { deals: Float64Array.of(7, 3, NaN, 5), people: Int32Array.from(people) },
  'narrow arrays': { deals: Float32Array.of(7, 3, 0, 5), people: Uint8Array.from(people) },
  BigInts: { deals: BigInt64Array.of(7n, 3n, 0n, 5n), people: Uint32Array.from(people) },
  arrays: { deals, people },
  objects: rows,
  CSV: { csv: 'deals,people\n7,2\n3,2\n,9\n5,1\n' },
}

for (const [kind, frame] of Object.entries(frames)) {
  test(`${kind} give the same tiers`, async () => {
    const qualified = await program.qualify(frame)
    assert.ok(qualified instanceof Qualified)
    assert.deepEqual(Array.from(qualified.codes), [1, 0, 0, 0])
    const gaps = (await qualified.gaps({ reach: 'every' })).toColumns()
    assert.deepEqual([Array.from(gaps.row), gaps.metric], [[1, 2, 3], ['deals', 'deals', 'people']])
  })
}

test('Arrow bytes give the same tiers', async () => {
  const points = { ...program.document, metrics: { rows: { measure: 'given' } }, qualification: { gold: { threshold: { metric: 'rows', at_least: 3 } } } }
  const { counts } = await program.qualify(rows)
  const arrow = counts.toIpc()
  assert.deepEqual(Array.from((await new Program(points).qualify(arrow)).codes), [0, 1, 0])
  assert.deepEqual(Array.from((await new Program(points).qualify(counts)).codes), [0, 1, 0])
})

test('tables stand in the order of the frame', async () => {
  const partner_id = ['b', 'a', 'b', 'c']
  const qualified = await program.qualify({ partner_id, deals, people })
  assert.deepEqual([qualified.length, qualified.tiers, qualified.tracks], [4, ['member', 'gold'], []])
  assert.ok(qualified.codes instanceof Int8Array && qualified.codes === qualified.codes)
  assert.deepEqual(Array.from(qualified.track_codes), [-1, -1, -1, -1])
  assert.ok(qualified.scores instanceof Float64Array && qualified.scores.every(Number.isNaN))
  assert.deepEqual(qualified.table.columnNames, ['partner_id', 'scope', 'tier', 'track', 'score'])
  const table = qualified.table.toColumns()
  assert.deepEqual(table.partner_id, partner_id)
  assert.deepEqual(table.tier, Array.from(qualified.codes, (code) => qualified.tiers[code]))
  assert.deepEqual(qualified.counts.toObjects(), [
    { tier: 'gold', rows: 1 },
    { tier: 'member', rows: 3 },
    { tier: null, rows: 0 },
  ])
  assert.equal(qualified.cutoffs.length, 0)
  assert.deepEqual(qualified.program.tiers, qualified.tiers)
  assert.match(inspect(qualified), /^Qualified \{ rows: 4 \}/)
  assert.equal(String(qualified), String(qualified.table))
  assert.throws(() => new Qualified(), TypeError)
})

test('doubles that are whole are ids as integers are', async () => {
  const frame = (partner_id) => ({ partner_id, deals: Float64Array.of(7, 3), people: Float64Array.of(2, 2) })
  const ids = [Float64Array.of(12, 7), Int32Array.of(12, 7), [12, 7], BigInt64Array.of(12n, 7n)]
  for (const partner_id of ids) {
    assert.deepEqual((await program.qualify(frame(partner_id))).table.toObjects().map((row) => row.partner_id), [12, 7])
    const { decisions } = await program.review(frame(partner_id), { as_of: '2026-11-20' })
    assert.deepEqual(decisions.toObjects().map((row) => row.partner_id), [7, 12])
  }
})

test('cut-offs of a review are handed in', async () => {
  const top = new Program({ ...program.document, qualification: { gold: { top: { metric: 'deals', share: 0.5 } } } })
  const everybody = Array.from({ length: 10 }, (_, i) => ({ partner_id: String(i), deals: i, people: 0 }))
  const cutoffs = (await top.review(everybody, { as_of: '2026-11-20' })).cutoffs.toObjects()
  assert.deepEqual(Array.from((await top.qualify(everybody.slice(3, 5), { cutoffs })).codes), [0, 0])
  assert.deepEqual(Array.from((await top.qualify(everybody.slice(3, 5), { as_of: new Date('2026-11-20') })).codes), [0, 1])
})

test('many rows give the same on any number of threads', async () => {
  const count = 150_000
  const frame = { deals: Float64Array.from({ length: count }, (_, i) => (i * 7) % 11), people: Float64Array.from({ length: count }, (_, i) => i % 3) }
  const before = threads()
  try {
    const found = []
    for (const number of [1, 2, 3]) {
      setThreads(number)
      const qualified = await program.qualify(frame)
      found.push([qualified.codes, (await qualified.gaps()).length])
    }
    assert.deepEqual(found[0], found[1])
    assert.deepEqual(found[0], found[2])
    assert.ok(found[0][0].every((code, i) => code === (frame.deals[i] >= 5 && frame.people[i] >= 2 ? 1 : 0)))
  } finally {
    setThreads(before)
  }
})

test('a review in place of its decisions is refused, and a program stands for its document', async () => {
  const earlier = await program.review([{ partner_id: 'x', deals: 1, people: 1 }], { as_of: '2026-02-20' })
  const again = (previous) => program.review([{ partner_id: 'x', deals: 1, people: 1 }], { as_of: '2026-03-20', previous })
  const error = await fails(() => again(earlier), DataError, 'unsupported_input', 'previous')
  assert.match(error.message, /\.decisions/)
  assert.equal((await again(earlier.decisions)).decisions.toObjects()[0].previous, 'member')
  const eco = await Ecosystem.create({ partners: [{ partner_id: 'x' }] })
  const given = { ...program.document, metrics: {}, qualification: {} }
  const [a, b] = await Promise.all([new Program(given), given].map((p) => review(eco, { as_of: '2026-03-20', program: p })))
  assert.equal(a.tiers.decisions.toCsv(), b.tiers.decisions.toCsv())
})
test('what is wrong is named', async () => {
  const one = { deals: [1], people: [1] }
  const wrong = [
    [{ deals: [1] }, undefined, DataError, 'missing_column', 'people'],
    [{ deals: Float64Array.of(1, Infinity), people: Float64Array.of(1, 1) }, undefined, DataError, 'not_finite', 'deals'],
    [{ deals: Float64Array.of(1), people: Float64Array.of(1, 1) }, undefined, DataError, 'length_mismatch', 'partners.people'],
    [{ deals: ['x'], people: [1] }, undefined, DataError, 'wrong_type', 'deals'],
    [3, undefined, DataError, 'unsupported_input', 'partners'],
    [one, { previous: [] }, ConfigError, 'unknown_option', 'previous'],
    [one, { as_of: 'tomorrow' }, DataError, 'invalid_date', 'as_of'],
    [one, 3, ConfigError, 'invalid_option', 'options'],
  ]
  for (const [frame, options, type, code, field] of wrong) {
    await fails(() => program.qualify(frame, options), type, code, field)
  }
  const qualified = await program.qualify(one)
  await fails(() => qualified.gaps({ reach: 'all' }), ConfigError, 'invalid_option', 'reach')
  await fails(() => program.qualify(one, {}, { signal: AbortSignal.abort() }), Cancelled, 'cancelled')
})
