// One journey at once: the request path.

import assert from 'node:assert/strict'
import test from 'node:test'

import { ConfigError, DataError, attributeJourney } from 'cosell'
import { fails } from './helpers.mjs'

test('one journey is split exactly', () => {
  const touches = [{ channel: 'a' }, { channel: 'b' }, { channel: 'a' }]
  const rows = attributeJourney(touches, 'linear', { value: '100.00', currency: 'USD', decimals: true })
  assert.deepEqual(rows.map((r) => r.value), ['33.34', '33.33', '33.33'])
  assert.deepEqual(rows.map((r) => r.channel), ['a', 'b', 'a'])
  const numbers = attributeJourney(touches, 'linear', { value: 100, currency: 'USD' })
  assert.deepEqual(numbers.map((r) => r.value), [33.34, 33.33, 33.33])
  const bare = attributeJourney(touches, { position_based: { first: 0.5, last: 0.5 } })
  assert.deepEqual(bare.map((r) => [r.conversions, r.value]), [[0.5, null], [0, null], [0.5, null]])
  assert.equal(attributeJourney([{ channel: 'a' }], 'linear', { value: 10 })[0].value, 10)
})

test('times are Dates or ISO text, and decide the order', () => {
  const at = new Date('2026-01-02T00:00:00Z')
  for (const late of [at, at.toISOString(), '2026-01-02', '2026-01-02T01:00:00+01:00']) {
    const rows = attributeJourney([{ channel: 'b', at: late }, { channel: 'a', at: new Date(0) }], 'first_touch')
    assert.deepEqual(rows.map((r) => r.weight), [0, 1])
  }
  const touches = [{ channel: 'a', at: '2026-01-01' }, { channel: 'b', at: '2026-01-31' }]
  const halves = attributeJourney(touches, { time_decay: { half_life_days: 30 } }, { conversions: 3 })
  assert.ok(Math.abs(halves[0].conversions - 1) < 1e-9 && Math.abs(halves[1].conversions - 2) < 1e-9)
  const closed = attributeJourney(touches, 'linear', { closed_at: new Date('2026-01-15') })
  assert.deepEqual(closed.map((r) => r.reason), ['linear', 'after_close'].map((r, i) => (i ? r : closed[0].reason)))
  assert.deepEqual(closed.map((r) => r.weight), [1, 0])
})

test('a touch may name its channel by number, or be the vendor’s own', () => {
  const rows = attributeJourney([{ channel: 7 }, { channel: null }, {}, { channel: undefined, role: 'sourcer' }], 'linear')
  assert.deepEqual(rows.map((r) => r.channel), ['7', '(vendor)', '(vendor)', '(vendor)'])
})

test('a touch may be its channel alone', () => {
  const rows = attributeJourney(['a', null, 'b'], 'linear', { conversions: 3 })
  assert.deepEqual(rows.map((r) => [r.channel, r.conversions]), [['a', 1], ['(vendor)', 1], ['b', 1]])
})

test('roles and touch ids are read', () => {
  const touches = [{ channel: 'a', role: 'sourcer', touch: 'S' }, { channel: 'b', role: 'closer', touch: 'T' }]
  const rows = attributeJourney(touches, { role_weighted: { weights: { sourcer: 3, closer: 1 } } })
  assert.deepEqual(rows.map((r) => r.weight), [0.75, 0.25])
})

