// Worker threads: the package loads in each, and tables cross between them as bytes.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import { Ecosystem } from 'cosell'
import { smallTables } from './helpers.mjs'

// Where this package is: a worker made from text has no place of its own to look from.
const PACKAGE = JSON.stringify(createRequire(import.meta.url).resolve('cosell'))

const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const { Ecosystem, DataError } = require(${PACKAGE})
;(async () => {
  const eco = await Ecosystem.create({ opportunities: workerData })
  const refused = await Ecosystem.create({ opportunities: 5 }).catch((error) => error)
  const bytes = eco.opportunities.toIpc({ decimals: true })
  const ok = refused instanceof DataError && refused.code === 'unsupported_input'
  parentPort.postMessage({ bytes, ok }, [bytes.buffer])
})()
`

function inWorker(bytes) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(CODE, { eval: true, workerData: bytes })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

test('workers do work and give tables back', async () => {
  const eco = Ecosystem.createSync(smallTables())
  const bytes = eco.opportunities.toIpc({ decimals: true })
  const answers = await Promise.all(Array.from({ length: 4 }, () => inWorker(bytes)))
  for (const answer of answers) {
    assert.ok(answer.ok)
    const again = await Ecosystem.create({ opportunities: answer.bytes })
    assert.equal(again.opportunities.toCsv(), eco.opportunities.toCsv())
  }
})

test('a worker may end while work is running', async () => {
  const code = `
    const { Ecosystem } = require(${PACKAGE})
    const rows = Array.from({ length: 200000 }, (_, i) => ({ opportunity_id: i, account_id: 1, status: 'open', created_at: '2026-01-01' }))
    Ecosystem.create({ opportunities: rows })
    setTimeout(() => process.exit(0), 100)
  `
  const worker = new Worker(code, { eval: true })
  const exit = await new Promise((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
  assert.equal(exit, 0)
})
