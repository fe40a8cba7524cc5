'use strict'

// What each row of a frame qualifies for.

const { inspect } = require('node:util')
const { optionsText } = require('./document.js')
const { call } = require('./errors.js')
const { OWN, Table, guard, tell } = require('./table.js')
const { run } = require('./work.js')

class Qualified {
  #native
  #program
  #arrays = new Map()

  constructor(token, qualified, program) {
    guard(token, 'Qualified')
    this.#native = qualified
    this.#program = program
    tell(this, qualified.bytes)
  }

  get program() {
    return this.#program
  }

  get length() {
    return this.#native.length
  }

  get tiers() {
    return this.#native.tiers()
  }

  get codes() {
    return this.#array('codes', () => this.#native.codes(false))
  }

  get tracks() {
    return this.#native.tracks()
  }

  get track_codes() {
    return this.#array('track_codes', () => this.#native.codes(true))
  }

  get scores() {
    return this.#array('scores', () => this.#native.scores())
  }

  get counts() {
    return this.#table('counts')
  }

  get cutoffs() {
    return this.#table('cutoffs')
  }

  get table() {
    return this.#table('table')
  }

  async gaps(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async () => new Table(OWN, await this.#native.gaps(text)))
  }

  #array(name, make) {
    if (!this.#arrays.has(name)) this.#arrays.set(name, call(make))
    return this.#arrays.get(name)
  }

  #table(name) {
    return this.#array(name, () => new Table(OWN, this.#native.table(name)))
  }

  toString() {
    return this.table.toString()
  }

  get [Symbol.toStringTag]() {
    return 'Qualified'
  }

  [inspect.custom]() {
    return `Qualified { rows: ${this.length} }\n${this.table}`
  }
}

module.exports = { Qualified }
