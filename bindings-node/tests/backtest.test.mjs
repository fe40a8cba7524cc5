// Backtests of programmes: what the bindings add to the core's own tests. Expected values are counted by hand.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Cancelled, ConfigError, DataError, Ecosystem, Program, ProgramReview, recommendProgram } from 'cosell'

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

// Won deals with their partner; C-1 has two, the second one in February, C-2 has one.
const deals = [['O-1', 'C-1', '2026-01-10', 100], ['O-2', 'C-1', '2026-02-10', 200], ['O-3', 'C-2', '2026-01-20', 70]]
const eco = await Ecosystem.create(
  {
    partners: [{ partner_id: 'C-1' }, { partner_id: 'C-2' }],
    opportunities: deals.map(([opportunity_id, , closed_at, amount]) => {
      return { opportunity_id, account_id: 'A', status: 'won', amount, currency: 'USD', created_at: '2025-12-01', closed_at }
    }),
    opportunity_partners: deals.map(([opportunity_id, partner_id]) => ({ opportunity_id, partner_id, role: 'influencer' })),
    touchpoints: deals.map(([opportunity_id, partner_id, at]) => ({ opportunity_id, partner_id, at, kind: 'meeting' })),
  },
  { currency: 'USD' },
)

function ofDeals(name, at_least) {
  const won = { from: 'opportunities', where: [{ field: 'status', is: 'won' }] }
  return new Program({
    program: 'services',
    version: name,
    tiers: [{ tier: 'member', rank: 1 }, { tier: 'gold', rank: 2 }],
    metrics: { deals: { measure: { count: won } } },
    qualification: { gold: { threshold: { metric: 'deals', at_least } } },
  })
}
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

test('an ecosystem is replayed as it was known', async () => {
  const found = await ofDeals('1', 2).replay(eco, { monthly: { from: '2026-01-31', to: '2026-03-15' } })
  assert.deepEqual(found.reviews.map((review) => review.as_of), ['2026-01-31', '2026-02-28'])
  const tiers = found.decisions.toObjects().map((row) => [row.partner_id, row.effective])
  assert.deepEqual(tiers, [['C-1', 'member'], ['C-2', 'member'], ['C-1', 'gold'], ['C-2', 'member']])
  const { decisions } = found.reviews[0]
  const again = await ofDeals('1', 2).replay(eco, { days: [new Date('2026-02-28')], previous: decisions })
  assert.equal(again.decisions.toString(), found.reviews[1].decisions.toString())
})

test('versions are tried with what is at stake', async () => {
  const credit = { influence: await (await eco.journeys()).attribute('linear') }
  const tried = await ofDeals('1', 1).backtest(ofDeals('2', 2), eco, { days: ['2026-01-31', '2026-02-28'], credit })
  const moves = tried.moves.toObjects().map((row) => [row.partner_id, row.revenue, row.credit, row.required])
  assert.deepEqual(moves, [['C-1', 100, 100, 2], ['C-2', 70, 70, 2], ['C-2', 70, 70, 2]])
  assert.deepEqual(column(tried.criteria, 'partners'), [2, 1])
  assert.deepEqual([tried.before.reviews.length, tried.after.decisions.length, tried.flows.length > 0], [2, 4, true])
  const frames = [[as_of, [{ partner_id: 'C-1', deals: 1 }]]]
  assert.equal((await ofDeals('1', 1).backtest(ofDeals('2', 2), frames, { stake: 'deals' })).moves.length, 1)
})

test('facts are shaken and designed with', async () => {
  const effects = await ofDeals('1', 2).sensitivity(eco, { as_of: '2026-02-28', change: 0.5, stake: 'revenue' })
  // At three deals C-1 with 300 falls, at one C-2 with 70 rises.
  const found = effects.toObjects().map((row) => [row.to, row.stake_up, row.stake_down]).sort((a, b) => a[0] - b[0])
  assert.deepEqual(found, [[1, 70, 0], [3, 0, 300]])
  const threshold = 'qualification.gold.threshold'
  const shares = await ofDeals('1', 2).design(eco, { as_of: '2026-02-28', threshold, shares: [1] })
  assert.deepEqual(shares.toObjects().map((s) => [s.threshold, s.partners]), [[1, 2]])
})

