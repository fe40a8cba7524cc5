'use strict'

// Backtests of programmes: what the methods of Program and ProgramReview hand over, and tiers recommended from data.

const native = require('./native.js')
const { config, describe } = require('./errors.js')
const { optionsText } = require('./document.js')
const { readTable } = require('./input.js')
const { studyOf } = require('./study.js')
const { Table } = require('./table.js')
const { inSlices, run } = require('./work.js')

/** Options as text, and the tables that stand among them. */
function apart(options, names) {
  if (options === undefined || options === null || typeof options !== 'object' || Array.isArray(options)) {
    return [optionsText(options, 'options'), []]
  }
  const rest = { ...options }
  const tables = names.map((name) => [name, rest[name]]).filter(([, value]) => value !== undefined && value !== null)
  for (const name of names) delete rest[name]
  return [optionsText(rest, 'options'), tables]
}

/** Tables by name, on their way in. */
async function inputsOf(tables, monitor) {
  const inputs = new native.BacktestInputs()
  for (const [name, value] of tables) inputs.add(name, await inSlices(readTable(name, value, Table), monitor))
  return inputs
}

/** The days of a replay as text, and their frames by name. */
function daysOf(frames) {
  if (!Array.isArray(frames)) throw config('invalid_option', 'frames', `frames: expected an array, got ${describe(frames)}`)
  const days = []
  const tables = frames.map((pair, at) => {
    const name = `frames[${at}]`
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw config('invalid_option', name, `${name}: expected [as_of, frame], got ${describe(pair)}`)
    }
    days.push(pair[0])
    return [name, pair[1]]
  })
  return [days, tables]
}

async function recommendProgram(periods, options, watch) {
  const text = optionsText(options, 'options')
  if (!Array.isArray(periods)) throw config('invalid_option', 'periods', `periods: expected an array of tables, got ${describe(periods)}`)
  const tables = periods.map((period, at) => [`periods[${at}]`, period])
  return run(watch, async (monitor) => studyOf(await native.recommendProgram(await inputsOf(tables, monitor), text)))
}

module.exports = { apart, daysOf, inputsOf, recommendProgram }
