'use strict'

// Long work: promises that can be watched and cancelled. The monitor of the compiled half holds nothing but counters;
// a timer reads them, so `onProgress` runs on the event loop like any callback.

const native = require('./native.js')
const { Cancelled, config, describe, translate } = require('./errors.js')

const POLL_MS = 50
const SLICE_MS = 8

/** Runs `work(monitor)`, a promise, under the caller's `{ signal, onProgress }`. */
async function run(watch, work) {
  const { signal, onProgress } = checked(watch)
  if (signal?.aborted) throw cancelled(signal)
  const monitor = new native.Monitor()
  let timer
  let abort
  const stopped = new Promise((_, reject) => {
    const stop = (error) => {
      clearInterval(timer)
      monitor.cancel()
      reject(error)
    }
    abort = () => stop(cancelled(signal))
    signal?.addEventListener('abort', abort, { once: true })
    if (onProgress) {
      timer = setInterval(() => {
        try {
          onProgress(progressOf(monitor))
        } catch (error) {
          stop(error)
        }
      }, POLL_MS)
    }
  })
  try {
    const result = await Promise.race([stopped, work(monitor)])
    if (onProgress) onProgress(progressOf(monitor))
    return result
  } catch (error) {
    throw translate(error)
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function checked(watch) {
  if (watch === undefined || watch === null) return {}
  if (typeof watch !== 'object') throw config('invalid_option', 'watch', `expected { signal, onProgress }, got ${describe(watch)}`)
  for (const key of Object.keys(watch)) {
    if (key !== 'signal' && key !== 'onProgress') {
      throw config('unknown_option', key, `unknown option "${key}"; expected "signal" or "onProgress"`)
    }
  }
  const signal = watch.signal ?? undefined
  const onProgress = watch.onProgress ?? undefined
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw config('invalid_option', 'signal', `signal: expected an AbortSignal, got ${describe(signal)}`)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw config('invalid_option', 'onProgress', `onProgress: expected a function, got ${describe(onProgress)}`)
  }
  return { signal, onProgress }
}

function cancelled(signal) {
  return new Cancelled('cancelled by the caller; nothing was changed', { code: 'cancelled', cause: signal.reason })
}

function progressOf(monitor) {
  return { stage: monitor.stage, done: monitor.done, total: monitor.total }
}

/** Drives a generator to its end on the event loop, in slices between which other callbacks run. */
async function inSlices(steps, monitor) {
  let until = performance.now() + SLICE_MS
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() < until) continue
    await new Promise(setImmediate)
    if (monitor.cancelled) throw new Cancelled('cancelled by the caller; nothing was changed', { code: 'cancelled' })
    until = performance.now() + SLICE_MS
  }
}

/** Drives a generator to its end at once. */
function atOnce(steps) {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

module.exports = { run, inSlices, atOnce }
