'use strict'

// Tables on their way in. JavaScript values are read by column, some thousand rows at a time, and each column goes over
// as one typed array or one text. Every reader is a generator that yields between chunks: `createSync` runs it through,
// `create` lets the event loop breathe at each yield.

const { isDate, isUint8Array, isAnyArrayBuffer, isPromise, isSharedArrayBuffer } = require('node:util/types')
const native = require('./native.js')
const { data, describe } = require('./errors.js')

const ROWS_PER_CHUNK = 8192
const TYPED_ROWS_PER_CHUNK = 1 << 17
const BYTES_PER_STEP = 1 << 24
const SAFE = 2 ** 53

// What a column holds: one bit for each kind of value.
const NULL = 1
const NUMBER = 2
const STRING = 4
const BOOLEAN = 8
const BIGINT = 16
const DATE = 32
const OTHER = 64

/**
 * Reads a table of any accepted form; gives a `native.Source`. In a `measured` one doubles stay doubles: whether they are
 * whole is only looked at where they may be ids.
 */
function* readTable(name, value, Table, { measured = false } = {}) {
  if (value instanceof Table) return yield* readBytes(name, 'arrow', value.toIpc({ decimals: true }))
  if (isUint8Array(value)) return yield* readBytes(name, 'bytes', value)
  if (isAnyArrayBuffer(value)) return yield* readBytes(name, 'bytes', new Uint8Array(value))
  if (Array.isArray(value)) return yield* readRows(name, value)
  if (typeof value === 'object' && value !== null && !isPromise(value) && typeof value.then !== 'function') {
    const explicit = explicitForm(value)
    if (explicit === 'csv' && typeof value.csv === 'string') return readText(name, value.csv)
    if (explicit) return yield* readBytes(name, explicit, value[explicit])
    if (typeof value[Symbol.iterator] !== 'function' && !ArrayBuffer.isView(value) && !isBareInstance(value)) return yield* readColumns(name, value, measured)
  }
  throw data('unsupported_input', name, `${name} is ${describe(value)}; expected ${EXPECTED}${hint(value, Table)}`)
}

const EXPECTED =
  'an array of objects, an object of columns (arrays or typed arrays), Arrow IPC or CSV bytes (Uint8Array), ' +
  '{ csv: text or bytes } or { arrow: bytes }'

function hint(value, Table) {
  if (value?.decisions instanceof Table) return '; hand in its table: .decisions'
  if (typeof value === 'string') return '; pass CSV text as { csv: text }, and read a file first'
  if (typeof value?.then === 'function') return '; await it first'
  if (typeof value?.[Symbol.iterator] === 'function') return '; make an array of it with Array.from'
  return ''
}

/** Whether a value is an object of a class without columns: one of `{}` has none either, but says so. */
function isBareInstance(value) {
  const prototype = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype && Object.keys(value).length === 0
}

function explicitForm(value) {
  const keys = Object.keys(value)
  if (keys.length !== 1 || (keys[0] !== 'csv' && keys[0] !== 'arrow')) return undefined
  const form = keys[0]
  return isUint8Array(value[form]) || (form === 'csv' && typeof value.csv === 'string') ? form : undefined
}

function* readBytes(name, kind, bytes) {
  const source = new native.Source(name, kind)
  const own = isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes
  for (let from = 0; from < own.length; from += BYTES_PER_STEP) {
    source.append(own.subarray(from, from + BYTES_PER_STEP))
    yield
  }
  return source
}

function readText(name, text) {
  if (!text.isWellFormed()) throw data('malformed_csv', name, `${name}: the CSV text holds half a surrogate pair`)
  const source = new native.Source(name, 'csv')
  source.appendText(text)
  return source
}

function* readRows(name, rows) {
  const source = new native.Source(name, 'columns')
  const count = rows.length
  for (let from = 0; from < count; from += ROWS_PER_CHUNK) {
    const to = Math.min(from + ROWS_PER_CHUNK, count)
    for (const [column, values] of columnsOfRows(name, rows, from, to)) addValues(source, column, values)
    source.endChunk(to - from)
    yield
  }
  return source
}

/** Rows `from` to `to` by column; a key that a row lacks is undefined there. */
function columnsOfRows(name, rows, from, to) {
  const columns = new Map()
  const size = to - from
  for (let i = 0; i < size; i++) {
    const row = rows[from + i]
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      const message = `row ${from + i} is ${describe(row)}; expected an object with the column names as keys`
      throw data('wrong_type', `${name}.row ${from + i}`, `${name}: ${message}`)
    }
    for (const key of Object.keys(row)) {
      let values = columns.get(key)
      if (values === undefined) columns.set(key, (values = new Array(size).fill(undefined)))
      values[i] = row[key]
    }
  }
  return columns
}

