// Attribution of journeys that come in parts: update, merge, bytes, finish. docs/streaming.md says what is exact.
//
//     node examples/node/streaming.mjs
//
// In a project of your own the import is: import { AttributionState, Journeys } from 'cosell'

import { AttributionState, Journeys } from '../../bindings-node/index.js'

// Two months of deals, and a third one that another machine has read. Each part holds whole journeys.
const january = [
  { path: 'northwind > contoso', won: 62, lost: 80, amount: 744_000.01 },
  { path: 'contoso', won: 40, lost: 25, amount: 410_500 },
]
const february = [
  { path: 'northwind > contoso', won: 11, lost: 9, amount: 120_000 },
  { path: 'fabrikam > contoso > northwind', won: 18, lost: 95, amount: 305_000 },
]
const march = [{ path: 'fabrikam > northwind', won: 9, lost: 70, amount: 88_200 }]

const read = (rows) => Journeys.fromPaths(rows, { conversions: 'won', nulls: 'lost', value: 'amount', currency: 'USD' })
const kept = { keep_paths: true }

const state = new AttributionState('position_based', kept)
for (const month of [january, february]) await state.update(await read(month))
console.log(String(state))

// On the other machine: a state of the same model and options, which travels as bytes.
const there = new AttributionState('position_based', kept)
await there.update(await read(march))
const bytes = await there.toBytes()

// A state says what does not fit, and stays as it was.
try {
  await state.merge(await AttributionState.fromBytes(bytes, { position_based: { first: 0.5 } }, kept))
} catch (error) {
  console.log(`${error.code} at ${error.field}: got ${error.details.got}, expected ${error.details.expected}`)
}

await state.merge(await AttributionState.fromBytes(bytes, 'position_based', kept))
const credit = await state.finish()
console.log(`\n${credit.totals}\n${credit.journeys}\n`)

const whole = await (await read([...january, ...february, ...march])).attribute('position_based')
console.log(`the same as all at once: ${credit.totals.toCsv() === whole.totals.toCsv()}`)
const rows = async (of) => (await of.intervals()).channels.toCsv()
console.log(`intervals too: ${(await rows(credit)) === (await rows(whole))}`)
