// Backtests of programmes: what the bindings add to the core's own tests. Expected values are counted by hand.

import assert from 'node:assert/strict'
import test from 'node:test'

import { ConfigError, DataError, Program, ProgramReview, recommendProgram } from 'cosell'

import { fails } from './helpers.mjs'

const as_of = '2026-11-20'
const partners = Array.from({ length: 10 }, (_, n) => ({ partner_id: `P-${n + 1}`, deals: n + 1, revenue: 100 * (n + 1) }))

function version(name, deals) {
  return new Program({
    program: 'services',
    version: name,
    tiers: [{ tier: 'member', rank: 1 }, { tier: 'gold', rank: 2 }],
    metrics: { deals: { measure: 'given', unit: 'count' }, revenue: { measure: 'given', unit: 'count' } },
    qualification: { gold: { threshold: { metric: 'deals', at_least: deals } } },
    review: { demotion: { grace_days: 90 } },
  })
}

const program = version('2026', 5)
const column = (table, name) => table.toObjects().map((row) => row[name])

test('more never hurts in a programme of lower bounds', () => {
  assert.equal(program.is_monotone, true)
  const qualification = { gold: { not: { threshold: { metric: 'deals', at_least: 5 } } } }
  assert.equal(new Program({ ...program.document, qualification }).is_monotone, false)
})

test('a harder version moves those between the bounds', async () => {
  const before = await program.review(partners, { as_of })
  const after = await version('2027', 8).review(partners, { as_of })
  const change = await before.compare(after, { stake: 'revenue' })
  // P-5, P-6 and P-7 meet 5 deals but not 8; 500 + 600 + 700 are at stake.
  assert.deepEqual(column(change.moves, 'partner_id'), ['P-5', 'P-6', 'P-7'])
  assert.deepEqual(column(change.moves, 'required'), [8, 8, 8])
  const [down] = change.movements.toObjects().filter((row) => row.direction === 'down')
  assert.deepEqual([down.from, down.to, down.partners, down.stake], ['gold', 'member', 3, 1800])
  assert.equal(column(change.flows, 'partners').reduce((a, b) => a + b), 10)
  const stakes = [{ partner_id: 'P-5', credit: 7.5 }, { partner_id: 'P-5', credit: 1 }]
  const { movements } = await before.compare(after, { stakes, stake: 'credit' })
  assert.equal(movements.toObjects().find((row) => row.direction === 'down').stake, 8.5)
})

test('a replay hands each decision on', async () => {
  const days = [[new Date('2026-01-31'), 5], ['2026-02-28', 4], ['2026-06-30', 4]]
  const frames = days.map(([day, deals]) => [day, [{ partner_id: 'P-1', deals, revenue: 0 }]])
  const replay = await program.replay(frames)
  // Grace of 90 days holds in February and is over in June.
  assert.deepEqual(column(replay.decisions, 'effective'), ['gold', 'gold', 'member'])
  assert.deepEqual(replay.reviews.map((review) => review.as_of), ['2026-01-31', '2026-02-28', '2026-06-30'])
  assert.ok(replay.reviews[0] instanceof ProgramReview)
  assert.deepEqual(column(replay.flows, 'partners'), [1, 1])
  const later = await program.replay(frames.slice(1), { previous: replay.reviews[0].decisions })
  assert.deepEqual(column(later.decisions, 'effective'), ['gold', 'member'])
})

test('numbers move by their share and at least by one', async () => {
  const effects = await program.sensitivity(partners, { as_of, change: 0.4, stake: 'revenue' })
  const found = effects.toObjects().map((e) => [e.to, e.partners_up, e.partners_down, e.stake_up, e.stake_down])
  // Of 5: 3 lets in P-3 and P-4, 7 leaves out P-5 and P-6.
  assert.deepEqual(found.sort((a, b) => a[0] - b[0]), [[3, 2, 0, 700, 0], [7, 0, 2, 0, 1100]])
})

test('the bound that lets in a share', async () => {
  const shares = await program.design(partners, { as_of, threshold: 'qualification.gold.threshold', shares: [0.2, 0.5] })
  assert.deepEqual(shares.toObjects().map((s) => [s.wished, s.threshold, s.partners]), [[2, 9, 2], [5, 6, 5]])
})

test('a draft breaks where the partners do', async () => {
  const period = [1, 2, 3, 50, 51, 52].map((n) => ({ partner_id: n, revenue: n }))
  const draft = await recommendProgram([period], { metrics: ['revenue'], program: 'emea' })
  assert.deepEqual(draft.breaks.toObjects().map((b) => [b.from, b.to, b.partners]), [[1, 3, 3], [50, 52, 3]])
  assert.equal(draft.document.program, 'emea')
  assert.deepEqual(new Program(draft.document).tiers, ['registered', 'bronze'])
  assert.deepEqual(draft.weights.toObjects(), [{ metric: 'revenue', weight: 1 }])
  assert.deepEqual([draft.fits.length > 0, draft.validation.length], [true, 0])
})

test('what is wrong is named', async () => {
  const review = await program.review(partners, { as_of })
  const threshold = 'qualification.gold.threshold'
  for (const [work, type, code, field] of [
    [() => review.compare(program), ConfigError, 'invalid_option', 'other'],
    [() => review.compare(review, { stake: 'revenu' }), ConfigError, 'unknown_name', 'stake'],
    [() => review.compare(review, { stakes: [{ partner_id: 1 }] }), DataError, 'missing_column', 'stakes.stake'],
    [() => review.compare(review, { steak: 'deals' }), ConfigError, 'unknown_option', 'steak'],
    [() => program.replay(5), ConfigError, 'invalid_option', 'frames'],
    [() => program.replay([5]), ConfigError, 'invalid_option', 'frames[0]'],
    [() => program.replay([[as_of, 5]]), DataError, 'unsupported_input', 'frames[0]'],
    [() => program.replay([[as_of, partners], [as_of, partners]]), ConfigError, 'invalid_option', 'as_of'],
    [() => program.replay([], { after: 1 }), ConfigError, 'unknown_option', 'after'],
    [() => program.replay([], 5), ConfigError, 'invalid_option', 'options'],
    [() => program.sensitivity(partners), ConfigError, 'missing_option', 'as_of'],
    [() => program.sensitivity(partners, { as_of, change: 1 }), ConfigError, 'option_out_of_range', 'change'],
    [() => program.design(partners, { as_of, shares: [0.5] }), ConfigError, 'missing_option', 'threshold'],
    [() => program.design(partners, { as_of, threshold, shares: [2] }), ConfigError, 'option_out_of_range', 'shares[0]'],
    [() => recommendProgram([partners]), ConfigError, 'missing_option', 'metrics'],
    [() => recommendProgram(partners[0], { metrics: ['deals'] }), ConfigError, 'invalid_option', 'periods'],
    [() => recommendProgram([], { metrics: ['deals'] }), DataError, 'not_enough_data', 'periods'],
    [() => recommendProgram([partners], { metrics: ['deal'] }), DataError, 'missing_column', 'deal'],
  ]) {
    await fails(async () => work(), type, code, field)
  }
})
