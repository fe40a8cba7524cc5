// Data-driven credit from aggregated paths: a Markov chain, how far it can be trusted, an experiment, and parts.
//
//     node examples/node/data_driven.mjs
//
// In a project of your own the import is: import { AttributionState, Journeys } from 'cosell'

import { AttributionState, Journeys } from '../../bindings-node/index.js'

// How often each path of partners was taken: deals won, deals lost, and what the won ones brought.
const paths = [
  { path: 'northwind > contoso', won: 62, lost: 80, amount: 744_000 },
  { path: 'contoso', won: 40, lost: 25, amount: 410_500 },
  { path: 'fabrikam > contoso > northwind', won: 18, lost: 95, amount: 305_000 },
  { path: 'fabrikam > northwind', won: 9, lost: 70, amount: 88_200 },
  { path: 'tailwind', won: 3, lost: 14, amount: 21_000 },
]

const read = (rows) => Journeys.fromPaths(rows, { conversions: 'won', nulls: 'lost', value: 'amount', currency: 'USD' })

const credit = await (await read(paths)).attribute('markov')
console.log(`what would be lost without each partner\n${credit.totals}\n`)
console.log(`the chain\n${credit.table('transitions')}\n`)

const intervals = await credit.intervals({ replicates: 500, level: 0.95, method: 'bca', seed: 0 })
for (const { channel, share, share_low, share_high, enough, note } of intervals.channels.toObjects()) {
  const sure = enough ? `${share_low.toFixed(3)} to ${share_high.toFixed(3)}` : note
  console.log(`${channel.padEnd(10)} ${share.toFixed(3)}  ${sure}`)
}
console.log(`\nhow firm are the ranks\n${intervals.ranks}\n`)

// An experiment has shown what northwind brings: a share of 0.25, give or take 0.03.
const experiments = [{ channel: 'northwind', effect: 0.25, standard_error: 0.03 }]
const { channels } = await credit.calibrate(experiments, { scale: 'share' })
for (const { channel, model, calibrated, standard_error, notes } of channels.toObjects()) {
  const numbers = `${model.toFixed(3)} -> ${calibrated.toFixed(3)} +- ${standard_error.toFixed(3)}`
  console.log(`${channel.padEnd(10)} ${numbers}  ${notes ?? ''}`)
}

// The same from two parts that were read apart, one of them on another machine: its state travels as bytes.
const here = new AttributionState('markov')
const there = new AttributionState('markov')
await here.update(await read(paths.slice(0, 2)))
await there.update(await read(paths.slice(2)))
await here.merge(await AttributionState.fromBytes(await there.toBytes(), 'markov'))
const same = (await here.finish()).totals.toCsv() === credit.totals.toCsv()
console.log(`\nin two parts, the same to the byte: ${same}`)
