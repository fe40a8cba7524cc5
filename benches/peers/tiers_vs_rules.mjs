// Tiers of 20,000 partners against json-rules-engine and @gorules/zen-engine, in one process: four tiers of eight
// thresholds, from ready columns (typed arrays); `qualify` (tiers and nothing else) and `review` (decisions about partners).
//
//     node benches/peers/tiers_vs_rules.mjs FOLDER_WITH_THE_PEERS [PACKAGE] [PARTNERS] [PARTNERS_OF_PEERS]
//
// PACKAGE is a folder with the package and a release build of its addon (default: bindings-node). The peers come from npm, in
// any folder: npm install json-rules-engine @gorules/zen-engine

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'

const [folder, own = new URL('../../bindings-node', import.meta.url).pathname, partners = '20000', ofPeers = '2000'] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const peers = createRequire(path.join(path.resolve(folder), 'index.js'))
const { Program } = require(path.join(path.resolve(own), 'index.js'))

const TIERS = ['bronze', 'silver', 'gold', 'platinum']
const METRICS = Array.from({ length: 8 }, (_, i) => `m${i}`)
const limit = (tier, metric) => tier * 10 + metric
const rows = Number(partners)
const few = Number(ofPeers)

// A generator of its own, so that every run has the same partners (Numerical Recipes, 32 bits).
let state = 7
const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const columns = Object.fromEntries(METRICS.map((metric) => [metric, Float64Array.from({ length: rows }, () => Math.floor(draw() * 90))]))
const facts = (row) => Object.fromEntries(METRICS.map((metric) => [metric, columns[metric][row]]))
const expected = (row) => {
  for (let tier = 3; tier >= 0; tier--) {
    if (METRICS.every((metric, i) => columns[metric][row] >= limit(tier, i))) return TIERS[tier]
  }
  return null
}

const program = new Program({
  program: 'bench',
  version: '1',
  tiers: TIERS.map((tier, i) => ({ tier, rank: i + 1 })),
  metrics: Object.fromEntries(METRICS.map((metric) => [metric, { measure: 'given', unit: 'number' }])),
  qualification: Object.fromEntries(
    TIERS.map((tier, t) => [tier, { all: METRICS.map((metric, i) => ({ threshold: { metric, at_least: limit(t, i) } })) }]),
  ),
})
const table = { partner_id: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)), ...columns }

async function best(work, rounds = 5) {
  let least = Infinity
  for (let round = 0; round < rounds; round++) {
    const begin = process.hrtime.bigint()
    await work()
    least = Math.min(least, Number(process.hrtime.bigint() - begin) / 1000)
  }
  return least
}

let qualified
const tiers = (await best(async () => {
  qualified = await program.qualify(columns)
  assert.equal(qualified.codes.length, rows)
}, 300)) / rows
let rowsOfGaps
const gaps = (await best(async () => {
  rowsOfGaps = (await (await program.qualify(columns)).gaps({ reach: 'every' })).length
}, 60)) / rows
const withIds = (await best(async () => {
  assert.equal((await program.qualify(table)).codes.length, rows)
}, 300)) / rows
let decisions
const reviewed = (await best(async () => {
  decisions = (await program.review(table, { as_of: '2026-11-20' })).decisions
})) / rows
const reviewedGaps = (await best(async () => {
  const review = await program.review(table, { as_of: '2026-11-20' })
  assert.ok((await review.gaps({ reach: 'every' })).length > 0)
})) / rows
decisions.toObjects().forEach((row, at) => assert.equal(row.effective, expected(at), `partner ${at}`))
qualified.codes.forEach((code, at) => assert.equal(TIERS[code] ?? null, expected(at), `partner ${at}`))

const { Engine } = peers('json-rules-engine')
const engine = new Engine(
  TIERS.map((tier, t) => ({
    conditions: { all: METRICS.map((metric, i) => ({ fact: metric, operator: 'greaterThanInclusive', value: limit(t, i) })) },
    event: { type: tier },
    priority: t + 1,
  })),
)
const rulesTier = async (row) => {
  const { events } = await engine.run(facts(row))
  return events.map((e) => e.type).sort((a, b) => TIERS.indexOf(b) - TIERS.indexOf(a))[0] ?? null
}
for (let row = 0; row < 50; row++) assert.equal(await rulesTier(row), expected(row))
const rules = (await best(async () => {
  for (let row = 0; row < few; row++) await engine.run(facts(row))
}, 2)) / few

const { ZenEngine } = peers('@gorules/zen-engine')
const table4 = {
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'in', position: { x: 0, y: 0 } },
    {
      id: 'table', type: 'decisionTableNode', name: 'table', position: { x: 1, y: 0 },
      content: {
        hitPolicy: 'first',
        inputs: METRICS.map((metric) => ({ id: metric, name: metric, field: metric })),
        outputs: [{ id: 'tier', name: 'tier', field: 'tier' }],
        rules: TIERS.map((tier, t) => ({ _id: tier, tier: `"${tier}"`, ...Object.fromEntries(METRICS.map((metric, i) => [metric, `>= ${limit(t, i)}`])) })).reverse(),
      },
    },
    { id: 'out', type: 'outputNode', name: 'out', position: { x: 2, y: 0 } },
  ],
  edges: [{ id: 'a', sourceId: 'in', targetId: 'table', type: 'edge' }, { id: 'b', sourceId: 'table', targetId: 'out', type: 'edge' }],
}
const decision = new ZenEngine().createDecision(Buffer.from(JSON.stringify(table4)))
for (let row = 0; row < 50; row++) {
  const { result } = await decision.evaluate(facts(row))
  assert.equal(result?.tier ?? null, expected(row))
}
const zen = (await best(async () => {
  for (let row = 0; row < few; row++) await decision.evaluate(facts(row))
}, 2)) / few

const round = (x) => Number(x.toPrecision(3))
console.log(JSON.stringify({ partners: rows, gap_rows: rowsOfGaps, json_rules_engine_us: round(rules), zen_engine_us: round(zen) }))
const ours = { tiers, tiers_with_ids: withIds, tiers_and_all_gaps: gaps, review: reviewed, review_and_all_gaps: reviewedGaps }
for (const [what, us] of Object.entries(ours)) {
  console.log(JSON.stringify({ what, us: round(us), over_json_rules_engine: round(rules / us), over_zen_engine: round(zen / us) }))
}
