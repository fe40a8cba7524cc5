// What several tests share: a small ecosystem whose numbers can be checked by hand.

import assert from 'node:assert/strict'

/** Two won deals, one lost, one open; three partners. */
export function smallTables() {
  return {
    partners: [
      { partner_id: 'P-1', name: 'Acme', types: ['reseller', 'msp'] },
      { partner_id: 'P-2', name: 'Globex', types: 'isv' },
      { partner_id: 'P-3', name: 'Initech' },
    ],
    opportunities: [
      deal('O-1', 'won', 100.01, '2026-01-10', '2026-03-01'),
      deal('O-2', 'won', 200, '2026-02-10', '2026-04-01'),
      deal('O-3', 'lost', 50, '2026-02-20', '2026-05-01'),
      deal('O-4', 'open', 70, '2026-06-01', null),
    ],
    touchpoints: [
      touch('T-1', 'O-1', 'P-1', '2026-01-11T09:00:00Z', 'demo'),
      touch('T-2', 'O-1', 'P-2', new Date('2026-01-12T09:00:00Z'), 'webinar'),
      touch('T-3', 'O-1', 'P-3', '2026-02-12', 'demo'),
      touch('T-4', 'O-2', 'P-2', '2026-02-11', 'referral'),
      touch('T-5', 'O-3', 'P-3', '2026-02-21', 'demo'),
    ],
  }
}

function deal(opportunity_id, status, amount, created_at, closed_at) {
  return { opportunity_id, account_id: 'A-1', status, amount, currency: 'USD', created_at, closed_at }
}

function touch(touch_id, opportunity_id, partner_id, at, kind) {
  return { touch_id, opportunity_id, partner_id, at, kind }
}

/** Asserts that `work` fails with that class, code and field; gives the error back. */
export async function fails(work, type, code, field) {
  let error
  try {
    await work()
  } catch (caught) {
    error = caught
  }
  assert.ok(error, 'expected an error')
  assert.ok(error instanceof type, `expected ${type.name}, got ${error.stack}`)
  assert.equal(error.name, type.name)
  assert.equal(error.code, code, error.message)
  if (field !== undefined) assert.equal(error.field, field, error.message)
  return error
}

/** Asserts that an async function never throws: it gives a promise, and that rejects. */
export async function rejects(work, type, code, field) {
  let promise
  assert.doesNotThrow(() => {
    promise = work()
  }, 'an async function threw')
  assert.ok(promise instanceof Promise)
  return fails(() => promise, type, code, field)
}
