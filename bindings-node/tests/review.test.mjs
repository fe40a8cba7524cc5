// The review: every result in one object, as text and as a page.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import test from 'node:test'

import { Cancelled, ConfigError, DataError, Ecosystem, Journeys, Review, Table, report, review, say, words } from 'cosell'
import { fails, rejects, smallTables } from './helpers.mjs'

const small = () => Ecosystem.create(smallTables())

test('a review holds every result and prints as text', async () => {
  const result = await review(await small(), { as_of: '2026-11-20', parts: ['credit', 'pipeline'] })
  assert.ok(result instanceof Review)
  assert.equal(result.as_of, '2026-11-20')
  assert.equal(result.currency, 'USD')
  assert.deepEqual(result.config.parts, ['credit', 'pipeline'])
  assert.deepEqual(result.models.map((m) => m.label), ['linear', 'first_touch', 'last_touch', 'position_based', 'time_decay'])
  assert.deepEqual([...result.models[0].totals.toColumns().value], [33.34, 233.34, 33.33])
  for (const name of ['coverage', 'headline', 'credit', 'rejected', 'findings', 'notes']) {
    assert.ok(result[name] instanceof Table, name)
    assert.equal(result[name], result[name], 'a table is made once')
  }
  assert.equal(result.confidence, null)
  assert.equal(result.involvement, null)
  assert.equal(result.ropi, null)
  assert.equal(result.pipeline.partners.length, 0)
  assert.match(String(result), /Partner review 2026-11-20/)
  assert.equal(inspect(result), String(result))
  const json = JSON.parse(JSON.stringify(result))
  assert.equal(json.models[0].totals[1].value, 233.34)
  assert.equal(json.ropi, null)
  assert.equal(json.credit.length, result.credit.length)
})

test('a review says how sure its credit is', async () => {
  const confidence = { intervals: { seed: 7, min_journeys: 1 }, data_driven: false }
  const { confidence: sure } = await review(await small(), { as_of: '2026-11-20', models: ['linear', 'last_touch'], confidence })
  assert.deepEqual(Object.keys(sure), ['partners', 'models', 'pairs', 'agreement', 'reasons', 'diagnostics'])
  const [first] = sure.partners.toObjects()
  assert.deepEqual([first.rank, first.channel, first.name, first.note], [1, 'P-2', 'Globex', null])
  assert.ok(first.share_low <= first.share && first.share <= first.share_high)
  assert.equal(sure.agreement.length, 1)
  assert.deepEqual([sure.diagnostics.model, sure.diagnostics.intervals.options.replicates], ['linear', 200])
})

test('an option that is null gets its default, however deep it stands', async () => {
  const confidence = { intervals: { seed: null, replicates: 20 }, compare: null }
  const result = await review(await small(), { as_of: '2026-11-20', confidence, journeys: { channel: null } })
  assert.deepEqual([result.config.confidence.intervals.seed, result.config.journeys.channel], [0, 'partner'])
  const weights = { role_weighted: { weights: { sourcer: null } } }
  await rejects(async () => review(await small(), { as_of: '2026-11-20', models: [weights] }), ConfigError, 'invalid_option')
})

