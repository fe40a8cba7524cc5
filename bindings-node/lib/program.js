'use strict'

// Partner programmes: one partner decided at once, or all of them reviewed.

const { readFileSync } = require('node:fs')
const { inspect } = require('node:util')
const native = require('./native.js')
const { apart, facts, frameOf, framesOf, inputsOf } = require('./partners.js')
const { call, config, describe } = require('./errors.js')
const { documentText, optionsText } = require('./document.js')
const { tablesOf } = require('./parts.js')
const { readTable } = require('./input.js')
const { Qualified } = require('./qualified.js')
const { OWN, Table, guard } = require('./table.js')
const { inSlices, run } = require('./work.js')

// Most columns of a frame are measured: their numbers are not looked through for integers.
const MEASURED = { measured: true }

class Program {
  #native

  constructor(document, program) {
    this.#native = document === OWN ? program : call(() => native.programOf(documentText(document)))
  }

  static fromText(text, format) {
    if (typeof text !== 'string') throw config('invalid_option', 'text', `text: expected a string, got ${describe(text)}`)
    return new Program(
      OWN,
      call(() => native.programOfText(text, formatOf(format))),
    )
  }

  static fromFile(path, format) {
    if (typeof path !== 'string' && !(path instanceof URL)) {
      throw config('invalid_option', 'path', `path: expected a string or a file URL, got ${describe(path)}`)
    }
    const name = typeof path === 'string' ? path : path.pathname
    return new Program(
      OWN,
      call(() => native.programOfFile(name, readFileSync(path), formatOf(format))),
    )
  }

