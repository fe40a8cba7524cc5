'use strict'

// The errors of the package. The compiled half sends an error as a JSON text; its kind names the class here.

/** What all errors of cosell have in common. */
class CosellError extends Error {
  constructor(message, { code = 'internal', field = '', details = {}, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.field = field
    this.details = details
  }
}

class ConfigError extends CosellError {}
class DataError extends CosellError {}
class Cancelled extends CosellError {}
class InternalError extends CosellError {}

const KINDS = { config: ConfigError, data: DataError, cancelled: Cancelled, internal: InternalError }

for (const type of [CosellError, ...Object.values(KINDS)]) {
  Object.defineProperty(type.prototype, 'name', { value: type.name, writable: true, configurable: true })
}

/** The error that an error of the compiled half stands for; any other error is given back as it is. */
function translate(error) {
  if (!(error instanceof Error) || error instanceof CosellError || typeof error.message !== 'string') return error
  if (error.code === 'GenericFailure' && error.message.startsWith('{')) {
    const { kind, code, field, message, details } = JSON.parse(error.message)
    return new KINDS[kind](message, { code, field, details })
  }
  if (NAPI_CODES.has(error.code)) {
    const message = `${error.message}; this is a fault of cosell: please report it`
    return new InternalError(message, { cause: error })
  }
  return error
}

// What N-API says when a value has a type that the compiled half does not take: the checks before it should have.
const NAPI_CODES = new Set([
  'InvalidArg',
  'ObjectExpected',
  'StringExpected',
  'FunctionExpected',
  'NumberExpected',
  'BooleanExpected',
  'ArrayExpected',
  'BigintExpected',
  'DateExpected',
  'ArrayBufferExpected',
  'GenericFailure',
])

/** Calls the compiled half and translates its errors. */
function call(work) {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

function config(code, field, message) {
  return new ConfigError(message, { code, field })
}

function data(code, field, message) {
  return new DataError(message, { code, field })
}

/** What a value is, as a message names it. */
function describe(value) {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'undefined':
      return 'undefined'
    case 'string':
      return 'a string'
    case 'number':
      return `the number ${value}`
    case 'bigint':
      return 'a BigInt'
    case 'boolean':
      return `${value}`
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      break
  }
  if (Array.isArray(value)) return 'an array'
  const type = Object.getPrototypeOf(value)?.constructor?.name
  return typeof type === 'string' && type !== 'Object' && type !== '' ? `an object (${type})` : 'an object'
}

module.exports = { CosellError, ConfigError, DataError, Cancelled, InternalError, translate, call, config, data, describe }