test('a report is one page that needs no network', async () => {
  const page = report(await review(await small(), { as_of: new Date('2026-11-20T12:00:00Z') }))
  assert.match(page, /^<!doctype html>/i)
  assert.match(page, /Globex/)
  assert.doesNotMatch(page, /(src|href)="https?:/)
})

test('journeys alone can be reviewed', async () => {
  const journeys = await Journeys.fromPaths([{ path: 'a > b', total_conversions: 2 }])
  const result = await review(journeys, { models: ['linear'] })
  assert.equal(result.as_of, null)
  assert.ok(result.notes.length > 0)
  assert.match(report(result), /^<!doctype html>/i)
  assert.match(report(result, { 'ui.title': 'Partnerbericht' }), /Partnerbericht/)
  assert.equal((await review(journeys)).as_of, null)
})

test('an option that is null gets its default, in a section too', async () => {
  const eco = await small()
  const journeys = { lookback_days: null, kinds: undefined }
  const models = [{ time_decay: { half_life_days: 30 } }]
  const result = await review(eco, { as_of: '2026-11-20', models, parts: null, journeys, ropi: null })
  assert.equal(result.config.journeys.lookback_days, 90)
  assert.equal(result.config.parts.length, 7)
  const credit = await (await eco.journeys()).attribute({ time_decay: { half_life_days: null } })
  assert.equal(credit.model.time_decay.half_life_days, 30)
})

test('a review says which tiers partners hold', async () => {
  const program = {
    program: 'services', version: '1',
    tiers: [{ tier: 'member', rank: 1 }, { tier: 'gold', rank: 2 }],
    metrics: { touches: { measure: { count: { from: 'touchpoints' } } } },
    qualification: { gold: { threshold: { metric: 'touches', at_least: 1 } } },
  }
  const { tiers } = await review(await small(), { as_of: '2026-11-20', program })
  const held = tiers.decisions.toObjects().map(row => row.effective)
  assert.ok(held.length > 0 && held.every(tier => ['member', 'gold'].includes(tier)), String(held))
  const partners = tiers.distribution.toObjects().reduce((sum, row) => sum + row.partners, 0)
  assert.equal(partners, held.length)
  const twice = { ...program, tiers: [{ tier: 'member', rank: 1 }, { tier: 'gold', rank: 1 }] }
  const faulty = { as_of: '2026-11-20', program: twice }
  await rejects(async () => review(await small(), faulty), ConfigError, 'invalid_option', 'program.tiers[1].rank')
  assert.equal((await review(await small(), { as_of: '2026-11-20' })).tiers, null)
  const [{ partner_id }] = tiers.decisions.toObjects()
  const previous = [{ partner_id, as_of: '2026-10-20', effective: 'member' }]
  const later = await review(await small(), { as_of: '2026-11-20', program, previous })
  assert.equal(later.tiers.diagnostics.before, 'decisions')
  assert.equal(later.tiers.decisions.toObjects()[0].previous, 'member')
  await rejects(async () => review(await small(), { as_of: '2026-11-20', previous }), ConfigError, 'invalid_option', 'previous')
  const journeys = await (await small()).journeys()
  await rejects(async () => review(journeys, { program, previous }), ConfigError, 'invalid_option', 'previous')
  const nothing = { as_of: '2026-11-20', program, previous: [{ partner_id }] }
  await rejects(async () => review(await small(), nothing), DataError, 'missing_column', 'previous.as_of')
})

test('a review can be watched and stopped', async () => {
  const eco = await small()
  let calls = 0
  await review(eco, { as_of: '2026-11-20' }, { onProgress: () => calls++ })
  assert.ok(calls >= 1)
  await rejects(() => review(eco, { as_of: '2026-11-20' }, { signal: AbortSignal.abort() }), Cancelled, 'cancelled')
})

test('faults of a config say where they are', async () => {
  const eco = await small()
  const faults = [
    [{}, 'missing_option', 'as_of'],
    [undefined, 'missing_option', 'as_of'],
    [{ as_of: '20/11/2026' }, 'invalid_option', 'as_of'],
    [{ as_of: '2026-11-20', models: ['linear', 'linaer'] }, 'unknown_model', 'models[1]'],
    [{ as_of: '2026-11-20', model: 'linear' }, 'unknown_option', 'model'],
    [{ as_of: '2026-11-20', journeys: { lookback_day: 3 } }, 'unknown_option', 'journeys.lookback_day'],
    [{ as_of: '2026-11-20', confidence: { intervals: { level: 2 } } }, 'option_out_of_range', 'confidence.intervals.level'],
    [{ as_of: '2026-11-20', parts: ['tier'] }, 'invalid_option', 'parts[0]'],
  ]
  for (const [options, code, field] of faults) await rejects(() => review(eco, options), ConfigError, code, field)
  await rejects(() => review({}, { as_of: '2026-11-20' }), ConfigError, 'invalid_option', 'ecosystem')
  await rejects(() => review(), ConfigError, 'invalid_option', 'ecosystem')
  await fails(() => report('x'), ConfigError, 'invalid_option', 'review')
  await fails(() => report(), ConfigError, 'invalid_option', 'review')
})

test('codes have words', async () => {
  assert.equal(words()['model.linear'], 'Linear')
  assert.equal(say('reason.linear'), 'The same for every touch.')
  await fails(() => say(3), ConfigError, 'invalid_option', 'code')
  await fails(() => say('note.no_cost', null, { 'note.no_cost': 1 }), ConfigError, 'invalid_option', 'words.note.no_cost')
})
