// The conformance cases that Rust, Python and Node all run; what they mean is said in conformance/README.md.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'

import {
  AttributionState, CosellError, Ecosystem, Journeys, Program, Table, attributeJourney, recommendProgram, review, say, simulateJourneys,
} from 'cosell'

const CASES = new URL('../../conformance/cases/', import.meta.url)

const PROGRAMS = new URL('../../examples/programs/', import.meta.url)

/** Every operation: its input, with the markers replaced, to named results. */
const OPERATIONS = {
  async ecosystem(input) {
    const eco = await ecosystem(input)
    const tables = Object.fromEntries(eco.tableNames.map((name) => [name, eco.table(name)]))
    return { tables, rejected: eco.rejected, findings: eco.findings, currency: eco.currency, table_names: eco.tableNames }
  },
  async journeys(input) {
    const journeys = await (await ecosystem(input)).journeys(input.journeys)
    return { diagnostics: journeys.diagnostics, channels: journeys.channels }
  },
  async attribute(input) {
    return credited(await (await ecosystem(input)).journeys(input.journeys), input.model)
  },
  async from_touchpoints(input) {
    return credited(await journeysOf(input), input.model)
  },
  async from_paths(input) {
    return credited(await journeysOf(input), input.model)
  },
  async intervals(input) {
    const credit = await (await journeysOf(input)).attribute(input.model)
    return credit.intervals(input.intervals)
  },
  async calibrate(input) {
    const credit = await (await journeysOf(input)).attribute(input.model)
    return credit.calibrate(input.experiments, input.calibrate)
  },
  async state({ states, bytes = {}, intervals }) {
    const [merged, ...others] = await Promise.all(states.map(stateOf))
    for (const other of others) await merged.merge(other)
    const written = bytes.hex === undefined ? await merged.toBytes() : Uint8Array.from(Buffer.from(bytes.hex, 'hex'))
    const data = written.slice(0, bytes.keep)
    if (bytes.flip !== undefined) data[bytes.flip] ^= 1
    const { model, keep_paths } = { ...states[0], ...bytes }
    const credit = await (await AttributionState.fromBytes(data, model, { keep_paths })).finish()
    return intervals === undefined ? named(credit) : credit.intervals(intervals)
  },
  async compare(input) {
    return (await journeysOf(input)).compare(input.models, input.compare)
  },
  async select_order(input) {
    return (await journeysOf(input)).selectOrder(input.order)
  },
  async simulate({ simulate }) {
    return simulateJourneys(simulate)
  },
  async attribute_journey({ touches, options, model }) {
    return { rows: attributeJourney(touches, model, { ...options, decimals: true }) }
  },
  async model({ model }) {
    const touches = [{ opportunity_id: 1, partner_id: 'a', at: '2026-01-01' }]
    const journeys = await Journeys.fromTouchpoints(touches, [{ opportunity_id: 1 }])
    return { model: (await journeys.attribute(model)).model }
  },
  async involvement(input) {
    return (await ecosystem(input)).involvement(input.involvement)
  },
  async pipeline(input) {
    return (await ecosystem(input)).pipeline(input.pipeline)
  },
  async inferred_influence(input) {
    return (await ecosystem(input)).inferredInfluence(input.inferred_influence)
  },
  async credit_by(input) {
    const eco = await ecosystem(input)
    const credit = await (await eco.journeys(input.journeys)).attribute(input.model)
    return { cells: await eco.creditBy(credit, input.credit_by) }
  },
  async program(input) {
    return reviewed(input)
  },
  async program_text({ text, format }) {
    const { document, tiers } = Program.fromText(text, format)
    return { document, tiers }
  },
  async program_lint({ program }) {
    const made = programOf(program)
    const findings = made.lint()
    const paths = {}
    for (const { code, path } of findings.toObjects()) (paths[code] ??= []).push(path)
    return { findings, paths, is_monotone: made.is_monotone }
  },
  async program_diff({ program, other }) {
    return { changes: programOf(program).diff(programOf(other)) }
  },
  async program_compare({ other, stakes, compare, ...input }) {
    const before = await reviewed(input)
    return before.compare(await reviewed({ ...input, program: other }), { ...compare, stakes })
  },
  async program_sensitivity({ program, partners, previous, stakes, sensitivity }) {
    return { effects: await programOf(program).sensitivity(partners, { ...sensitivity, previous, stakes }) }
  },
  async program_design({ program, partners, design }) {
    return { shares: await programOf(program).design(partners, design) }
  },
  async program_recommend({ periods, recommend }) {
    return recommendProgram(periods, recommend)
  },
  async program_climb({ gaps, actions, economics, segments, enablement, ...input }) {
    const review = await reviewed(input)
    return {
      ...(gaps && { gaps: await review.gaps(gaps), progress: await review.progress(gaps) }),
      ...(actions && { actions: await review.actions(actions), out_of_reach: await review.outOfReach(actions) }),
      ...(economics && (await review.economics(economics))),
      ...(segments && { segments: await review.segments(segments) }),
      ...(enablement && { enablement: await review.enablement(enablement) }),
    }
  },
  async review_tiers({ config, as_of, ...input }) {
    const { tiers } = await review(await ecosystem(input), { ...config, as_of })
    return tiers
  },
  async facts({ facts, ...input }) {
    return { facts: await (await reviewed(input)).facts(facts) }
  },
  async benefits({ program, benefits: { tier, ...options } }) {
    return { benefits: programOf(program).benefits(tier, options) }
  },
  async qualify({ program, partners, qualify, gaps }) {
    const found = await new Program(program).qualify(partners, qualify)
    const { tiers, tracks, table, counts, cutoffs } = found
    const [codes, track_codes, scores] = [found.codes, found.track_codes, found.scores].map((values) => Array.from(values))
    return { tiers, codes, tracks, track_codes, scores, table, counts, cutoffs, gaps: await found.gaps(gaps) }
  },
  async replay(input) {
    const [partners, beside] = await manyDays(input)
    return programOf(input.program).replay(partners, { ...input.replay, ...beside })
  },
  async backtest(input) {
    const [partners, beside] = await manyDays(input)
    const given = { ...input.backtest, ...beside, stakes: input.stakes }
    return programOf(input.program).backtest(programOf(input.other), partners, given)
  },
  async apply(input) {
    const eco = await ecosystem(input)
    const learned = await (await eco.journeys(input.journeys)).attribute(input.model)
    return named(await learned.apply(await eco.journeys(input.open)))
  },
  async say({ code, parameters, words }) {
    return { said: say(code, parameters, words) }
  },
  async ropi(input) {
    const eco = await ecosystem(input)
    const credit = await (await eco.journeys(input.journeys)).attribute(input.model)
    return eco.ropi(credit, input.ropi)
  },
}