  get document() {
    return JSON.parse(call(() => this.#native.document()))
  }

  get tiers() {
    return this.#native.tiers()
  }

  evaluate(metrics, options) {
    const [given, text] = [documentText(metrics, 'metrics'), optionsText(options, 'options')]
    return JSON.parse(call(() => this.#native.evaluate(given, text)))
  }

  async review(partners, options, watch) {
    const [text, beside] = apart(options, ['previous', 'metrics', 'credit'])
    return run(watch, async (monitor) => {
      const inputs = await inputsOf(frameOf(partners), beside, monitor)
      return new ProgramReview(OWN, await this.#native.review(facts(partners), inputs, text, monitor))
    })
  }

  benefits(tier, options) {
    const text = optionsText({ ...beside(options), tier }, 'options')
    return new Table(
      OWN,
      call(() => this.#native.benefits(text)),
    )
  }

  async qualify(partners, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => {
      const source = await inSlices(readTable('partners', partners, Table, MEASURED), monitor)
      return new Qualified(OWN, await this.#native.qualify(source, text, monitor), this)
    })
  }

  lint() {
    return new Table(
      OWN,
      call(() => this.#native.lint()),
    )
  }

  diff(other) {
    if (!(other instanceof Program)) throw config('invalid_option', 'other', `other: expected a Program, got ${describe(other)}`)
    return new Table(
      OWN,
      call(() => this.#native.diff(other.#native)),
    )
  }

  get is_monotone() {
    return call(() => this.#native.isMonotone())
  }

  async replay(partners, options, watch) {
    const [text, beside] = apart(options, ['previous', 'credit'])
    const frames = framesOf(partners)
    return run(watch, async (monitor) => {
      const inputs = await inputsOf(frames, beside, monitor)
      return replayOf(await this.#native.replay(facts(partners), inputs, text, monitor))
    })
  }

  async backtest(other, partners, options, watch) {
    if (!(other instanceof Program)) throw config('invalid_option', 'other', `other: expected a Program, got ${describe(other)}`)
    const [text, beside] = apart(options, ['previous', 'stakes', 'credit'])
    const frames = framesOf(partners)
    return run(watch, async (monitor) => {
      const inputs = await inputsOf(frames, beside, monitor)
      const found = await this.#native.backtest(other.#native, facts(partners), inputs, text, monitor)
      return Object.freeze({ before: replayOf(found.before()), after: replayOf(found.after()), ...tablesOf(found.tables()) })
    })
  }

  async sensitivity(partners, options, watch) {
    const [text, beside] = apart(options, ['previous', 'stakes', 'metrics', 'credit'])
    return run(watch, async (monitor) => {
      const inputs = await inputsOf(frameOf(partners), beside, monitor)
      return new Table(OWN, await this.#native.sensitivity(facts(partners), inputs, text, monitor))
    })
  }

  async design(partners, options, watch) {
    const [text, beside] = apart(options, ['previous', 'metrics', 'credit'])
    return run(watch, async (monitor) => {
      const inputs = await inputsOf(frameOf(partners), beside, monitor)
      return new Table(OWN, await this.#native.design(facts(partners), inputs, text, monitor))
    })
  }

  toJSON() {
    return this.document
  }

  get [Symbol.toStringTag]() {
    return 'Program'
  }

  [inspect.custom]() {
    const { program, version } = this.document
    return `Program { ${program}, version ${version}: ${this.tiers.join(', ')} }`
  }
}

class ProgramReview {
  #native
  #tables = new Map()

  constructor(token, review) {
    guard(token, 'ProgramReview')
    this.#native = review
  }

  get program() {
    return new Program(OWN, this.#native.program())
  }

  get as_of() {
    return this.#native.asOf
  }

  get length() {
    return this.#native.length
  }

  get decisions() {
    return this.#table('decisions')
  }

  get reasons() {
    return this.#table('reasons')
  }

  get scorecards() {
    return this.#table('scorecards')
  }

  get metrics() {
    return this.#table('metrics')
  }

  get cutoffs() {
    return this.#table('cutoffs')
  }

  get benefits() {
    return this.#table('benefits')
  }

  get forecast() {
    return this.#table('forecast')
  }

  get findings() {
    return this.#table('findings')
  }

  async gaps(options, watch) {
    return this.#ask('gaps', options, watch)
  }

  async progress(options, watch) {
    return this.#ask('progress', options, watch)
  }

  async actions(options, watch) {
    return this.#ask('actions', options, watch)
  }

  async outOfReach(options, watch) {
    return this.#ask('out_of_reach', options, watch)
  }

  async segments(options, watch) {
    return this.#ask('segments', options, watch)
  }

  async enablement(options, watch) {
    return this.#ask('enablement', options, watch)
  }

  async facts(options, watch) {
    return this.#ask('facts', options, watch)
  }

  async economics(options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => tablesOf(await this.#native.economics(text, monitor)))
  }

  async compare(other, options, watch) {
    if (!(other instanceof ProgramReview)) {
      throw config('invalid_option', 'other', `other: expected a ProgramReview, got ${describe(other)}`)
    }
    const [text, beside] = apart(options, ['stakes'])
    return run(watch, async (monitor) => {
      return tablesOf(await this.#native.compare(other.#native, await inputsOf([], beside, monitor), text, monitor))
    })
  }

  explain(partner_id, options) {
    const text = optionsText({ ...beside(options), partner_id }, 'options')
    return JSON.parse(call(() => this.#native.explain(text)))
  }

  async #ask(name, options, watch) {
    const text = optionsText(options, 'options')
    return run(watch, async (monitor) => new Table(OWN, await this.#native.ask(name, text, monitor)))
  }

  // Making the decisions of many partners costs some time, so that each table is made once.
  #table(name) {
    if (!this.#tables.has(name)) {
      this.#tables.set(
        name,
        new Table(
          OWN,
          call(() => this.#native.table(name)),
        ),
      )
    }
    return this.#tables.get(name)
  }

  toString() {
    return this.decisions.toString()
  }

  get [Symbol.toStringTag]() {
    return 'ProgramReview'
  }

  [inspect.custom]() {
    return `ProgramReview { ${this.as_of}, partners: ${this.length} }\n${this.decisions}`
  }
}

// Options beside a first argument.
function beside(options) {
  if (options === undefined || options === null || typeof options === 'object') return options
  throw config('invalid_option', 'options', `options: expected an object, got ${describe(options)}`)
}

function formatOf(format) {
  if (format === undefined || format === null) return undefined
  if (typeof format !== 'string') throw config('invalid_option', 'format', `format: expected a string, got ${describe(format)}`)
  return format
}

function replayOf(replay) {
  const reviews = Object.freeze(replay.reviews().map((review) => new ProgramReview(OWN, review)))
  return Object.freeze({ reviews, ...tablesOf(replay.tables()) })
}

module.exports = { Program, ProgramReview }
