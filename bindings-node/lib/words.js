'use strict'

// Words for codes: the catalogue, and the sentence of a coded row.

const native = require('./native.js')
const { call, config, describe } = require('./errors.js')
const { optionsText } = require('./document.js')

/** The texts of the caller as JSON; undefined where there are none. */
function wordsText(texts) {
  return texts === undefined || texts === null ? undefined : optionsText(texts, 'words')
}

function words() {
  return JSON.parse(call(() => native.words()))
}

function say(code, parameters, texts) {
  if (typeof code !== 'string') {
    throw config('invalid_option', 'code', `code: expected text such as "difference.assists", got ${describe(code)}`)
  }
  return call(() => native.say(code, optionsText(parameters, 'parameters'), wordsText(texts)))
}

module.exports = { say, words, wordsText }
