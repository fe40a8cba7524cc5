'use strict'

// Results of several tables: a frozen object of them by name, with how they were made where that is told.

const { OWN, Table } = require('./table.js')

function tablesOf(native) {
  const parts = Object.fromEntries(native.names().map((name) => [name, new Table(OWN, native.get(name))]))
  const diagnostics = native.diagnostics()
  if (diagnostics !== null) parts.diagnostics = JSON.parse(diagnostics)
  return Object.freeze(parts)
}

module.exports = { tablesOf }
