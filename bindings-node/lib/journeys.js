'use strict'

// Journeys, and the credit that models give for them.

const { inspect } = require('node:util')
const native = require('./native.js')
const { call, config, describe } = require('./errors.js')
const { documentText, optionsText } = require('./document.js')
const { readTable } = require('./input.js')
const { tablesOf } = require('./parts.js')
const { HANDLE, OWN, Table, guard, tell } = require('./table.js')
const { studyOf } = require('./study.js')
const { inSlices, run } = require('./work.js')

class Journeys {
  #native

  constructor(token, journeys) {
    guard(token, 'Journeys')
    this.#native = journeys
    tell(this, journeys.bytes)
  }

  static async fromTouchpoints(touches, outcomes, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => {
      const first = await inSlices(readTable('touches', touches, Table), monitor)
      const second = await inSlices(readTable('outcomes', outcomes, Table), monitor)
      return new Journeys(OWN, await native.journeysOfTouchpoints(first, second, text, monitor))
    })
  }

  static async fromPaths(paths, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => {
      const source = await inSlices(readTable('paths', paths, Table), monitor)
      return new Journeys(OWN, await native.journeysOfPaths(source, text, monitor))
    })
  }

  get length() {
    return this.#native.length
  }

  get touches() {
    return this.#native.touches
  }

  get channels() {
    return this.#native.channels()
  }

  get diagnostics() {
    return JSON.parse(this.#native.diagnostics())
  }

  async attribute(model, options, watch) {
    const [name, text] = modelTexts(model, options)
    return run(watch, async (monitor) => new Credit(OWN, await this.#native.attribute(name, text, monitor), this))
  }

  attributeSync(model, options) {
    const [name, text] = modelTexts(model, options)
    return new Credit(
      OWN,
      call(() => this.#native.attributeSync(name, text)),
      this,
    )
  }

  async compare(models, options, watch) {
    if (!Array.isArray(models)) {
      throw config('invalid_option', 'models', `models: expected an array of models, got ${describe(models)}`)
    }
    const [list, text] = [documentText(models, 'models'), optionsText(options, 'options')]
    return run(watch, async (monitor) => studyOf(await this.#native.compare(list, text, monitor)))
  }

  async selectOrder(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => studyOf(await this.#native.selectOrder(text, monitor)))
  }

  toString() {
    return this.#native.toText()
  }

  get [Symbol.toStringTag]() {
    return 'Journeys'
  }

  [inspect.custom]() {
    return this.toString()
  }

  /** The compiled object, for the functions of this package. */
  static [HANDLE](journeys) {
    return #native in journeys ? journeys.#native : undefined
  }
}

class Credit {
  #native
  #journeys
  #totals
  #ledger

  constructor(token, credit, journeys) {
    guard(token, 'Credit')
    this.#native = credit
    this.#journeys = journeys
  }

  get totals() {
    this.#totals ??= new Table(OWN, this.#native.totals())
    return this.#totals
  }

  async ledger(watch) {
    return run(watch, async (monitor) => {
      if (this.#ledger === undefined) {
        const table = await this.#native.ledger(monitor)
        this.#ledger ??= table && new Table(OWN, table)
      }
      return this.#ledger
    })
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

  async intervals(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.intervals(text, monitor)))
  }

  async calibrate(experiments, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => {
      const source = await inSlices(readTable('experiments', experiments, Table), monitor)
      return tablesOf(await this.#native.calibrate(source, text, monitor))
    })
  }

  async apply(journeys, watch) {
    const handle = typeof journeys === 'object' && journeys !== null ? Journeys[HANDLE](journeys) : undefined
    if (!handle) throw config('invalid_option', 'journeys', `journeys: expected Journeys, got ${describe(journeys)}`)
    return run(watch, async (monitor) => new Credit(OWN, await this.#native.apply(handle, monitor), journeys))
  }

  get journeys() {
    this.#journeys ??= new Journeys(OWN, this.#native.journeys())
    return this.#journeys
  }

  get model() {
    return JSON.parse(this.#native.model())
  }

  get diagnostics() {
    return JSON.parse(this.#native.diagnostics())
  }

  toString() {
    return this.totals.toString()
  }

  get [Symbol.toStringTag]() {
    return 'Credit'
  }

  [inspect.custom]() {
    return `Credit ${inspect(this.model, { depth: 5 })}\n${this.totals}`
  }

  static [HANDLE](credit) {
    return #native in credit ? credit.#native : undefined
  }
}

/** A model as it crosses: its name and the text of its options, or the text of its document alone. */
function modelTexts(model, options) {
  if (typeof model === 'string') return [model, optionsText(options, 'options')]
  if (options !== undefined && options !== null) {
    throw config('invalid_option', 'options', 'options go with the name of a model; a document holds its own')
  }
  if (typeof model !== 'object' || model === null) {
    throw config('invalid_option', 'model', `model: expected a name or a document, got ${describe(model)}`)
  }
  return [Array.isArray(model) ? documentText(model) : optionsText(model, 'model'), undefined]
}

module.exports = { Journeys, Credit, modelTexts }
