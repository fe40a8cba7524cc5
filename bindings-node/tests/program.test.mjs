// Partner programmes: what the bindings add to the conformance cases.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { inspect } from 'node:util'

import { ConfigError, DataError, Ecosystem, Program, ProgramReview, setThreads, threads } from 'cosell'

import { fails } from './helpers.mjs'

const ROOT = new URL('../../', import.meta.url)
const document = {
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
  benefits: { funds: { tiers: { gold: true } } },
}
const partners = [
  { partner_id: 'P-1', deals: 3, people: 2 },
  { partner_id: 'P-2', deals: 7, people: 2 },
]
const as_of = '2026-11-20'
const program = new Program(document)

test('one partner gets its tier, why and its gaps at once', () => {
  const verdict = program.evaluate({ deals: 3, people: 2 }, { as_of, gaps: 'next', costs: { deals: { cost: 900 } } })
  assert.equal(verdict.effective, 'member')
  assert.equal(verdict.because[0].code, 'entered')
  const [ahead] = verdict.next_tiers
  assert.deepEqual([ahead.tier, ahead.satisfied, ahead.total], ['gold', 1, 2])
  assert.deepEqual(ahead.gaps.map((gap) => [gap.metric, gap.missing]), [['deals', 2]])
  assert.equal(ahead.cheapest.cost, 1800)
})

test('an earlier verdict is handed in again', () => {
  const previous = program.evaluate({ deals: 7, people: 2 }, { as_of: '2026-10-20' })
  assert.equal(program.evaluate({ deals: 7, people: 2 }, { as_of, previous }).previous, 'gold')
})

test('versions are compared and linted', () => {
  assert.equal(program.diff(program).length, 0)
  const harder = { ...document, qualification: { gold: { threshold: { metric: 'deals', at_least: 6 } } } }
  assert.ok(program.diff(new Program(harder)).length >= 1)
  assert.ok(program.lint().columnNames.includes('code'))
})

test('a day may be a Date', () => {
  assert.equal(program.evaluate({ deals: 7, people: 2 }, { as_of: new Date(as_of) }).as_of, as_of)
})

test('a review gives every table', async () => {
  const review = await program.review(partners, { as_of })
  const column = (table, name) => table.toObjects().map((row) => row[name])
  assert.deepEqual([review.length, review.as_of, review.program.tiers], [2, as_of, ['member', 'gold']])
  assert.deepEqual(column(review.decisions, 'effective'), ['member', 'gold'])
  assert.equal(review.decisions, review.decisions)
  assert.deepEqual(column(review.metrics, 'deals'), [3, 7])
  assert.deepEqual(column(review.reasons, 'partner_id'), ['P-1', 'P-2'])
  for (const name of ['scorecards', 'cutoffs', 'forecast', 'findings']) assert.equal(review[name].length, 0, name)
  const costs = { deals: { cost: 900 }, people: { cost: 50 } }
  assert.deepEqual(column(await review.gaps(), 'missing'), [2])
  assert.deepEqual(column(await review.progress({ reach: 'every' }), 'satisfied'), [1])
  assert.deepEqual(column(await review.actions({ costs }), 'cost'), [1800])
  assert.equal((await review.outOfReach({ costs })).length, 0)
  assert.deepEqual(column((await review.economics({ costs })).tiers, 'tier'), ['member', 'gold'])
  const axis = { metric: 'deals', cuts: { values: [5] } }
  assert.deepEqual(column(await review.segments({ performance: axis, potential: axis }), 'segment'), ['low_low', 'high_high'])
  assert.equal((await review.enablement({ needed_on: '2026-12-24' })).length, 0)
  assert.equal(review.explain('P-1', { costs }).next_tiers[0].cheapest.cost, 1800)
  assert.equal(review.explain('P-1').metrics.deals.facts.first[0].kind, 'handed_in')
  assert.equal(review.explain('P-1', { facts: 0 }).metrics.deals.facts, undefined)
  assert.deepEqual(column(await review.facts({ partner_id: 'P-1', metric: 'deals' }), 'value'), [3])
  assert.deepEqual(column(review.benefits, 'partner_id'), ['P-2'])
  assert.match(inspect(review), /partners: 2/)
  const later = await program.review(partners, { as_of: '2026-12-20', previous: review.decisions })
  assert.deepEqual(column(later.decisions, 'previous'), ['member', 'gold'])
})

