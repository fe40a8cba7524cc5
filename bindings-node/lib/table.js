'use strict'

// Results: rows, columns, CSV or Arrow bytes of a table that lives in the compiled half.

const { inspect } = require('node:util')
const native = require('./native.js')
const { call, config } = require('./errors.js')

/** What only the package itself may hand to a constructor. */
const OWN = Symbol('made by cosell')

/** Under which a class gives the compiled object of one of its instances. */
const HANDLE = Symbol('compiled object')

function guard(token, type) {
  if (token !== OWN) throw new TypeError(`${type} has no public constructor; see its static methods and the functions that return one`)
}

// The garbage collector sees only the handles of what the compiled half holds: it is told the size, so that it comes in
// time. Small ones are not worth the telling.
const WORTH_TELLING = 1 << 16
const told = new FinalizationRegistry((bytes) => native.adjustMemory(-bytes))

function tell(object, bytes) {
  if (bytes < WORTH_TELLING) return
  native.adjustMemory(bytes)
  told.register(object, bytes)
}

class Table {
  #native

  constructor(token, table) {
    guard(token, 'Table')
    this.#native = table
    tell(this, table.bytes)
  }

  get length() {
    return this.#native.length
  }

  get columnNames() {
    return this.#native.columnNames()
  }

  toObjects(options) {
    const decimals = wantsDecimals(options)
    const names = this.columnNames
    const columns = names.map((_, i) => values(call(() => this.#native.column(i, decimals, false)), true))
    const rows = new Array(this.length)
    for (let row = 0; row < rows.length; row++) {
      const record = {}
      for (let i = 0; i < names.length; i++) put(record, names[i], columns[i][row])
      rows[row] = record
    }
    return rows
  }

  toColumns(options) {
    const decimals = wantsDecimals(options)
    const columns = {}
    this.columnNames.forEach((name, i) => {
      put(columns, name, values(call(() => this.#native.column(i, decimals, true)), false))
    })
    return columns
  }

  toCsv() {
    return call(() => this.#native.toCsv())
  }

  toIpc(options) {
    const decimals = wantsDecimals(options)
    return call(() => this.#native.toIpc(decimals))
  }

  toJSON() {
    return this.toObjects()
  }

  toString() {
    return call(() => this.#native.toText())
  }

  get [Symbol.toStringTag]() {
    return 'Table'
  }

  [inspect.custom]() {
    return this.toString()
  }
}

function wantsDecimals(options) {
  if (options === undefined || options === null) return false
  const unknown = Object.keys(options).find((key) => key !== 'decimals')
  if (unknown !== undefined) throw config('unknown_option', unknown, `unknown option "${unknown}"; expected "decimals"`)
  const { decimals } = options
  if (decimals !== undefined && typeof decimals !== 'boolean') {
    throw config('invalid_option', 'decimals', `decimals: expected true or false, got ${String(decimals)}`)
  }
  return decimals === true
}

/** Sets a member of any name: `__proto__` too is a column like others. */
function put(record, name, value) {
  if (name === '__proto__') {
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    record[name] = value
  }
}

/** The values of a column as it crossed; instants are Dates for rows and microseconds (BigInt) for columns. */
function values({ form, valid, doubles, int64, flags, codes, distinct }, dates) {
  if (form === 'coded') return Array.from(codes, (code) => distinct[code] ?? null)
  const plain = doubles ?? int64 ?? flags
  const show = form === 'flags' ? (v) => v === 1 : form === 'instants' && dates ? (ms) => new Date(ms) : undefined
  if (valid === undefined) return show === undefined ? plain : Array.from(plain, show)
  return Array.from(plain, (v, i) => (valid[i] === 0 ? null : show === undefined ? v : show(v)))
}

module.exports = { Table, HANDLE, OWN, guard, tell }
