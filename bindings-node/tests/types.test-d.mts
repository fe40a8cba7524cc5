// What TypeScript users may write, and what it must refuse. Checked by `npm run types`; never run.

import {
  AttributionState,
  Cancelled,
  ConfigError,
  CosellError,
  Ecosystem,
  Journeys,
  Program,
  Table,
  attributeJourney,
  report,
  review,
  say,
  setThreads,
  simulateJourneys,
  version,
  words,
  type Calibration,
  type Cell,
  type Intervals,
  type Model,
  type ModelName,
  type Progress,
  type Qualified,
  type TouchCredit,
} from 'cosell'

interface Deal {
  opportunity_id: string
  amount: number | null
}
declare const deals: Deal[]
declare const bytes: Uint8Array
declare const watch: { signal: AbortSignal; onProgress: (progress: Progress) => void }

// Tables
const eco: Ecosystem = await Ecosystem.create({ opportunities: deals, touchpoints: bytes }, { currency: 'USD' }, watch)
Ecosystem.createSync({ opportunities: { opportunity_id: Int32Array.of(1), at: [new Date(), null, '2026-01-01'] } })
Ecosystem.createSync({ opportunities: { csv: 'a,b' }, partners: { arrow: bytes }, touchpoints: eco.touchpoints, aliases: null })
Ecosystem.createSync({ partners: [{ partner_id: 1n, types: ['msp'] }] }, { rollup: ['partners'], on_invalid: 'reject' })
// @ts-expect-error a table that does not exist
Ecosystem.createSync({ deals })
// @ts-expect-error text is not a table
Ecosystem.createSync({ opportunities: 'a,b' })
// @ts-expect-error an option that does not exist
Ecosystem.createSync({}, { curency: 'USD' })
// @ts-expect-error not a way to handle rows
Ecosystem.createSync({}, { on_invalid: 'ignore' })
// @ts-expect-error made by create only
new Ecosystem()
// @ts-expect-error no such table
eco.table('deals')
// @ts-expect-error a result cannot be changed
eco.currency = 'EUR'

// Results
const table: Table = eco.opportunities
const rows: { [column: string]: Cell }[] = table.toObjects({ decimals: true })
const typed: Deal[] = table.toObjects<Deal>()
const csv: string = table.toCsv()
const ipc: Uint8Array = table.toIpc()
const column: Float64Array | BigInt64Array | (string | number | bigint | boolean | null)[] | undefined = table.toColumns()['amount']
// @ts-expect-error decimals is true or false
table.toObjects({ decimals: 'yes' })

// Journeys and models
const journeys = await eco.journeys({ lookback_days: 'all', channel: 'partners.country' })
await journeys.attribute('linear')
await journeys.attribute('linear', {}, watch)
await journeys.attribute('time_decay', { half_life_days: 14 })
await journeys.attribute('position_based', { preset: 'w' })
await journeys.attribute('custom_weights', { weights: [1, 2] })
await journeys.attribute('touch_weighted', { missing: 0 })
await journeys.attribute({ role_weighted: { weights: { sourcer: 1 } } })
const credit = journeys.attributeSync('first_touch')
const comparison = await journeys.compare(['linear', { markov: { order: 2 } }], { top: 3 }, watch)
const order: number = (await journeys.selectOrder({ max_order: 3 })).recommended
const simulation = await simulateJourneys({ channels: [{ name: 'a', effect: 1, position: 'early' }] })
// @ts-expect-error no such model
await journeys.compare(['linaer'])
// @ts-expect-error a channel needs its name
await simulateJourneys({ channels: [{ effect: 1 }] })
const ledger: Table | null = await credit.ledger()
const chain = await journeys.attribute('markov', { order: 2, removal: 'detour', sequences: [['a', 'b']] })
const transitions: Table = chain.table('transitions')
const intervals: Intervals = await chain.intervals({ replicates: 200, method: 'bca', seed: 1 }, watch)
const calibration: Calibration = await chain.calibrate([{ channel: 'a', effect: 0.1, standard_error: 0.05 }], { scale: 'share' })
const state = new AttributionState('markov', { keep_paths: true })
await state.update(journeys)
await state.merge(await AttributionState.fromBytes(await state.toBytes(), { markov: { order: 1 } }))
const streamed: Table = (await state.finish(watch)).totals
// @ts-expect-error no such removal
await journeys.attribute('markov', { removal: 'none' })
// @ts-expect-error no such method
await chain.intervals({ method: 'bayes' })
// @ts-expect-error no such scale
await chain.calibrate([], { scale: 'lift' })
// @ts-expect-error options are snake_case
new AttributionState('linear', { keepPaths: true })
// @ts-expect-error custom weights need weights
new AttributionState('custom_weights')
// @ts-expect-error no such model
await journeys.attribute('linaer')
// @ts-expect-error no such option
await journeys.attribute('time_decay', { half_life: 14 })
// @ts-expect-error linear has no options
await journeys.attribute('linear', { first: 1 })
// @ts-expect-error no such preset
await journeys.attribute('position_based', { preset: 'v' })
// @ts-expect-error custom weights need weights
await journeys.attribute('custom_weights')
// @ts-expect-error custom weights need weights
journeys.attributeSync('custom_weights', {})
// @ts-expect-error a document has one model
await journeys.attribute({ linear: {}, time_decay: { half_life_days: 3 } })
// @ts-expect-error no such channel
await eco.journeys({ channel: 'country' })
// @ts-expect-error "all" is the only word
await eco.journeys({ lookback_days: 'none' })
const name: ModelName = 'last_partner_touch'
const model: Model = { time_decay: {} }
// @ts-expect-error needs a document, for its weights
const bare: Model = 'custom_weights'