test('documents come from texts and files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cosell-'))
  const file = join(folder, 'services.json')
  writeFileSync(file, JSON.stringify(document))
  assert.deepEqual(Program.fromFile(file).document, program.document)
  assert.deepEqual(new Program(program.document).document, JSON.parse(JSON.stringify(program)))
  const text = "program: s\nversion: '1'\ntiers: [{tier: gold, rank: 1}]\n"
  assert.deepEqual(Program.fromText(text, 'yaml').tiers, ['gold'])
  assert.throws(() => Program.fromFile(join(folder, 'missing.json')), { code: 'ENOENT' })
  writeFileSync(file, Uint8Array.of(0xff, 0xfe))
  assert.throws(() => Program.fromFile(file), { code: 'invalid_document' })
})

test('what is wrong is named', async () => {
  const review = await program.review(partners, { as_of })
  const full = { deals: 3, people: 2 }
  for (const [work, type, code, field] of [
    [() => program.evaluate(full), ConfigError, 'missing_option', 'as_of'],
    [() => program.evaluate({ deal: 3 }, { as_of }), ConfigError, 'unknown_name', 'metrics.deal'],
    [() => program.evaluate({ deals: 3 }, { as_of }), DataError, 'missing_column', 'metrics.people'],
    [() => program.evaluate([], { as_of }), ConfigError, 'invalid_option', 'metrics'],
    [() => program.evaluate(full, { as_of, gap: 'next' }), ConfigError, 'unknown_option', 'gap'],
    [() => program.review(partners), ConfigError, 'missing_option', 'as_of'],
    [() => program.review(5, { as_of }), DataError, 'unsupported_input', 'partners'],
    [() => program.review(partners, 5), ConfigError, 'invalid_option', 'options'],
    [() => program.review(partners, { as_of, metrics: partners }), ConfigError, 'invalid_option', 'metrics'],
    [() => program.review(partners, { as_of, credit: [] }), ConfigError, 'invalid_option', 'credit'],
    [() => program.review(partners, { as_of, credit: { a: 1 } }), ConfigError, 'invalid_option', 'credit.a'],
    [() => review.gaps({ reach: 'all' }), ConfigError, 'invalid_option', 'reach'],
    [() => review.actions(), ConfigError, 'missing_option', 'costs'],
    [() => review.explain('P-3'), ConfigError, 'unknown_name', 'partner_id'],
    [() => review.facts({ partner_id: 'P-3' }), ConfigError, 'unknown_name', 'partner_id'],
    [() => review.facts(), ConfigError, 'missing_option', 'partner_id'],
    [() => program.benefits('golden', { as_of }), ConfigError, 'unknown_name', 'tier'],
    [() => program.benefits('gold'), ConfigError, 'missing_option', 'as_of'],
    [() => program.benefits('gold', 5), ConfigError, 'invalid_option', 'options'],
    [() => Program.fromText('{}', 'jsn'), ConfigError, 'invalid_option', 'format'],
    [() => Program.fromText(5), ConfigError, 'invalid_option', 'text'],
    [() => Program.fromFile(5), ConfigError, 'invalid_option', 'path'],
    [() => new Program(undefined), ConfigError, 'invalid_option', ''],
  ]) {
    await fails(async () => work(), type, code, field)
  }
  assert.throws(() => new ProgramReview(), TypeError)
})

/** The digest of what the review of the sample gives; Rust and Python say the same. */
function fnv(text) {
  let digest = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) digest = BigInt.asUintN(64, (digest ^ BigInt(byte)) * 0x100000001b3n)
  return digest.toString(16).padStart(16, '0')
}

function sampleTables(backwards) {
  const folder = new URL('examples/data/', ROOT)
  const files = readdirSync(folder).filter((name) => name.endsWith('.csv'))
  return Object.fromEntries(
    files.map((name) => {
      const [head, ...rows] = readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n')
      return [name.slice(0, -4), { csv: [head, ...(backwards ? rows.reverse() : rows)].join('\n') }]
    }),
  )
}

test('the review of the sample has the same bytes in every language', async () => {
  const wanted = JSON.parse(readFileSync(new URL('conformance/digests.json', ROOT), 'utf8')).services
  const before = threads()
  try {
    for (const backwards of [false, true]) {
      for (const count of [1, 2]) {
        setThreads(count)
        const options = { currency: 'USD', max_rate_age_days: 45, on_invalid: 'reject' }
        const eco = await Ecosystem.create(sampleTables(backwards), options)
        const influence = await (await eco.journeys()).attribute('linear')
        const services = Program.fromFile(new URL('examples/programs/services.json', ROOT))
        const review = await services.review(eco, { as_of, credit: { influence } })
        const { decisions, metrics, forecast, benefits } = review
        const [gaps, facts] = [await review.gaps({ reach: 'every' }), await review.facts({ partner_id: 'P-017' })]
        const tables = { decisions, metrics, gaps, forecast, benefits, facts }
        const found = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, fnv(table.toCsv())]))
        assert.deepEqual(found, wanted)
      }
    }
  } finally {
    setThreads(before)
  }
})
