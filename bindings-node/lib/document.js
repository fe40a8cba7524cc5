'use strict'

// Options and models: plain JavaScript values in, JSON text for the compiled half out. What JSON would drop or change
// without a word (NaN, functions, large BigInts, circles) is an error with its path.

const { isDate, isMap, isSet } = require('node:util/types')
const native = require('./native.js')
const { config, describe } = require('./errors.js')

const MAX_DEPTH = native.maxDepth()

/** The JSON text of options; an option that is null gets its default, as one that is undefined. */
function optionsText(options, what) {
  if (options === undefined || options === null) return '{}'
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw config('invalid_option', what, `${what}: expected an object, got ${describe(options)}`)
  }
  return JSON.stringify(plain(options, '', []))
}

/** The JSON text of any document; paths in errors start with `root`. */
function documentText(value, root = '') {
  return JSON.stringify(plain(value, root, []))
}

function plain(value, path, above) {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refuse(path, 'text with half a surrogate pair')
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw refuse(path, describe(value))
      return value
    case 'bigint':
      if (BigInt(Number(value)) !== value) throw refuse(path, `the BigInt ${value}, which a document cannot hold exactly`)
      return Number(value)
    case 'object':
      return value === null ? null : composite(value, path, above)
    default:
      throw refuse(path, describe(value))
  }
}

function composite(value, path, above) {
  if (above.includes(value)) throw config('invalid_option', path, `${named(path)} is part of itself; expected a tree of values`)
  if (above.length >= MAX_DEPTH) throw tooDeep()
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) throw refuse(path, 'an invalid Date')
    return value.toISOString()
  }
  if (isMap(value) || isSet(value) || ArrayBuffer.isView(value)) throw refuse(path, describe(value))
  above.push(value)
  let copy
  if (typeof value.toJSON === 'function') {
    // Such as a Program, which stands for its document.
    copy = plain(value.toJSON(), path, above)
  } else if (Array.isArray(value)) {
    copy = Array.from(value, (item, i) => (item === undefined ? null : plain(item, `${path}[${i}]`, above)))
  } else {
    // Without a prototype, so that no key has a meaning of its own.
    copy = Object.create(null)
    for (const key of Object.keys(value)) {
      const item = value[key]
      if (item !== undefined) copy[key] = plain(item, path === '' ? key : `${path}.${key}`, above)
    }
  }
  above.pop()
  return copy
}

function refuse(path, got) {
  return config('invalid_option', path, `${named(path)}: expected a plain JSON value (or a Date), got ${got}`)
}

function named(path) {
  return path === '' ? 'the document' : path
}

function tooDeep() {
  return config('too_deep', '', `the document is nested deeper than ${MAX_DEPTH} levels`)
}

module.exports = { optionsText, documentText }
