'use strict'

// Results of several tables: a frozen object of them by name, with diagnostics where the result has any.

const { OWN, Table } = require('./table.js')

function tablesOf(native) {
  const parts = native.names().map((name) => [name, new Table(OWN, native.get(name))])
  const diagnostics = native.diagnostics()
  if (typeof diagnostics === 'string') parts.push(['diagnostics', JSON.parse(diagnostics)])
  return Object.freeze(Object.fromEntries(parts))
}

module.exports = { tablesOf }
