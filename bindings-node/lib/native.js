'use strict'

// The compiled half of the package. It is private: `index.js` gives it the shape that callers see.

const path = require('node:path')

const FILE = path.join(__dirname, '..', 'cosell.node')

function load() {
  try {
    return require(FILE)
  } catch (cause) {
    const what =
      cause.code === 'MODULE_NOT_FOUND'
        ? `the compiled part of cosell is missing: there is no ${FILE}`
        : `the compiled part of cosell does not load on ${process.platform} ${process.arch}, Node ${process.version}: ${cause.message}`
    const remedy = 'Build it from the source repository with `make node`, which needs Rust 1.88 or later.'
    throw new Error(`${what}. ${remedy}`, { cause })
  }
}

const native = load()
native.keepMemory()

module.exports = native
