'use strict'

// Results of several tables: a frozen object of them by name.

const { OWN, Table } = require('./table.js')

function tablesOf(native) {
  return Object.freeze(Object.fromEntries(native.names().map((name) => [name, new Table(OWN, native.get(name))])))
}

module.exports = { tablesOf }
