'use strict'

// cosell for Node: the engine for partner ecosystem intelligence. See index.d.ts for what everything does.

const native = require('./lib/native.js')
const { call, config, describe, CosellError, ConfigError, DataError, Cancelled, InternalError } = require('./lib/errors.js')
const { recommendProgram } = require('./lib/partners.js')
const { Ecosystem } = require('./lib/ecosystem.js')
const { Credit, Journeys } = require('./lib/journeys.js')
const { Program, ProgramReview } = require('./lib/program.js')
const { Qualified } = require('./lib/qualified.js')
const { Review, report, review } = require('./lib/review.js')
const { attributeJourney } = require('./lib/single.js')
const { AttributionState } = require('./lib/state.js')
const { simulateJourneys } = require('./lib/study.js')
const { Table } = require('./lib/table.js')
const { say, words } = require('./lib/words.js')

const version = native.version()

function setThreads(count) {
  if (typeof count !== 'number') {
    throw config('invalid_option', 'threads', `threads: expected a number, got ${describe(count)}`)
  }
  call(() => native.setThreads(count))
}

function threads() {
  return native.threads()
}

module.exports = {
  Ecosystem,
  Journeys,
  Credit,
  AttributionState,
  Program,
  ProgramReview,
  Qualified,
  Review,
  Table,
  attributeJourney,
  simulateJourneys,
  recommendProgram,
  review,
  report,
  say,
  words,
  CosellError,
  ConfigError,
  DataError,
  Cancelled,
  InternalError,
  setThreads,
  threads,
  version,
}
