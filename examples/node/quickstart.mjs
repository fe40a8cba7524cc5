// A small ecosystem, credited under two models, and one journey credited on the spot.
//
//     node examples/node/quickstart.mjs
//
// In a project of your own the import is: import { Ecosystem, attributeJourney } from 'cosell'

import { Ecosystem, attributeJourney } from '../../bindings-node/index.js'

const opportunities = [
  { opportunity_id: 'O-1', account_id: 'A-1', status: 'won', amount: 12_000, currency: 'USD', created_at: '2026-02-01', closed_at: '2026-05-10' },
  { opportunity_id: 'O-2', account_id: 'A-2', status: 'won', amount: 8_500.5, currency: 'USD', created_at: '2026-03-15', closed_at: '2026-04-30' },
  { opportunity_id: 'O-3', account_id: 'A-3', status: 'lost', amount: 5_000, currency: 'USD', created_at: '2026-03-20', closed_at: '2026-06-01' },
]

// A touch without a partner is the vendor's own.
const touchpoints = [
  { opportunity_id: 'O-1', partner_id: 'northwind', at: '2026-01-20T09:00:00Z', kind: 'referral', role: 'sourcer' },
  { opportunity_id: 'O-1', partner_id: null, at: '2026-02-10T15:00:00Z', kind: 'demo' },
  { opportunity_id: 'O-1', partner_id: 'contoso', at: '2026-04-02T11:30:00Z', kind: 'workshop', role: 'influencer' },
  { opportunity_id: 'O-2', partner_id: 'contoso', at: '2026-03-16T08:00:00Z', kind: 'referral', role: 'sourcer' },
  { opportunity_id: 'O-3', partner_id: 'northwind', at: '2026-03-21T10:00:00Z', kind: 'demo' },
]

const eco = await Ecosystem.create({ opportunities, touchpoints })
const journeys = await eco.journeys({ lookback_days: 90 })

for (const model of ['linear', 'position_based']) {
  const credit = await journeys.attribute(model)
  console.log(`\n${model}`)
  console.log(String(credit.totals))
}

const linear = await journeys.attribute('linear')
const ledger = await linear.ledger()
console.log('\nwhy: one row per touch')
console.table(ledger.toObjects({ decimals: true }), ['journey', 'channel', 'value', 'reason'])

// The request path: one journey, synchronous, in microseconds.
console.log('\none journey at once')
console.table(attributeJourney([{ channel: 'northwind' }, { channel: 'contoso' }], 'linear', { value: '99.99', currency: 'USD', decimals: true }))
