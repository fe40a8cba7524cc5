'use strict'

// Attribution of journeys that come in parts. A state changes in place: its calls run one after the other, in the order in
// which they were made, whether their promises are awaited or not.

const { inspect } = require('node:util')
const { isUint8Array } = require('node:util/types')
const native = require('./native.js')
const { call, config, describe, translate } = require('./errors.js')
const { optionsText } = require('./document.js')
const { Credit, Journeys, modelTexts } = require('./journeys.js')
const { HANDLE, OWN } = require('./table.js')
const { run } = require('./work.js')

class AttributionState {
  #native
  /** Settles, never with an error, when every call so far is done. */
  #idle = Promise.resolve()

  constructor(model, options) {
    if (model === OWN) {
      this.#native = options
      return
    }
    const [name, text] = modelTexts(model)
    const own = optionsText(options, 'options')
    this.#native = call(() => native.newState(name, text, own))
  }

  static async fromBytes(bytes, model, options) {
    if (!isUint8Array(bytes)) throw config('invalid_option', 'bytes', `bytes: expected a Uint8Array, got ${describe(bytes)}`)
    const [name, text] = modelTexts(model)
    const own = optionsText(options, 'options')
    try {
      return new AttributionState(OWN, await native.stateOfBytes(bytes, name, text, own))
    } catch (error) {
      throw translate(error)
    }
  }

  async update(journeys) {
    const handle = typeof journeys === 'object' && journeys !== null ? Journeys[HANDLE](journeys) : undefined
    if (!handle) throw config('invalid_option', 'journeys', `journeys: expected Journeys, got ${describe(journeys)}`)
    await this.#after([], () => this.#native.update(handle))
  }

  async merge(other) {
    if (typeof other !== 'object' || other === null || !(#native in other)) {
      throw config('invalid_option', 'other', `other: expected an AttributionState, got ${describe(other)}`)
    }
    await this.#after([other.#idle], () => this.#native.merge(other.#native))
  }

  async finish(watch) {
    return run(watch, async (monitor) => new Credit(OWN, await this.#after([], () => this.#native.finish(monitor))))
  }

  async toBytes() {
    return this.#after([], () => this.#native.toBytes())
  }

  get model() {
    return JSON.parse(call(() => this.#native.model()))
  }

  get keepsPaths() {
    return call(() => this.#native.keepsPaths())
  }

  /** As it is now: calls whose promises are not settled yet may or may not be in it. */
  toString() {
    return call(() => this.#native.toText())
  }

  get [Symbol.toStringTag]() {
    return 'AttributionState'
  }

  [inspect.custom]() {
    return this.toString()
  }

  /** Does the work after every call before it, and after what else is to be waited for. */
  async #after(others, work) {
    const done = Promise.all([this.#idle, ...others]).then(work)
    this.#idle = done.then(
      () => undefined,
      () => undefined,
    )
    try {
      return await done
    } catch (error) {
      throw translate(error)
    }
  }
}

module.exports = { AttributionState }
