'use strict'

// One journey at once: the request path. Touches cross as JSON text; a quick look at every member makes sure that JSON
// changes none of them, and what it does not know goes the slow way, which says what is wrong.

const { isDate } = require('node:util/types')
const native = require('./native.js')
const { call, config, describe } = require('./errors.js')
const { documentText, optionsText } = require('./document.js')
const { modelTexts } = require('./journeys.js')

function attributeJourney(touches, model, options) {
  if (!Array.isArray(touches)) {
    throw config('invalid_option', 'touches', `touches: expected an array of objects, got ${describe(touches)}`)
  }
  const text = textOf(touches)
  const [name, modelOptions] = typeof model === 'string' ? [model, '{}'] : modelTexts(model)
  let decimals = false
  let worth = '{}'
  if (options !== undefined && options !== null) {
    decimals = options.decimals ?? false
    if (typeof decimals !== 'boolean') {
      throw config('invalid_option', 'decimals', `decimals: expected true or false, got ${describe(decimals)}`)
    }
    worth = optionsText(decimals || 'decimals' in Object(options) ? { ...options, decimals: undefined } : options, 'options')
  }
  return JSON.parse(call(() => native.attributeOne(text, worth, name, modelOptions, decimals)))
}

function textOf(touches) {
  const flat = new Array(touches.length)
  for (let i = 0; i < flat.length; i++) {
    if (Array.isArray(touches[i])) {
      throw config('invalid_option', `touches[${i}]`, `touches[${i}] is an array; expected an object such as { channel: "acme" }`)
    }
    flat[i] = flatOf(touches[i])
    if (flat[i] === undefined) return documentText(touches, 'touches')
  }
  return JSON.stringify(flat)
}

/**
 * A touch that JSON writes as it is: a Date becomes `@` and its milliseconds, a bare channel a touch of that channel.
 * Undefined where it is no such thing.
 */
function flatOf(touch) {
  if (typeof touch === 'string' || touch === null) return touch?.isWellFormed() === false ? undefined : { channel: touch }
  if (typeof touch !== 'object' || 'toJSON' in touch) return undefined
  let flat = touch
  for (const key in touch) {
    const value = touch[key]
    switch (typeof value) {
      case 'string':
        if (!value.isWellFormed()) return undefined
        break
      case 'number':
        if (!Number.isFinite(value)) return undefined
        break
      case 'boolean':
      case 'undefined':
        break
      case 'object': {
        if (value === null) break
        const ms = isDate(value) ? value.getTime() : NaN
        if (Number.isNaN(ms)) return undefined
        if (flat === touch) flat = { ...touch }
        flat[key] = `@${ms}`
        break
      }
      default:
        return undefined
    }
  }
  return flat
}

module.exports = { attributeJourney }
