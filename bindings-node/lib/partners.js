'use strict'

// What programmes take: partners of one day or of many, tables and credit beside them; and tiers recommended from data.

const native = require('./native.js')
const { config, describe } = require('./errors.js')
const { documentText, optionsText } = require('./document.js')
const { Ecosystem } = require('./ecosystem.js')
const { readTable } = require('./input.js')
const { Credit } = require('./journeys.js')
const { studyOf } = require('./study.js')
const { HANDLE, Table } = require('./table.js')
const { inSlices, run } = require('./work.js')

/** Options as text, and what stands among them and is none: tables, and credit. */
function apart(options, names, what = 'options') {
  if (options === undefined || options === null || typeof options !== 'object' || Array.isArray(options)) {
    return [optionsText(options, what), {}]
  }
  const rest = { ...options }
  const beside = Object.fromEntries(names.map((name) => [name, rest[name]]))
  for (const name of names) delete rest[name]
  return [optionsText(rest, what), beside]
}

/** The ecosystem that a value is, if it is one. */
function facts(partners) {
  return typeof partners === 'object' && partners !== null ? Ecosystem[HANDLE](partners) : undefined
}

/** Frames, tables and credit on their way in. Frames are `[name, table, day as JSON]`. */
async function inputsOf(frames, { credit, ...tables }, monitor) {
  const inputs = new native.ProgramInputs()
  for (const [name, handle] of credits(credit)) inputs.addCredit(name, handle)
  const beside = Object.entries(tables).filter(([, value]) => value !== undefined && value !== null)
  for (const [name, value, day] of [...frames, ...beside]) {
    inputs.add(name, await inSlices(readTable(name, value, Table), monitor), day)
  }
  return inputs
}

/** The frame of partners that are no ecosystem. */
function frameOf(partners) {
  return facts(partners) ? [] : [['partners', partners]]
}

/** The frames of partners of many days that are no ecosystem, with their days. */
function framesOf(partners) {
  if (facts(partners)) return []
  if (!Array.isArray(partners)) {
    const message = `partners: expected an Ecosystem, or an array of [as_of, table], got ${describe(partners)}`
    throw config('invalid_option', 'partners', message)
  }
  return partners.map((pair, at) => {
    const name = `partners[${at}]`
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw config('invalid_option', name, `${name}: expected [as_of, table], got ${describe(pair)}`)
    }
    return [name, pair[1], documentText(pair[0], name)]
  })
}

function credits(credit) {
  if (credit === undefined || credit === null) return []
  if (typeof credit !== 'object' || Array.isArray(credit)) {
    throw config('invalid_option', 'credit', `credit: expected an object of Credit by name, got ${describe(credit)}`)
  }
  return Object.entries(credit).map(([name, value]) => {
    const handle = typeof value === 'object' && value !== null ? Credit[HANDLE](value) : undefined
    if (!handle) throw config('invalid_option', `credit.${name}`, `credit.${name}: expected a Credit, got ${describe(value)}`)
    return [name, handle]
  })
}

async function recommendProgram(periods, options, watch) {
  const text = optionsText(options, 'options')
  if (!Array.isArray(periods)) throw config('invalid_option', 'periods', `periods: expected an array of tables, got ${describe(periods)}`)
  const frames = periods.map((period, at) => [`periods[${at}]`, period])
  return run(watch, async (monitor) => studyOf(await native.recommendProgram(await inputsOf(frames, {}, monitor), text, monitor)))
}

module.exports = { apart, facts, frameOf, framesOf, inputsOf, recommendProgram }