test('faults say where they are', async () => {
  const one = [{ channel: 'a' }]
  const config = [
    [[{ chanel: 'a' }], 'linear', null, 'unknown_option', 'touches[0].chanel'],
    [one, 'linaer', null, 'unknown_model', 'model'],
    [one, undefined, null, 'invalid_option', 'model'],
    [one, { time_decay: { half_life: 1 } }, null, 'unknown_option', 'time_decay.half_life'],
    [one, 'linear', { valeu: 1 }, 'unknown_option', 'valeu'],
    [one, 'linear', { conversions: NaN }, 'option_out_of_range', 'conversions'],
    [one, 'linear', { conversions: '1' }, 'invalid_option', 'conversions'],
    [one, 'linear', { currency: 5 }, 'invalid_option', 'currency'],
    [one, 'linear', [], 'invalid_option', 'options'],
    [one, 'linear', { decimals: 1 }, 'invalid_option', 'decimals'],
    [one, 'linear', 5, 'invalid_option', 'options'],
    [one, 'linear', { conversions: -1 }, 'option_out_of_range', 'conversions'],
  ]
  for (const [touches, model, options, code, field] of config) {
    await fails(() => attributeJourney(touches, model, options), ConfigError, code, field)
  }
  const data = [
    ['a', 'linear', null, 'unsupported_input', 'touches'],
    [undefined, 'linear', null, 'unsupported_input', 'touches'],
    [[...one, { channel: 1.5 }], 'linear', null, 'wrong_type', 'touches[1].channel'],
    [[{ channel: NaN }], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[{ channel: 'a\ud800' }], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[{ channel: () => 1 }], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[{ channel: 'a', at: new Date(NaN) }], 'linear', null, 'wrong_type', 'touches[0].at'],
    [[{ channel: 'a', at: 'yesterday' }], 'linear', null, 'invalid_date', 'touches[0].at'],
    [[{ channel: 'a', at: 5 }], 'linear', null, 'wrong_type', 'touches[0].at'],
    [[1.5], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[[]], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[new Date(0)], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[new Map([['channel', 'a']])], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [['a\ud800'], 'linear', null, 'wrong_type', 'touches[0].channel'],
    [[{ channel: 'a', touch: 1 }, { channel: 'b', touch: 'x' }], 'linear', null, 'id_kind_mismatch', 'touches[1].touch'],
    [one, 'linear', { value: NaN }, 'not_finite', 'value'],
    [one, 'linear', { closed_at: 'soon' }, 'invalid_date', 'closed_at'],
    [one, 'linear', { created_at: new Date(-8.64e15) }, 'date_out_of_range', 'created_at'],
    [[], 'linear', null, 'not_enough_data', 'touches'],
    [one, 'time_decay', null, 'not_enough_data', 'touches'],
    [[...one, { channel: 'b', at: '2026-01-01' }], 'linear', null, 'null_value', 'touches[1].at'],
    [[{ channel: '(vendor)' }], 'linear', null, 'reserved_name', 'touches[0].channel'],
    [one, 'linear', { value: 'x' }, 'wrong_type', 'value'],
    [one, 'linear', { value: 1, currency: 'XXQ' }, 'unknown_currency', undefined],
    [[{ channel: 'a', at: new Date(8.64e15) }], 'linear', null, 'date_out_of_range', 'touches[0].at'],
  ]
  for (const [touches, model, options, code, field] of data) {
    await fails(() => attributeJourney(touches, model, options), DataError, code, field)
  }
  let deep = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  await fails(() => attributeJourney(deep, 'linear'), DataError, 'wrong_type', 'touches[0].channel')
  await fails(() => attributeJourney([{ channel: deep }], 'linear'), DataError, 'wrong_type', 'touches[0].channel')
  const circle = { channel: 'a' }
  circle.at = circle
  await fails(() => attributeJourney([circle], 'linear'), DataError, 'wrong_type', 'touches[0].at')
})

test('a slip gets a suggestion', () => {
  assert.throws(
    () => attributeJourney([{ channel: 'a' }], 'linear', { val: 1 }),
    (error) => error.details.suggestion === 'value' && error.message.includes('did you mean "value"?'),
  )
})

test('ids and values beyond 2^53 are kept', () => {
  const touches = [{ channel: 7n, at: '2026-01-01', touch: 2n ** 62n }, { channel: 'b', at: '2026-01-01', touch: 9 }]
  const rows = attributeJourney(touches, 'first_touch', { value: 2n ** 53n + 1n, currency: 'JPY', decimals: true })
  assert.deepEqual(rows.map((r) => [r.channel, r.value]), [['7', '0'], ['b', '9007199254740993']])
})

test('what a caller passes is not changed', () => {
  const touches = Object.freeze([Object.freeze({ channel: 'a', at: new Date(0) })])
  const options = Object.freeze({ value: 1, decimals: true })
  attributeJourney(touches, 'linear', options)
  assert.ok(touches[0].at instanceof Date)
})

test('a request is answered in microseconds', () => {
  const touches = Array.from({ length: 8 }, (_, i) => ({ channel: `P-${i}`, at: new Date(1.76e12 + i * 1e8), role: 'sourcer' }))
  const calls = 2000
  const begun = performance.now()
  for (let i = 0; i < calls; i++) attributeJourney(touches, 'linear', { value: 1000, currency: 'USD' })
  const each = ((performance.now() - begun) / calls) * 1000
  // A release build takes less than 20; this bound holds for a development build on a busy machine.
  assert.ok(each < 500, `${each.toFixed(1)} us`)
})
