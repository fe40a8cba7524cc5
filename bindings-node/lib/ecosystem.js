'use strict'

// The ecosystem: the checked set of tables that everything else is asked of.

const { inspect } = require('node:util')
const native = require('./native.js')
const { call, config, describe } = require('./errors.js')
const { optionsText } = require('./document.js')
const { readTable } = require('./input.js')
const { Credit, Journeys } = require('./journeys.js')
const { tablesOf } = require('./parts.js')
const { HANDLE, OWN, Table, guard } = require('./table.js')
const { atOnce, inSlices, run } = require('./work.js')

class Ecosystem {
  #native

  constructor(token, ecosystem) {
    guard(token, 'Ecosystem')
    this.#native = ecosystem
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

  get tableNames() {
    return this.#native.tableNames()
  }

  table(name) {
    if (typeof name !== 'string') throw config('invalid_option', 'name', `name: expected a string, got ${describe(name)}`)
    return new Table(
      OWN,
      call(() => this.#native.table(name)),
    )
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

  async ropi(credit, options, watch) {
    const handle = typeof credit === 'object' && credit !== null ? Credit[HANDLE](credit) : undefined
    if (!handle) throw config('invalid_option', 'credit', `credit: expected a Credit, got ${describe(credit)}`)
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.ropi(handle, text, monitor)))
  }

  /** The compiled object, for the functions of this package. */
  static [HANDLE](ecosystem) {
    return #native in ecosystem ? ecosystem.#native : undefined
  }

  get [Symbol.toStringTag]() {
    return 'Ecosystem'
  }

  [inspect.custom]() {
    const sizes = this.tableNames.map((name) => `${name}: ${this.table(name).length}`)
    return `Ecosystem { ${sizes.join(', ')} }`
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