/** The partners of many days, and what comes beside them. */
async function manyDays(input) {
  if (input.partners) return [input.partners, { previous: input.previous }]
  const eco = await ecosystem(input)
  const credit = input.model && { influence: await (await eco.journeys(input.journeys)).attribute(input.model) }
  return [eco, { previous: input.previous, credit }]
}

function ecosystem({ tables, options }) {
  return Ecosystem.create(tables, options)
}

function programOf(program) {
  return typeof program === 'string' ? Program.fromFile(new URL(program, PROGRAMS)) : new Program(program)
}

/** The review of a case, of a frame or of an ecosystem. */
async function reviewed({ program, partners, previous, review, ...input }) {
  return programOf(program).review(partners ?? (await ecosystem(input)), { ...review, previous })
}

function journeysOf({ paths, touches, outcomes, options }) {
  return paths === undefined ? Journeys.fromTouchpoints(touches, outcomes, options) : Journeys.fromPaths(paths, options)
}

async function stateOf({ model, keep_paths, parts }) {
  const state = new AttributionState(model, { keep_paths })
  for (const part of parts) await state.update(await journeysOf(part))
  return state
}

async function credited(journeys, model) {
  return named(await journeys.attribute(model))
}

async function named(credit) {
  const { totals, journeys } = credit
  const tables = Object.fromEntries(credit.tableNames.map((name) => [name, credit.table(name)]))
  const { diagnostics, channels } = journeys
  return { totals, ledger: await credit.ledger(), diagnostics, channels, credit_diagnostics: credit.diagnostics, ...tables }
}

