// A programme as a document: one partner decided on a request, all of them reviewed, the next review, one explained.
//
//     node examples/node/program.mjs
//
// In a project of your own the import is: import { Program } from 'cosell'

import { Program } from '../../bindings-node/index.js'

const program = Program.fromText(
  `
program: services
version: "2026"
tiers: [{tier: member, rank: 1}, {tier: gold, rank: 2}]
metrics:
  deals: {measure: given, unit: count}
  people: {measure: given, unit: people}
qualification:
  gold:
    all:
      - threshold: {metric: deals, at_least: 5}
      - threshold: {metric: people, at_least: 2}
benefits:
  discount: {name: Discount on list prices, tiers: {member: 0.1, gold: 0.2}}
`,
  'yaml',
)
const costs = { deals: { cost: 900 }, people: { cost: 400 } }

// The request path: one partner at once, in microseconds.
const verdict = program.evaluate({ deals: 3, people: 2 }, { as_of: '2026-11-20', costs })
const [ahead] = verdict.next_tiers
console.log(`${verdict.effective}; ${ahead.tier} takes ${ahead.gaps[0].missing} more ${ahead.gaps[0].metric}\n`)

// All partners: a frame of ready metrics, or an Ecosystem whose facts they are measured from.
const partners = [
  { partner_id: 'northwind', deals: 7, people: 3 },
  { partner_id: 'contoso', deals: 4, people: 2 },
]
const review = await program.review(partners, { as_of: '2026-11-20' })
console.table(review.decisions.toObjects(), ['partner_id', 'effective', 'recommendation', 'because'])
// Where only tiers are asked for, of as many rows as there are.
console.log((await program.qualify({ deals: [7, 4], people: [3, 2] })).counts.toObjects())
console.log(`\n${await review.gaps()}\n\n${await review.actions({ costs })}\n`)

// Down to the facts (here handed in; of an Ecosystem, its rows), and what gold is entitled to.
const facts = await review.facts({ partner_id: 'contoso', metric: 'deals' })
console.log(`${facts}\n\n${program.benefits('gold', { as_of: '2026-11-20' })}\n`)

// The next review builds on this one.
const later = await program.review(partners, { as_of: '2026-12-20', previous: review.decisions })
console.log(later.decisions.toColumns().previous, review.explain('contoso', { costs }).next_tiers[0].cheapest)
