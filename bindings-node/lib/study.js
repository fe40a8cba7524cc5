'use strict'

// Studies of journeys: results of several tables with facts beside them, and journeys whose truth is known.

const native = require('./native.js')
const { optionsText } = require('./document.js')
const { tablesOf } = require('./parts.js')
const { run } = require('./work.js')

/** The tables and facts of a study, as one frozen object. */
function studyOf(study) {
  return Object.freeze({ ...tablesOf(study.tables()), ...JSON.parse(study.facts()) })
}

async function simulateJourneys(options, watch) {
  const text = optionsText(options, 'options')
  return run(watch, async (monitor) => studyOf(await native.simulateJourneys(text, monitor)))
}

module.exports = { simulateJourneys, studyOf }