/** The value that a marker stands for, to any depth. */
function unmark(value) {
  if (Array.isArray(value)) return value.map(unmark)
  if (typeof value !== 'object' || value === null) return value
  if ('$int' in value) return BigInt(value.$int)
  if ('$float' in value) return Number(value.$float)
  if ('$repeat' in value) return value.$repeat[0].repeat(value.$repeat[1])
  if ('$deep' in value) {
    let deep = []
    for (let i = 1; i < value.$deep; i++) deep = [deep]
    return deep
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmark(item)]))
}

/** The rows of a table with exact amounts, and instants as text to the microsecond. */
function rowsOf(table) {
  if (!(table instanceof Table)) return table
  const columns = table.toColumns({ decimals: true })
  return table.toObjects({ decimals: true }).map((row, i) => {
    for (const [name, value] of Object.entries(row)) if (value instanceof Date) row[name] = instant(columns[name][i])
    return row
  })
}

function instant(micros) {
  const second = 1_000_000n
  const rest = ((micros % second) + second) % second
  const whole = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)
  return rest === 0n ? `${whole}Z` : `${whole}.${String(rest).padStart(6, '0')}Z`
}

function compare(actual, expected, path) {
  if (actual instanceof Table && !Array.isArray(expected)) return compareMetrics(rowsOf(actual), expected, path)
  if (Array.isArray(expected)) {
    const items = rowsOf(actual)
    assert.ok(Array.isArray(items), `${path}: expected a list, got ${items}`)
    assert.equal(items.length, expected.length, `${path}: ${JSON.stringify(items, text)}`)
    return expected.forEach((item, i) => compare(items[i], item, `${path}[${i}]`))
  }
  if (typeof expected === 'object' && expected !== null) {
    for (const [key, item] of Object.entries(expected)) {
      assert.ok(actual !== null && key in actual, `${path} has no ${key}`)
      compare(actual[key], item, `${path}.${key}`)
    }
    return undefined
  }
  if (typeof expected === 'bigint') return assert.equal(BigInt(actual), expected, path)
  if (typeof expected === 'number') {
    assert.equal(typeof actual, 'number', `${path}: expected ${expected}, got ${actual}`)
    const most = 1e-12 * (expected === 0 ? 1 : Math.abs(expected))
    return assert.ok(Math.abs(actual - expected) <= most, `${path}: expected ${expected}, got ${actual}`)
  }
  return assert.equal(actual, expected, path)
}

function compareMetrics(rows, expected, path) {
  for (const [metric, row] of Object.entries(expected)) {
    const found = rows.find((r) => r.metric === metric)
    assert.ok(found, `${path} has no ${metric}`)
    compare(found, row, `${path}.${metric}`)
  }
}

function text(_, value) {
  return typeof value === 'bigint' ? String(value) : value
}

for (const file of readdirSync(CASES).filter((name) => name.endsWith('.json')).sort()) {
  for (const { name, run, input, expect, error } of JSON.parse(readFileSync(new URL(file, CASES), 'utf8'))) {
    test(`${file} ${name}`, async () => {
      const work = () => OPERATIONS[run](unmark(input))
      if (error) {
        const caught = await work().catch((e) => e)
        assert.ok(caught instanceof CosellError, `expected ${error.code}, got ${caught.stack ?? 'a result'}`)
        assert.deepEqual([caught.code, caught.field], [error.code, error.field], caught.message)
        return
      }
      const results = await work()
      for (const [key, expected] of Object.entries(unmark(expect))) {
        assert.ok(key in results, `${run} gives no ${key}`)
        compare(results[key], expected, key)
      }
    })
  }
}
