'use strict'

// The review: every result of an ecosystem in one object.

const { inspect } = require('node:util')
const { apart, inputsOf } = require('./partners.js')
const { call, config, describe } = require('./errors.js')
const { Ecosystem } = require('./ecosystem.js')
const { Journeys } = require('./journeys.js')
const { HANDLE, OWN, Table, guard } = require('./table.js')
const { tablesOf } = require('./parts.js')
const { wordsText } = require('./words.js')
const { run } = require('./work.js')

const MEMBERS = [
  'as_of',
  'currency',
  'config',
  'coverage',
  'headline',
  'credit',
  'models',
  'confidence',
  'involvement',
  'pipeline',
  'expected',
  'inferred_influence',
  'ropi',
  'tiers',
  'rejected',
  'findings',
  'notes',
]

class Review {
  #native
  #facts
  #cache = new Map()

  constructor(token, review) {
    guard(token, 'Review')
    this.#native = review
    this.#facts = JSON.parse(review.facts())
  }

  get as_of() {
    return this.#facts.as_of
  }

  get currency() {
    return this.#facts.currency
  }

  get config() {
    return structuredClone(this.#facts.config)
  }

  get models() {
    return this.#kept('models', () =>
      this.#facts.models.map((model, i) => ({ ...model, totals: new Table(OWN, this.#native.totals(i)) })),
    )
  }

  get coverage() {
    return this.#table('coverage')
  }

  get headline() {
    return this.#table('headline')
  }

  get credit() {
    return this.#table('credit')
  }

  get confidence() {
    return this.#part('confidence')
  }

  get involvement() {
    return this.#part('involvement')
  }

  get pipeline() {
    return this.#part('pipeline')
  }

  get expected() {
    return this.#table('expected')
  }

  get inferred_influence() {
    return this.#part('inferred_influence')
  }

  get ropi() {
    return this.#part('ropi')
  }

  get tiers() {
    return this.#part('tiers')
  }

  get rejected() {
    return this.#table('rejected')
  }

  get findings() {
    return this.#table('findings')
  }

  get notes() {
    return this.#table('notes')
  }

  #table(name) {
    return this.#kept(name, () => new Table(OWN, this.#native.table(name)))
  }

  #part(name) {
    return this.#kept(name, () => {
      const part = this.#native.part(name)
      return part ? tablesOf(part) : null
    })
  }

  #kept(name, make) {
    if (!this.#cache.has(name)) this.#cache.set(name, make())
    return this.#cache.get(name)
  }

  toJSON() {
    return Object.fromEntries(MEMBERS.map((name) => [name, this[name]]))
  }

  toString() {
    return call(() => this.#native.toText())
  }

  get [Symbol.toStringTag]() {
    return 'Review'
  }

  [inspect.custom]() {
    return this.toString()
  }

  static [HANDLE](review) {
    return #native in review ? review.#native : undefined
  }
}

async function review(of, options, watch) {
  const [text, beside] = apart(options, ['previous'], 'config')
  const known = typeof of === 'object' && of !== null
  const handle = known ? (Ecosystem[HANDLE](of) ?? Journeys[HANDLE](of)) : undefined
  if (!handle) {
    throw config('invalid_option', 'ecosystem', `ecosystem: expected an Ecosystem or Journeys, got ${describe(of)}`)
  }
  return run(watch, async (monitor) => new Review(OWN, await handle.review(text, await inputsOf([], beside, monitor), monitor)))
}

function report(result, words) {
  const handle = typeof result === 'object' && result !== null ? Review[HANDLE](result) : undefined
  if (!handle) throw config('invalid_option', 'review', `review: expected what review() gives, got ${describe(result)}`)
  return call(() => handle.toHtml(wordsText(words)))
}

module.exports = { Review, review, report }
