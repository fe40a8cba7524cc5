// Long work: it leaves the event loop free, says how far it is, and stops when asked.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Cancelled, ConfigError, Ecosystem } from 'cosell'
import { rejects, smallTables } from './helpers.mjs'

const ROWS = 1_000_000

/** Deals and a million touches, as typed arrays. */
function manyTouches(rows = ROWS) {
  const deals = 1000
  const ids = Float64Array.from({ length: deals }, (_, i) => i)
  const touches = {
    opportunity_id: Float64Array.from({ length: rows }, (_, i) => i % deals),
    partner_id: Int32Array.from({ length: rows }, (_, i) => (i * 7919) % 100),
    at: new Array(rows).fill('2026-01-02'),
    kind: new Array(rows).fill('demo'),
  }
  const filled = (value) => new Array(deals).fill(value)
  const opportunities = {
    opportunity_id: ids,
    account_id: ids,
    status: filled('won'),
    created_at: filled('2026-01-01'),
    closed_at: filled('2026-02-01'),
  }
  return { opportunities, touchpoints: touches }
}

test('the event loop turns while a million rows are read', async () => {
  const tables = manyTouches()
  const begun = performance.now()
  let last = begun
  let longest = 0
  let ticks = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    ticks++
  }, 5)
  const eco = await Ecosystem.create(tables)
  clearInterval(timer)
  const whole = performance.now() - begun
  assert.equal(eco.touchpoints.length, ROWS)
  assert.ok(ticks > 5, `the timer fired ${ticks} times`)
  assert.ok(longest < whole / 2, `the loop stood still for ${longest.toFixed()} of ${whole.toFixed()} ms`)
})

test('progress is told on the event loop, and once at the end', async () => {
  const seen = []
  await Ecosystem.create(manyTouches(), null, { onProgress: (progress) => seen.push(progress) })
  assert.ok(seen.length > 1)
  for (const { stage, done, total } of seen) {
    assert.equal(typeof stage, 'string')
    assert.ok(done >= 0 && total >= 0)
  }
  const small = []
  await Ecosystem.create(smallTables(), null, { onProgress: (progress) => small.push(progress) })
  assert.equal(small.length, 1)
})

test('an aborted signal stops the work before it begins', async () => {
  const reason = new Error('not today')
  const work = () => Ecosystem.create(smallTables(), null, { signal: AbortSignal.abort(reason) })
  const error = await rejects(work, Cancelled, 'cancelled')
  assert.equal(error.cause, reason)
})

test('a signal stops the work half-way', async () => {
  for (const delay of [0, 10, 50]) {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), delay)
    const started = performance.now()
    await rejects(() => Ecosystem.create(manyTouches(2 * ROWS), null, { signal: controller.signal }), Cancelled, 'cancelled')
    assert.ok(performance.now() - started < 5000)
  }
})

test('a signal after the end is nothing', async () => {
  const controller = new AbortController()
  const eco = await Ecosystem.create(smallTables(), null, { signal: controller.signal })
  controller.abort()
  assert.equal(eco.opportunities.length, 4)
})

test('a callback that throws stops the work and gives its error', async () => {
  const mine = new TypeError('mine')
  let calls = 0
  const onProgress = () => {
    calls++
    throw mine
  }
  await assert.rejects(() => Ecosystem.create(manyTouches(), null, { onProgress }), (error) => error === mine)
  assert.equal(calls, 1)
  await assert.rejects(() => Ecosystem.create(smallTables(), null, { onProgress }), (error) => error === mine)
})

test('what is no watch is refused', async () => {
  const create = (watch) => () => Ecosystem.create(smallTables(), null, watch)
  await rejects(create({ signl: null }), ConfigError, 'unknown_option', 'signl')
  await rejects(create({ signal: 1 }), ConfigError, 'invalid_option', 'signal')
  await rejects(create({ onProgress: 1 }), ConfigError, 'invalid_option', 'onProgress')
  await rejects(create(1), ConfigError, 'invalid_option')
  await Ecosystem.create(smallTables(), null, {})
  await Ecosystem.create(smallTables(), null, { signal: undefined, onProgress: null })
})

test('many pieces of work run at once', async () => {
  const all = await Promise.all(Array.from({ length: 40 }, () => Ecosystem.create(smallTables())))
  assert.ok(all.every((eco) => eco.touchpoints.length === 5))
})