test('long calls are watched and cancelled', async () => {
  const review = await program.review(partners, { as_of })
  const calls = [
    (watch) => review.compare(review, null, watch),
    (watch) => recommendProgram([partners], { metrics: ['revenue'] }, watch),
    (watch) => program.replay([[as_of, partners]], null, watch),
    (watch) => ofDeals('1', 1).backtest(ofDeals('2', 2), eco, { days: [as_of] }, watch),
  ]
  for (const call of calls) {
    await assert.rejects(call({ signal: AbortSignal.abort() }), Cancelled)
    const stages = []
    await call({ onProgress: ({ stage }) => stages.push(stage) })
    assert.ok(['compare', 'recommend', 'decide'].includes(stages.at(-1)), stages.at(-1))
  }
})

test('what is wrong is named', async () => {
  const review = await program.review(partners, { as_of })
  const threshold = 'qualification.gold.threshold'
  for (const [work, type, code, field] of [
    [() => review.compare(program), ConfigError, 'invalid_option', 'other'],
    [() => review.compare(review, { stake: 'revenu' }), ConfigError, 'unknown_name', 'stake'],
    [() => review.compare(review, { stakes: [{ partner_id: 1 }] }), DataError, 'missing_column', 'stakes.stake'],
    [() => review.compare(review, { steak: 'deals' }), ConfigError, 'unknown_option', 'steak'],
    [() => program.diff(review), ConfigError, 'invalid_option', 'other'],
    [() => program.backtest(review, [[as_of, partners]]), ConfigError, 'invalid_option', 'other'],
    [() => program.replay(5), ConfigError, 'invalid_option', 'partners'],
    [() => program.replay([5]), ConfigError, 'invalid_option', 'partners[0]'],
    [() => program.replay([[as_of, partners], [as_of]]), ConfigError, 'invalid_option', 'partners[1]'],
    [() => program.replay([[5, partners]]), ConfigError, 'invalid_option', 'partners[0]'],
    [() => program.replay([['2026-02-30', partners]]), DataError, 'invalid_date', 'partners[0]'],
    [() => program.replay([[as_of, 5]]), DataError, 'unsupported_input', 'partners[0]'],
    [() => program.replay([[as_of, partners], [as_of, partners]]), ConfigError, 'invalid_option', 'partners[1]'],
    [() => program.replay([[as_of, partners]], { days: [as_of] }), ConfigError, 'invalid_option', 'days'],
    [() => program.replay([[as_of, partners]], { monthly: { from: as_of } }), ConfigError, 'missing_option', 'monthly.to'],
    [() => program.replay([[as_of, partners]], { credit: [] }), ConfigError, 'invalid_option', 'credit'],
    [() => program.replay([], { after: 1 }), ConfigError, 'unknown_option', 'after'],
    [() => program.replay([], 5), ConfigError, 'invalid_option', 'options'],
    [() => program.replay(eco), ConfigError, 'missing_option', 'days'],
    [() => program.replay(eco, { days: ['soon'] }), DataError, 'invalid_date', 'days[0]'],
    [() => program.backtest(program, [], { stake: 'deals' }), ConfigError, 'missing_option', 'partners'],
    [() => program.backtest(program, eco, { days: [as_of], stake_credit: 'linear' }), ConfigError, 'unknown_name', 'stake_credit'],
    [() => program.sensitivity(partners, { as_of, metrics: partners }), ConfigError, 'invalid_option', 'metrics'],
    [() => program.design(partners, { as_of, credit: { a: 5 } }), ConfigError, 'invalid_option', 'credit.a'],
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
