'use strict'

// The ecosystem: the checked set of tables that everything else is asked of.

const { inspect } = require('node:util')
const { isUint8Array } = require('node:util/types')
const native = require('./native.js')
const { call, config, describe } = require('./errors.js')
const { optionsText } = require('./document.js')
const { readTable } = require('./input.js')
const { Credit, Journeys } = require('./journeys.js')
const { tablesOf } = require('./parts.js')
const { HANDLE, OWN, Table, guard, tell } = require('./table.js')
const { atOnce, inSlices, run } = require('./work.js')

class Ecosystem {
  #native
  // A table is made when it is asked for, and again once nobody holds it.
  #tables = new Map()

  constructor(token, ecosystem) {
    guard(token, 'Ecosystem')
    this.#native = ecosystem
    tell(this, ecosystem.bytes)
  }

  static async create(tables, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => {
      const builder = await inSlices(collect(tables), monitor)
      return new Ecosystem(OWN, await builder.build(text, monitor))
    })
  }

  static createSync(tables, options) {
    const text = optionsText(options, 'options')
    return new Ecosystem(
      OWN,
      call(() => atOnce(collect(tables)).buildSync(text)),
    )
  }

  static async fromBytes(bytes, watch) {
    if (!isUint8Array(bytes)) throw config('invalid_option', 'bytes', `bytes: expected a Uint8Array, got ${describe(bytes)}`)
    return run(watch, async (monitor) => new Ecosystem(OWN, await native.ecosystemOfBytes(bytes, monitor)))
  }

  toBytes() {
    return call(() => this.#native.toBytes())
  }

  get tableNames() {
    return this.#native.tableNames()
  }

  table(name) {
    if (typeof name !== 'string') throw config('invalid_option', 'name', `name: expected a string, got ${describe(name)}`)
    const known = this.#tables.get(name)?.deref()
    if (known !== undefined) return known
    const table = new Table(
      OWN,
      call(() => this.#native.table(name)),
    )
    this.#tables.set(name, new WeakRef(table))
    return table
  }

  get rejected() {
    return new Table(OWN, this.#native.rejected())
  }

  get findings() {
    return new Table(OWN, this.#native.findings())
  }

  get currency() {
    return this.#native.currency
  }

  get options() {
    return JSON.parse(call(() => this.#native.options()))
  }

  async journeys(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => new Journeys(OWN, await this.#native.journeys(text, monitor)))
  }

  async involvement(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.involvement(text, monitor)))
  }

  async pipeline(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.pipeline(text, monitor)))
  }

  async inferredInfluence(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.inferredInfluence(text, monitor)))
  }

  async ropi(credit, options, watch) {
    const handle = typeof credit === 'object' && credit !== null ? Credit[HANDLE](credit) : undefined
    if (!handle) throw config('invalid_option', 'credit', `credit: expected a Credit, got ${describe(credit)}`)
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.ropi(handle, text, monitor)))
  }

  async creditBy(credit, options, watch) {
    const handle = typeof credit === 'object' && credit !== null ? Credit[HANDLE](credit) : undefined
    if (!handle) throw config('invalid_option', 'credit', `credit: expected a Credit, got ${describe(credit)}`)
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => new Table(OWN, await this.#native.creditBy(handle, text, monitor)))
  }

  /** The compiled object, for the functions of this package. */
  static [HANDLE](ecosystem) {
    return #native in ecosystem ? ecosystem.#native : undefined
  }

  toString() {
    return this.#native.toText()
  }

  get [Symbol.toStringTag]() {
    return 'Ecosystem'
  }

  [inspect.custom]() {
    return this.toString()
  }
}

for (const name of native.tableNames()) {
  Object.defineProperty(Ecosystem.prototype, name, {
    configurable: true,
    get() {
      return this.table(name)
    },
  })
}

function* collect(tables) {
  if (typeof tables !== 'object' || tables === null || Array.isArray(tables)) {
    throw config('invalid_option', 'tables', `tables: expected an object of tables by name, got ${describe(tables)}`)
  }
  const builder = new native.EcosystemBuilder()
  for (const name of Object.keys(tables)) {
    if (tables[name] === undefined || tables[name] === null) continue
    builder.add(name, yield* readTable(name, tables[name], Table))
  }
  return builder
}

module.exports = { Ecosystem }
