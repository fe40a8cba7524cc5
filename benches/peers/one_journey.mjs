// attributeJourney from Node: one journey of eight touches, one model, end to end; microseconds per call.
//
//     node benches/peers/one_journey.mjs [PATH_OF_cosell.node]   (default: the one beside bindings-node/index.js)

import { createRequire } from 'node:module'
import { copyFileSync } from 'node:fs'

const require = createRequire(import.meta.url)
const folder = new URL('../../bindings-node/', import.meta.url).pathname
if (process.argv[2] !== undefined) copyFileSync(process.argv[2], `${folder}cosell.node`)
const { attributeJourney } = require(`${folder}index.js`)

const touches = Array.from({ length: 8 }, (_, i) => ({
  channel: `P-${i % 5}`,
  at: new Date(Date.UTC(2026, 0, 10 + i)),
  kind: 'demo',
  role: 'influencer',
}))
const names = touches.map((touch) => touch.channel)

function measure(input) {
  let best = Infinity
  for (let round = 0; round < 9; round++) {
    const begin = process.hrtime.bigint()
    for (let i = 0; i < 5000; i++) attributeJourney(input, 'linear', { value: 1000, currency: 'USD' })
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / 5000 / 1000)
  }
  return Number(best.toFixed(2))
}

console.log(JSON.stringify({ objects_us: measure(touches), names_us: measure(names) }))
