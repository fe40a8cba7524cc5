'use strict'

// One journey at once: the request path. Touches and what they are worth cross as JSON text; a quick look at every member
// makes sure that JSON changes none of them, and what it would (a Date, NaN, a BigInt) takes the form of `cellOf`.

const { isDate } = require('node:util/types')
const native = require('./native.js')
const { call, config, data, describe } = require('./errors.js')
const { cellOf } = require('./input.js')
const { modelTexts } = require('./journeys.js')

function attributeJourney(touches, model, options) {
  if (!Array.isArray(touches)) {
    const message = `touches is ${describe(touches)}; expected an array of channel names or of objects such as { channel: "acme" }`
    throw data('unsupported_input', 'touches', message)
  }
  const flat = Array.from(touches, (touch) => (isMembers(touch) ? flatOf(touch) : { channel: cellOf(touch, true) }))
  const [name, modelOptions] = typeof model === 'string' ? [model, '{}'] : modelTexts(model)
  let decimals = false
  let worth = '{}'
  if (options !== undefined && options !== null) {
    if (!isMembers(options)) {
      throw config('invalid_option', 'options', `options: expected an object, got ${describe(options)}`)
    }
    const { decimals: wanted, ...value } = options
    decimals = wanted ?? false
    if (typeof decimals !== 'boolean') {
      throw config('invalid_option', 'decimals', `decimals: expected true or false, got ${describe(decimals)}`)
    }
    worth = JSON.stringify(flatOf(value))
  }
  return JSON.parse(call(() => native.attributeOne(JSON.stringify(flat), worth, name, modelOptions, decimals)))
}

/** Whether a value is an object of members, and no value of its own. */
function isMembers(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  // Objects of a class are taken by their own members, but not those that keep what they hold inside.
  return prototype === Object.prototype || prototype === null || !(isDate(value) || Symbol.iterator in value)
}

/** An object that JSON writes as it is, with every member that it would change in the form of a cell. */
function flatOf(members) {
  let flat = 'toJSON' in members ? { ...members, toJSON: undefined } : members
  for (const key of Object.keys(members)) {
    const value = members[key]
    if (typeof value === 'string' ? value.isWellFormed() : Number.isSafeInteger(value) || value === undefined) continue
    if (flat === members) flat = { ...members }
    flat[key] = cellOf(value, true)
  }
  return flat
}

module.exports = { attributeJourney }