function* readColumns(name, table, measured) {
  const source = new native.Source(name, 'columns')
  const columns = Object.keys(table).map((column) => [column, columnOf(name, column, table[column])])
  const rows = columns.length === 0 ? 0 : columns[0][1].length
  if (columns.some(([, values]) => values.length !== rows)) {
    // The core says which one differs.
    for (const [column, values] of columns) source.nulls(column, values.length)
    source.endChunk(rows)
  }
  const step = columns.every(([, values]) => ArrayBuffer.isView(values)) ? TYPED_ROWS_PER_CHUNK : ROWS_PER_CHUNK
  for (let from = 0; from < rows || from === 0; from += step) {
    const to = Math.min(from + step, rows)
    for (const [column, values] of columns) {
      if (ArrayBuffer.isView(values)) addTyped(source, column, values.subarray(from, to), measured)
      else addValues(source, column, values.slice(from, to))
    }
    source.endChunk(to - from)
    yield
  }
  return source
}

function columnOf(table, column, values) {
  if (Array.isArray(values)) return values
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) {
    return isSharedArrayBuffer(values.buffer) ? values.slice() : values
  }
  const message =
    `column "${column}" of ${table} is ${describe(values)}; expected an array or a typed array ` +
    '(a table is an object of columns or an array of row objects)'
  throw data('unsupported_input', `${table}.${column}`, message)
}

function addTyped(source, name, values, measured) {
  switch (values[Symbol.toStringTag]) {
    case 'Float64Array':
      return measured ? source.doubles(name, values, undefined) : addNumbers(source, name, values, undefined)
    case 'Float32Array':
      return source.floats(name, values)
    case 'Int32Array':
      return source.int32(name, values)
    case 'Uint32Array':
      return source.uint32(name, values)
    case 'BigInt64Array':
      return source.int64(name, values, undefined)
    case 'BigUint64Array':
      return source.uint64(name, values, undefined)
    case 'Int8Array':
    case 'Int16Array':
    case 'Uint8Array':
    case 'Uint8ClampedArray':
    case 'Uint16Array':
      return source.int32(name, Int32Array.from(values))
    default:
      return addValues(source, name, Array.from(values))
  }
}

/** Adds plain values: in the narrowest form that holds all of them. */
function addValues(source, name, values) {
  let kinds = 0
  for (let i = 0; i < values.length; i++) kinds |= kindOf(values[i])
  const valid = kinds & NULL ? Uint8Array.from(values, (v) => (v === null || v === undefined ? 0 : 1)) : undefined
  const there = (make, type, empty) => type.from(values, (v) => (v === null || v === undefined ? empty : make(v)))
  switch (kinds & ~NULL) {
    case 0:
      return source.nulls(name, values.length)
    case NUMBER:
      return addNumbers(source, name, there((v) => v, Float64Array, 0), valid)
    case STRING:
      return addTexts(source, name, values, valid)
    case BOOLEAN:
      return source.flags(name, there(Number, Uint8Array, 0), valid)
    case DATE: {
      const times = there((v) => v.getTime(), Float64Array, 0)
      return times.some(Number.isNaN) ? addCells(source, name, values) : source.instants(name, times, valid)
    }
    case BIGINT:
      return addBigInts(source, name, values, valid)
    default:
      return addCells(source, name, values)
  }
}

function kindOf(value) {
  switch (typeof value) {
    case 'number':
      return NUMBER
    case 'string':
      return STRING
    case 'boolean':
      return BOOLEAN
    case 'bigint':
      return BIGINT
    case 'undefined':
      return NULL
    default:
      return value === null ? NULL : isDate(value) ? DATE : OTHER
  }
}

function addNumbers(source, name, values, valid) {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (!Number.isInteger(v) || v > SAFE || v < -SAFE) return source.doubles(name, values, valid)
  }
  return source.whole(name, values, valid)
}

function addTexts(source, name, values, valid) {
  // `join` writes null and undefined as nothing.
  const joined = values.join('')
  if (!joined.isWellFormed()) return addCells(source, name, values)
  const lengths = new Uint32Array(values.length)
  for (let i = 0; i < values.length; i++) lengths[i] = values[i]?.length ?? 0
  return source.texts(name, joined, lengths, valid)
}

function addBigInts(source, name, values, valid) {
  const filled = values.map((v) => v ?? 0n)
  if (filled.every((v) => BigInt.asIntN(64, v) === v)) return source.int64(name, BigInt64Array.from(filled), valid)
  if (filled.every((v) => BigInt.asUintN(64, v) === v)) return source.uint64(name, BigUint64Array.from(filled), valid)
  return addCells(source, name, values)
}

function addCells(source, name, values) {
  source.cells(name, JSON.stringify(values.map((v) => cellOf(v, true))))
}

/** A value in the form that `cell` of input.rs reads. */
function cellOf(value, lists) {
  switch (kindOf(value)) {
    case NULL:
      return null
    case BOOLEAN:
      return value
    case STRING:
      return value.isWellFormed() ? value : { o: 'text with half a surrogate pair' }
    case NUMBER:
      return Number.isFinite(value) && !(Number.isInteger(value) && Math.abs(value) > SAFE) ? value : { f: String(value) }
    case BIGINT:
      return { i: String(value) }
    case DATE:
      return Number.isNaN(value.getTime()) ? { o: 'an invalid Date' } : { d: value.getTime() }
    default:
      return Array.isArray(value) && lists ? value.map((item) => cellOf(item, false)) : { o: describe(value) }
  }
}

module.exports = { cellOf, readTable }
