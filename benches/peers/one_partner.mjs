// Program.evaluate from Node: one partner of ten metrics, four tiers of eight thresholds, with the gaps to the next tier.
// End to end; microseconds per call.
//
//     node benches/peers/one_partner.mjs [PATH_OF_cosell.node]   (default: the one beside bindings-node/index.js)

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { copyFileSync } from 'node:fs'

const require = createRequire(import.meta.url)
const folder = new URL('../../bindings-node/', import.meta.url).pathname
if (process.argv[2] !== undefined) copyFileSync(process.argv[2], `${folder}cosell.node`)
const { Program } = require(`${folder}index.js`)

const tiers = ['member', 'silver', 'gold', 'platinum']
const metrics = Array.from({ length: 10 }, (_, i) => `metric_${i}`)
const qualification = (rank) => ({
  all: metrics.slice(0, 8).map((metric, i) => ({ threshold: { metric, at_least: 5 * rank + i } })),
})
const program = new Program({
  program: 'bench',
  version: '1',
  tiers: tiers.map((tier, rank) => ({ tier, rank: rank + 1 })),
  metrics: Object.fromEntries(metrics.map((metric) => [metric, { measure: 'given', unit: 'count' }])),
  qualification: Object.fromEntries(tiers.map((tier, rank) => [tier, qualification(rank)])),
})
// Of the second tier, and short of the third in four of its eight thresholds.
const partner = Object.fromEntries(metrics.map((metric, i) => [metric, 5 + i + (i % 2 ? 5 : 0)]))
const last = { program: 'bench', version: '1', as_of: '2026-10-20', effective: 'silver', standing: 'silver' }

function measure(options) {
  const verdict = program.evaluate(partner, options)
  assert.equal(verdict.effective, 'silver')
  assert.equal(verdict.next_tiers[0].gaps.length, 4)
  let best = Infinity
  for (let round = 0; round < 9; round++) {
    const begin = process.hrtime.bigint()
    for (let i = 0; i < 5000; i++) program.evaluate(partner, options)
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / 5000 / 1000)
  }
  return Number(best.toFixed(2))
}

const as_of = '2026-11-20'
console.log(JSON.stringify({ alone_us: measure({ as_of }), with_previous_us: measure({ as_of, previous: last, partner_id: 'P-1' }) }))