await Journeys.fromPaths({ csv: 'path,total_conversions' }, { separator: '>' })
await Journeys.fromTouchpoints([{ deal: 1 }], [{ deal: 1 }], { journey: 'deal' }, watch)
// @ts-expect-error outcomes are needed
await Journeys.fromTouchpoints([{ deal: 1 }])

// One journey
const one: TouchCredit[] = attributeJourney([{ channel: 'a', at: new Date() }], 'linear', { value: 1, currency: 'USD' })
const exact: string | number | null | undefined = attributeJourney([{ channel: 7 }], model, { decimals: true })[0]?.value
const number: number | null | undefined = one[0]?.value
// @ts-expect-error no such member
attributeJourney([{ chanel: 'a' }], 'linear')
attributeJourney(['a', null, { channel: 'b' }], 'linear')
// @ts-expect-error a time is a Date or text
attributeJourney([{ channel: 'a', at: 5 }], 'linear')

// Programmes
const tiered = new Program({ program: 'p', version: '1', tiers: [{ tier: 'a', rank: 1 }] })
const qualified: Qualified = await tiered.qualify({ deals: new Float64Array(2) }, { as_of: new Date(), cutoffs: [] })
const tierCodes: Int8Array = qualified.codes
const allGaps: Table = await qualified.gaps({ reach: 'every' })
// @ts-expect-error no such option
await tiered.qualify([], { previous: [] })

// The programme and the review
await eco.involvement({ as_of: '2026-11-20', sourced_rule: 'field' })
const { total } = await eco.ropi(credit, { as_of: new Date(), margin: { core: 0.8, '*': 0.6 }, shared_key: 'credit' })
const asked = await eco.inferredInfluence({ as_of: '2026-11-20', compare_by: ['type'], relationships: ['msp'] })
const questions: Table = asked.deals
// @ts-expect-error no such column
await eco.inferredInfluence({ as_of: '2026-11-20', compare_by: ['stage'] })
const result = await review(eco, { as_of: '2026-11-20', models: ['linear', { time_decay: { half_life_days: 7 } }], ropi: { margin: 0.5 } })
const page: string = report(result, { 'ui.title': 'Partnerbericht' })
const sentence: string = say('few_journeys', { evidence: 12, baseline: 30 })
const texts: { [code: string]: string } = words()
// @ts-expect-error texts are text
say('few_journeys', null, { 'difference.few_journeys': 3 })
const learned: Table = (await credit.apply(journeys)).totals
await review(eco, { as_of: '2026-11-20', expected: { stage_probability: { '*': 0.2 }, model: 'markov' }, confidence: { models: ['linear'] } })
const ahead: Table = result.expected
const sure: Table | undefined = result.confidence?.partners
await review(eco, { as_of: '2026-11-20', confidence: { model: 'markov', intervals: { replicates: 500 }, data_driven: false } })
const cube: Table = await eco.creditBy(credit, { by: ['type', 'quarter'], first_month: 2 })
// @ts-expect-error dimensions are a list
await eco.creditBy(credit, { by: 'type' })
const open: Table | undefined = result.pipeline?.partners
await review(journeys)
// @ts-expect-error the day is needed
await eco.involvement({})
// @ts-expect-error the day is needed
await review(eco, {})
// @ts-expect-error no such part
await review(eco, { as_of: '2026-11-20', parts: ['tier'] })
// @ts-expect-error what review gives is needed
report('x')

// Errors
try {
  setThreads(2)
} catch (error) {
  if (error instanceof CosellError) {
    const facts: [string, string, unknown] = [error.code, error.field, error.details['row']]
    void facts
  }
  if (error instanceof Cancelled) {
    const code: 'cancelled' = error.code
    void code
  }
  if (error instanceof ConfigError) {
    const kind: 'ConfigError' = error.name
    void kind
  }
}
// @ts-expect-error a number is needed
setThreads('2')
// @ts-expect-error made by cosell only
new ConfigError('x')

void [tierCodes, allGaps, transitions, intervals, calibration, streamed]
void [rows, typed, csv, ipc, column, ledger, name, bare, exact, number, total, page, open, version, order]
void [comparison.reasons, simulation.truth]
