/**
 * cosell: the engine for partner ecosystem intelligence.
 *
 * Functions have camelCase names; options, models, tables and columns have the snake_case names that they have in every
 * language. An option that is left out, `undefined` or `null` gets its default.
 *
 * What is long returns a promise, runs off the event loop, and takes a {@link Watch}. Such a function never throws: its
 * promise rejects, with one of the {@link CosellError} classes where something is wrong with the call or the data.
 *
 * @packageDocumentation
 */

import type {
  ActionOptions,
  BacktestOptions,
  BenefitOptions,
  CalibrateOptions,
  CompareOptions,
  CubeOptions,
  DesignOptions,
  EconomicsOptions,
  EcosystemOptions,
  EnablementOptions,
  EvaluateOptions,
  ExplainOptions,
  FactOptions,
  GapOptions,
  InferredInfluenceOptions,
  IntervalsOptions,
  InvolvementOptions,
  JourneysOptions,
  Model,
  ModelDocument,
  ModelName,
  ModelOptions,
  OrderOptions,
  PathsOptions,
  PipelineOptions,
  ProgramCompareOptions,
  ProgramDocument,
  ProgramReviewOptions,
  QualifyOptions,
  RecommendOptions,
  ReplayOptions,
  ReviewConfig,
  RopiOptions,
  SegmentOptions,
  SensitivityOptions,
  SimulateOptions,
  StateOptions,
  TouchpointsOptions,
} from './options.js'

// Every option and model, generated from the engine's own types.
export type * from './options.js'

// ---------------------------------------------------------------------------------------------------------------------
// Tables in

/** A typed array that can be a column. */
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/**
 * One value of a table.
 *
 * A `number` beyond 2^53 cannot be an id: use a `bigint`. A `Date` is an instant; text such as `2026-11-20` is a whole
 * day. An array is a list, such as the types of a partner. `null` and `undefined` mean that there is no value; `NaN` is
 * an error where a number is needed, save for the metrics of programmes, where it is a number that nobody knows.
 */
export type Value = string | number | bigint | boolean | Date | null | undefined | readonly (string | number | bigint | null)[]

/** A table by column; all columns have the same length. */
export type Columns = { readonly [column: string]: readonly Value[] | NumericArray }

/**
 * A table on its way in:
 *
 * - an array of row objects (a key that a row lacks is null there);
 * - an object of columns;
 * - bytes, as `Uint8Array` or `ArrayBuffer`: an Arrow IPC stream or file, else CSV text in UTF-8;
 * - `{ csv }` or `{ arrow }`, which say what the bytes are;
 * - a {@link Table}.
 *
 * Arrays and bytes must not change until the promise settles.
 */
export type TableInput =
  | readonly object[]
  | Columns
  | Uint8Array
  | ArrayBuffer
  | { readonly csv: string | Uint8Array }
  | { readonly arrow: Uint8Array }
  | Table

/** The names of the input tables. */
export type TableName =
  | 'partners'
  | 'accounts'
  | 'account_partners'
  | 'opportunities'
  | 'opportunity_partners'
  | 'touchpoints'
  | 'registrations'
  | 'investments'
  | 'enrollments'
  | 'people'
  | 'credentials'
  | 'activities'
  | 'measurements'
  | 'lines'
  | 'aliases'
  | 'exchange_rates'

/** The input tables by name; those that are left out switch nothing on. */
export type Tables = { readonly [name in TableName]?: TableInput | null | undefined }

// ---------------------------------------------------------------------------------------------------------------------
// Tables out

/** One value of a result row. Money is a number of major units, or its exact decimal text with `decimals: true`. */
export type Cell = string | number | bigint | boolean | Date | null

/** One row of a result. */
export type Row = { [column: string]: Cell }

/** A column of a result: see {@link Table.toColumns}. */
export type ColumnOut =
  | Float64Array
  | BigInt64Array
  | Uint8Array
  | (string | number | bigint | boolean | null)[]

/** How amounts go out. */
export interface DecimalsOption {
  /** Money as exact decimal text (`"1234.50"`, in Arrow `decimal128`) in place of a number. */
  decimals?: boolean
}

/** A result: columns of equal length, in a stated order of rows. It lives outside of the JavaScript heap. */
export class Table {
  private constructor(...args: never)
  /** How many rows. */
  readonly length: number
  /** The names of the columns. */
  readonly columnNames: string[]
  /**
   * The rows as objects.
   *
   * Whole numbers and integer ids are numbers, or BigInts beyond 2^53. Instants are Dates, which hold milliseconds: what
   * is finer is cut off (take {@link Table.toColumns} for microseconds). Civil dates are text (`2026-11-20`).
   */
  toObjects<T extends object = Row>(options?: DecimalsOption): T[]
  /**
   * The columns by name.
   *
   * A column of numbers, amounts or counts without nulls is a `Float64Array`; instants without nulls are a
   * `BigInt64Array` of microseconds since 1970. Any other column is an array, with null where there is no value.
   */
  toColumns(options?: DecimalsOption): { [column: string]: Exclude<ColumnOut, Uint8Array> }
  /** An Arrow IPC stream, to be read by any Arrow library (`tableFromIPC(table.toIpc())`). */
  toIpc(options?: DecimalsOption): Uint8Array
  /** CSV text with exact amounts. */
  toCsv(): string
  /** The rows, so that `JSON.stringify` works. */
  toJSON(): Row[]
  /** A text table of the first rows, which `console.log` shows too. */
  toString(): string
}

// ---------------------------------------------------------------------------------------------------------------------
// Long work

/** How far long work is. */
export interface Progress {
  /** What is being done. */
  stage:
    | 'waiting'
    | 'reading'
    | 'checking'
    | 'journeys'
    | 'attribution'
    | 'resampling'
    | 'inferred_influence'
    | 'review'
    | 'decide'
    | 'compare'
    | 'sensitivity'
    | 'design'
    | 'recommend'
    | 'done'
  /** Rows done in this stage. */
  done: number
  /** Rows of this stage. */
  total: number
}

/** Watches and stops long work. */
export interface Watch {
  /** Aborting it rejects the promise with {@link Cancelled}, whose `cause` is the signal's reason. */
  signal?: AbortSignal | undefined
  /**
   * Called on the event loop, about 20 times a second while the work runs and once when it is done. If it throws, the
   * work stops and the promise rejects with what it threw.
   */
  onProgress?: ((progress: Progress) => void) | undefined
}

// ---------------------------------------------------------------------------------------------------------------------
// The ecosystem

/**
 * An immutable, checked set of tables.
 *
 * @example
 * ```js
 * const eco = await Ecosystem.create({ opportunities, touchpoints, partners }, { currency: 'USD' })
 * console.log(eco.findings)
 * ```
 */
export class Ecosystem {
  private constructor(...args: never)
  /** Reads and checks tables off the event loop. */
  static create(tables: Tables, options?: EcosystemOptions | null, watch?: Watch): Promise<Ecosystem>
  /** Reads and checks tables at once: for small ones. */
  static createSync(tables: Tables, options?: EcosystemOptions | null): Ecosystem
  /** An ecosystem from the bytes of `toBytes`, of this version or the one before. */
  static fromBytes(bytes: Uint8Array, watch?: Watch): Promise<Ecosystem>
  /** The ecosystem as bytes, exactly: to keep it, or to send it to a worker. */
  toBytes(): Uint8Array
  /** The names of the tables that were given. */
  readonly tableNames: TableName[]
  /** A table as it was read; throws `missing_table` where it was not given. */
  table(name: TableName): Table
  /** The partners; as all tables below, it throws `missing_table` where it was not given. */
  readonly partners: Table
  /** The accounts. */
  readonly accounts: Table
  /** The partners of the accounts. */
  readonly account_partners: Table
  /** The opportunities. */
  readonly opportunities: Table
  /** The partners on the opportunities. */
  readonly opportunity_partners: Table
  /** The touchpoints. */
  readonly touchpoints: Table
  /** The registrations. */
  readonly registrations: Table
  /** The investments. */
  readonly investments: Table
  /** The partners in programmes, with their tiers. */
  readonly enrollments: Table
  /** The people at the partners. */
  readonly people: Table
  /** The credentials. */
  readonly credentials: Table
  /** The activities. */
  readonly activities: Table
  /** The measurements. */
  readonly measurements: Table
  /** The lines of the opportunities. */
  readonly lines: Table
  /** The aliases. */
  readonly aliases: Table
  /** The exchange rates. */
  readonly exchange_rates: Table
  /** The rows that could not be used: table, row (counted from 0, a header aside), column, code, message, amount_at_stake, rows. */
  readonly rejected: Table
  /** What is implausible but usable, with the same columns. */
  readonly findings: Table
  /** The currency that results are in; null where no amount has one. */
  readonly currency: string | null
  /** The options, with every default filled in. */
  readonly options: object
  /** The journeys of the opportunities: ordered touches, ready to be attributed. */
  journeys(options?: JourneysOptions | null, watch?: Watch): Promise<Journeys>
  /** Sourced, influenced and involved won revenue: per partner, as disjoint buckets, and as figures. */
  involvement(options: WithDay<InvolvementOptions>, watch?: Watch): Promise<Involvement>
  /** Open pipeline and the partners' part in it. */
  pipeline(options: WithDay<PipelineOptions>, watch?: Watch): Promise<Pipeline>
  /** Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit. */
  inferredInfluence(options: WithDay<InferredInfluenceOptions>, watch?: Watch): Promise<InferredInfluence>
  /** Return on partner investment for that credit. */
  ropi(credit: Credit, options: WithDay<RopiOptions>, watch?: Watch): Promise<Ropi>
  /**
   * Credit of this ecosystem's journeys by several dimensions at once: one column per dimension, deals, touches,
   * conversions, value, share. It adds up to the credit along each of them.
   */
  creditBy(credit: Credit, options?: CubeOptions | null, watch?: Watch): Promise<Table>
  /** What it is, in a line: the tables with their rows, and how many rows were rejected or found. */
  toString(): string
}

// ---------------------------------------------------------------------------------------------------------------------
// Journeys and credit

/** Ordered touches of opportunities or customers, with how each journey ended. */
export class Journeys {
  private constructor(...args: never)
  /** Journeys of touches and outcomes; touches of journeys that are not listed are set aside and counted. */
  static fromTouchpoints(
    touches: TableInput,
    outcomes: TableInput,
    options?: TouchpointsOptions | null,
    watch?: Watch,
  ): Promise<Journeys>
  /** Journeys of aggregated paths, as other tools export them. */
  static fromPaths(paths: TableInput, options?: PathsOptions | null, watch?: Watch): Promise<Journeys>
  /** How many journeys. */
  readonly length: number
  /** How many touches. */
  readonly touches: number
  /** The channels in the order of results. */
  readonly channels: string[]
  /** What the journeys were made of and what was set aside. */
  readonly diagnostics: { readonly [fact: string]: unknown }
  /** Credit under a model that is given by its name, with its options. */
  attribute<Name extends ModelName>(model: Name, ...rest: AttributeArguments<Name>): Promise<Credit>
  /** Credit under a model that is given as a document. */
  attribute(model: ModelDocument, options?: null, watch?: Watch): Promise<Credit>
  /** The same at once, for few journeys. */
  attributeSync<Name extends ModelName>(model: Name, ...options: OptionsArgument<Name>): Credit
  /** The same at once, for few journeys. */
  attributeSync(model: ModelDocument): Credit
  /** Credit under many models side by side, how far they agree, and why they do not. */
  compare(models: readonly Model[], options?: CompareOptions | null, watch?: Watch): Promise<Comparison>
  /** Which order of Markov chain the journeys support. */
  selectOrder(options?: OrderOptions | null, watch?: Watch): Promise<OrderSelection>
  /** What they are, in a line: `Journeys(3 journeys, 8 touches, 2 channels)`. */
  toString(): string
}

/** Many models on the same journeys. */
export interface Comparison {
  /**
   * Per channel: channel, then for each model its value (conversions where there is no value) and its share; spread.
   */
  readonly credit: Table
  /** Per pair of models: model_a, model_b, rank_correlation, share_distance, top_overlap. */
  readonly agreement: Table
  /**
   * Why models disagree: channel, code, model_high, share_high, model_low, share_low, difference, evidence, baseline.
   */
  readonly reasons: Table
  /** The models as documents, the shares of journeys with one touch and one channel, notes. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/** Which order of Markov chain journeys support. */
export interface OrderSelection {
  /**
   * Per order: order, states, parameters, log_likelihood (cross-validated), log_likelihood_per_step, behind_best,
   * standard_error, unseen_share, bic, auc.
   */
  readonly orders: Table
  /** The order to take. */
  readonly recommended: number
  /** The reason, the order that each measure likes best, and what was counted. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/** Simulated journeys, and what is true of them. */
export interface Simulation {
  /** path, total_conversions, total_conversion_value, total_null. */
  readonly paths: Table
  /** opportunity_id, partner_id, at. */
  readonly touches: Table
  /** opportunity_id, converted, value, closed_at. */
  readonly outcomes: Table
  /** Per channel: channel, effect, touches, journeys, incremental_conversions, incremental_value, incremental_share. */
  readonly truth: Table
  /** The conversions expected, those expected without any effect, those drawn; the options. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/**
 * Journeys whose truth is known: what each channel causes is set, and stands in `truth`.
 *
 * @example
 * ```js
 * const { paths, truth } = await simulateJourneys({ journeys: 1000, seed: 7 })
 * ```
 */
export function simulateJourneys(options?: SimulateOptions | null, watch?: Watch): Promise<Simulation>

/** The options of a model that needs none may be left out. */
type OptionsArgument<Name extends ModelName> = {} extends ModelOptions[Name]
  ? [options?: ModelOptions[Name] | null]
  : [options: ModelOptions[Name]]

type AttributeArguments<Name extends ModelName> = [...OptionsArgument<Name>, watch?: Watch]

/** What each touch of each converted journey has earned under a model. */
export class Credit {
  private constructor(...args: never)
  /**
   * Credit per channel: channel, conversions, value (where journeys have one), share; ordered by channel, names in
   * parentheses last. With money, values add up to the ledger's to the minor unit.
   */
  readonly totals: Table
  /**
   * Credit per touch: journey, touch, channel, at, conversions, value, weight, reason; converted journeys only. Null where
   * only the totals are divided, and where the credit comes from an {@link AttributionState}.
   */
  ledger(watch?: Watch): Promise<Table | null>
  /** The names of the further tables of the model, such as `transitions` of a Markov chain. */
  readonly tableNames: string[]
  /**
   * A further table of the model; throws `unknown_table` where there is no such. In `transitions` and `sequences` a state is
   * its channels with ` > ` between them; a name that holds `>` as a word of its own, or begins with `"`, stands in double
   * quotes, as in JSON.
   */
  table(name: string): Table
  /** How far this credit can be trusted: bootstrap intervals, and how firm the ranks are. */
  intervals(options?: IntervalsOptions | null, watch?: Watch): Promise<Intervals>
  /** This credit and the results of experiments, each weighed by how well it is known. */
  calibrate(experiments: TableInput, options?: CalibrateOptions | null, watch?: Watch): Promise<Calibration>
  /**
   * Credit of other journeys, such as open ones, by what this credit has learned from its own; with `stage_probability` their
   * values are expected ones. It has a ledger. A rule, which learns nothing, divides the journeys as it is.
   */
  apply(journeys: Journeys, watch?: Watch): Promise<Credit>
  /** The model and its options, with every default filled in. */
  readonly model: { readonly [name: string]: unknown }
  /** What the model assumed, what was set aside, how exact it is. */
  readonly diagnostics: { readonly [fact: string]: unknown }
  /**
   * The journeys that it was given for. Of an {@link AttributionState} only their counts, and the distinct paths where those
   * are kept: without them no model can be run on them once more.
   */
  readonly journeys: Journeys
  /** The totals as text. */
  toString(): string
}

/** How far credit can be trusted. */
export interface Intervals {
  /**
   * Per channel, in the order of the totals: channel, journeys (converted, with the channel), conversions,
   * conversions_low, conversions_high, value, value_low, value_high (where there are values), share, share_low,
   * share_high, share_standard_error, enough, note.
   */
  readonly channels: Table
  /** Per channel, by rank of its share: rank, channel, share, rank_low, rank_high, chance_first, note. */
  readonly ranks: Table
  /** Per pair of the first channels by rank: channel, other, chance_above, note. */
  readonly pairs: Table
  /** How they were made. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/** Credit combined with experiments. */
export interface Calibration {
  /**
   * Per channel, in the order of the totals: channel, model, model_standard_error, experiment,
   * experiment_standard_error, calibrated, standard_error, low, high, weight_of_experiment, conflict (z), notes (codes with
   * semicolons between them).
   */
  readonly channels: Table
  /** How it was made. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/**
 * Attribution of journeys that come in parts: one after the other, or on different machines. Each part holds whole journeys.
 * States can be merged in any order, to the same bytes. Calls run in the order in which they were made. A call that fails
 * leaves the state as it was.
 *
 * @example
 * ```js
 * const state = new AttributionState({ markov: { order: 2 } })
 * for (const part of parts) await state.update(await Journeys.fromPaths(part))
 * console.log(String((await state.finish()).totals))
 * ```
 */
export class AttributionState {
  constructor(model: Model, options?: StateOptions | null)
  /** The state from its bytes; model and options must be those that it was made with. */
  static fromBytes(bytes: Uint8Array, model: Model, options?: StateOptions | null): Promise<AttributionState>
  /** Reads whole journeys. */
  update(journeys: Journeys): Promise<void>
  /** Takes over what another state has read; the other one stays as it is. A state is not merged with itself. */
  merge(other: AttributionState): Promise<void>
  /** The credit of everything that was read; more can be read afterwards. */
  finish(watch?: Watch): Promise<Credit>
  /** The state in bytes, the same in whatever order the journeys came. */
  toBytes(): Promise<Uint8Array>
  /** The model and its options, with every default filled in. */
  readonly model: { readonly [name: string]: unknown }
  /** Whether the distinct paths are kept, so that the credit can have intervals. */
  readonly keepsPaths: boolean
  /** What it is, in a line: `AttributionState(markov, 120 journeys, paths kept)`. */
  toString(): string
}

/** One touch of a journey that is attributed on a request. */
export interface JourneyTouch {
  /** The channel, usually the partner; null is the vendor's own touch. */
  channel?: string | number | bigint | null | undefined
  /** When; needed by models that look at time. All touches have a time, or none. */
  at?: Date | string | null | undefined
  /** The kind of touch. */
  kind?: string | null | undefined
  /** The role that the partner played. */
  role?: string | null | undefined
  /** Its weight, 0 to 1000000, for the model `touch_weighted`. */
  weight?: number | null | undefined
  /** The touch's own id, which orders touches of the same time: numbers as numbers, text as text. */
  touch?: string | number | bigint | null | undefined
}

/** What the journey is worth, and when it began and ended. */
export interface JourneyValue {
  /** What it is worth; text is read exactly. */
  value?: number | bigint | string | null | undefined
  /** The currency of the value. Default: a plain number. */
  currency?: string | null | undefined
  /** How often it converted. Default 1. */
  conversions?: number | null | undefined
  /** When the opportunity was created. */
  created_at?: Date | string | null | undefined
  /** When it closed; later touches get nothing. */
  closed_at?: Date | string | null | undefined
  /** Give amounts as exact decimal text. Default false. */
  decimals?: boolean | null | undefined
}

/** What one touch has earned. */
export interface TouchCredit<Amount = number> {
  /** The channel. */
  channel: string
  /** Its share of the conversions. */
  conversions: number
  /** Its share of the value in major units; null where the journey has none. */
  value: Amount | null
  /** Its share of the journey, 0 to 1. */
  weight: number
  /** Why, as a code. */
  reason: string
}

/**
 * Attributes one journey at once: for a request that needs the answer now. Gives one row per touch, in the order of the
 * touches. A touch may be its channel alone.
 *
 * @example
 * ```js
 * attributeJourney([{ channel: 'P-1' }, { channel: 'P-2' }], 'linear', { value: 100, currency: 'USD' })
 * ```
 */
export function attributeJourney(
  touches: readonly (JourneyTouch | string | number | bigint | null)[],
  model: Model,
  options: JourneyValue & { decimals: true },
): TouchCredit<string | number>[]
export function attributeJourney(
  touches: readonly (JourneyTouch | string | number | bigint | null)[],
  model: Model,
  options?: (JourneyValue & { decimals?: false | null | undefined }) | null,
): TouchCredit[]

// ---------------------------------------------------------------------------------------------------------------------
// The programme

/** Options that must say from which day they look: nothing here reads a clock. */
export type WithDay<Options> = Options & { as_of: string | Date }

/** How sure the credit of one model is, and how far the models of a review agree. */
export interface Confidence {
  /**
   * Per partner, by rank: rank, channel, name, journeys, value (conversions where there is no value), value_low,
   * value_high, share, share_low, share_high, rank_low, rank_high, chance_first, note (a code where there is no interval).
   */
  readonly partners: Table
  /**
   * Per partner, by the same rank, and model: channel, name, model, value, value_low, value_high, share, share_low,
   * share_high, note.
   */
  readonly models: Table
  /** Per pair of the first partners by rank: channel, other, chance_above, note. */
  readonly pairs: Table
  /** Per pair of models: model_a, model_b, rank_correlation, share_distance, top_overlap. */
  readonly agreement: Table
  /**
   * Why models disagree, by channel: channel, code, model_high, share_high, model_low, share_low, difference, evidence,
   * baseline.
   */
  readonly reasons: Table
  /** The model that was resampled, and how intervals and comparison were made. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/** Sourced, influenced and involved won revenue. */
export interface Involvement {
  /**
   * Per partner: partner_id, name, sourced_deals, sourced_value, influenced_not_sourced_deals,
   * influenced_not_sourced_value, involved_deals, involved_value.
   */
  readonly partners: Table
  /** Disjoint parts of all won revenue: bucket, deals, value, share. */
  readonly buckets: Table
  /**
   * Figures: metric, value, numerator, denominator, n, low, high, unit, convention, note, and what of them are amounts
   * exactly: value_amount, numerator_amount, denominator_amount.
   */
  readonly metrics: Table
}

/** Open pipeline and the partners' part in it. */
export interface Pipeline {
  /** Per partner: partner_id, name, open_deals, open_value. */
  readonly partners: Table
  /** Figures, as in {@link Involvement.metrics}. */
  readonly metrics: Table
}

/** Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit. */
export interface InferredInfluence {
  /**
   * Per candidate, the one to ask first in front: partner_id, name, rank, deals, won, lost, open, won_value, open_value,
   * accounts, late_deals, undated_deals, shared_deals, on_record_deals, shared_by_chance, compared_deals, compared_won,
   * expected_won, lift, low, high, p_value, q_value, reason.
   */
  readonly partners: Table
  /**
   * Per candidate and deal: partner_id, name, opportunity_id, account_id, status, created_at, closed_at, value, evidence,
   * relationship, relationship_from, touches, last_touch_at, ask.
   */
  readonly deals: Table
  /** Figures, as in {@link Involvement.metrics}. */
  readonly metrics: Table
  /** What was looked at, left out and assumed. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

/** Return on partner investment. */
export interface Ropi {
  /**
   * Per partner: partner_id, name, credited_value, gross_margin, direct_cost, shared_cost, cost, ropi, revenue_multiple,
   * note (a code where there is no value).
   */
  readonly partners: Table
  /** All partners together, one row. */
  readonly total: Table
  /** Figures, as in {@link Involvement.metrics}. */
  readonly metrics: Table
}

/** What the partner programme decides, and what is about to change. */
export interface TierReview {
  /** Per tier, the highest first: tier, partners, share, value and value_share (of credited won revenue). */
  readonly distribution: Table
  /** Per partner: what it qualified for, earned and holds, the recommendation and why. */
  readonly decisions: Table
  /** Why each decision is as it is: partner_id, name, place, code, tier, on. */
  readonly reasons: Table
  /** How far partners are from the next tier, the closest first. */
  readonly progress: Table
  /** What stands between partners and the next tier. */
  readonly gaps: Table
  /** The cheapest ways to the next tier; empty without costs. */
  readonly actions: Table
  /** From, to, direction, partners. */
  readonly movements: Table
  /** Who would move by the change of rules alone; empty without the version before. */
  readonly rule_change: Table
  /** What is lost if nothing else happens, the earliest first. */
  readonly at_risk: Table
  /** What has to be said of the metrics. */
  readonly findings: Table
  /** What makes no sense in the document. */
  readonly lint: Table
  /** Figures, with the columns of {@link Involvement.metrics}. */
  readonly metrics: Table
  /** The programme, its version and tiers, and where the tiers before come from. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

// ---------------------------------------------------------------------------------------------------------------------
// The review

/** The credit of one model of a review. */
export interface ModelResult {
  /** The name of its column in {@link Review.credit}. */
  readonly label: string
  /** The model and its options. */
  readonly model: { readonly [name: string]: unknown }
  /** Credit per channel: channel, conversions, value, share. */
  readonly totals: Table
  /** What the model assumed and set aside. */
  readonly diagnostics: { readonly [fact: string]: unknown }
}

// ---------------------------------------------------------------------------------------------------------------------
// Partner programmes

/** A reason of a decision. */
export interface VerdictReason {
  /** What it is, as a code. */
  code: string
  /** The tier that it speaks of. */
  tier: string | null
  /** The day that it speaks of. */
  on: string | null
}

/** A criterion that is not as a tier wants it. */
export interface GapAhead {
  /** Its place in the document. */
  criterion: string
  /** The metric, scorecard or attribute. */
  metric: string | null
  /** `at_least`, `more_than`, `at_most`, `less_than`, `is` or `is_not`. */
  operation: string
  /** What is there; null where it was not measured. */
  actual: number | null
  /** What is required. */
  required: number | null
  /** How much is missing. */
  missing: number | null
  /** What it counts. */
  unit: string | null
  /** The place of the group of which only some must be met; null: it is required anyway. */
  alternative: string | null
}

/** The cheapest set of actions that reaches a tier. */
export interface CheapestWay {
  /** The actions; null where there is no way. */
  actions: { metric: string; steps: number; from: number; to: number; cost: number }[] | null
  /** What they cost. */
  cost: number | null
  /** Whether no set is cheaper (or none exists). */
  proven: boolean
  /** What no action can bring about, where there is no way. */
  out_of_reach: { criterion: string | null; reason: string }[]
}

/** What stands between a partner and a tier. */
export interface TierAhead {
  /** The tier. */
  tier: string
  /** How many parts of its criterion are met. */
  satisfied: number
  /** How many it has. */
  total: number
  /** What is not met. */
  gaps: GapAhead[]
  /** The cheapest way there, where costs were given. */
  cheapest: CheapestWay | null
}

/** The decision about one partner; days are ISO 8601 text. */
export interface Verdict {
  program: string
  version: string
  as_of: string
  /** The track; null where none is for it. */
  track: string | null
  /** The total of the track's scorecard. */
  score: number | null
  /** The highest tier whose criteria are met today. */
  qualified: string | null
  /** The highest tier met on the days that the programme asks for. */
  earned: string | null
  /** What the partner held before. */
  previous: string | null
  /** What it holds from now on. */
  effective: string | null
  /** What to do. */
  recommendation: string
  /** Why. */
  because: VerdictReason[]
  standing: string | null
  standing_since: string | null
  track_since: string | null
  short_since: string | null
  grace_until: string | null
  pending: string | null
  pending_demotion: boolean
  kept_tier: string | null
  kept_until: string | null
  enrolled_on: string | null
  /** What stands between the partner and the tiers above. */
  next_tiers: TierAhead[]
}

/** Whether climbing pays. */
export interface Economics {
  /** Per partner: partner_id, scope, tier, worth_gained, extra_fee, net_gain, cost, proven, payback_months, pays, reason. */
  readonly climbs: Table
  /** Per tier: tier, partners, reachable, pays, share, finding. */
  readonly tiers: Table
}

/** The format of a document. */
export type DocumentFormat = 'json' | 'yaml' | 'toml'

/** What a review of a programme takes: options, and tables beside the facts. */
export type ProgramReviewInputs = WithDay<ProgramReviewOptions> & {
  /** The decisions of an earlier review, or of many, one table after the other. */
  previous?: TableInput | null | undefined
  /** Ready metrics beside an ecosystem: partner_id, perhaps the scope, and a column for each. */
  metrics?: TableInput | null | undefined
  /** Credit by the names that metrics give it, beside an ecosystem. */
  credit?: { readonly [name: string]: Credit } | null | undefined
}

/** What decisions and credit a backtest takes. */
export interface ProgramPast {
  /** The decisions of earlier reviews. */
  previous?: TableInput | null | undefined
  /** Credit by the names that metrics give it, beside an ecosystem. */
  credit?: { readonly [name: string]: Credit } | null | undefined
}

/** Frames with their days, the earliest first. */
export type DatedFrames = readonly (readonly [as_of: string | Date, frame: TableInput])[]

/** Days as texts or dates. */
export type WithDays<T> = Omit<T, 'days'> & {
  /** The days of an ecosystem, the earliest first. These or `monthly` are required. */
  days?: readonly (string | Date)[]
}

/** What a replay takes: the days of an ecosystem, and what comes beside it. */
export type ProgramReplayInputs = WithDays<ReplayOptions> & ProgramPast

/** What a backtest of two versions takes: the days of an ecosystem, what is at stake, and what comes beside it. */
export type ProgramBacktestInputs = WithDays<BacktestOptions> &
  ProgramPast & {
    /** A table of partner_id and a number. */
    stakes?: TableInput | null | undefined
  }

/** One programme over many days. */
export interface ProgramReplay {
  /** The review of each day. */
  readonly reviews: readonly ProgramReview[]
  /** The decisions of all days, one below the other; a later review takes them as `previous`. */
  readonly decisions: Table
  /** Moves between effective tiers from day to day: from_day, to_day, source, target, partners. */
  readonly flows: Table
}

/** What a sensitivity takes: options, and tables beside the partners. */
export type SensitivityInputs = WithDay<SensitivityOptions> &
  ProgramPast & {
    /** A table of partner_id and a number, such as revenue. */
    stakes?: TableInput | null | undefined
    /** Ready metrics beside an ecosystem. */
    metrics?: TableInput | null | undefined
  }

/** What the design of a threshold takes: options, and what comes beside an ecosystem. */
export type DesignInputs = WithDay<DesignOptions> &
  ProgramPast & {
    threshold: string
    shares: readonly number[]
    /** Ready metrics beside an ecosystem. */
    metrics?: TableInput | null | undefined
  }

/** Two versions over the same partners and days. */
export interface ProgramBacktest {
  /** The first programme over the days. */
  readonly before: ProgramReplay
  /** The other one. */
  readonly after: ProgramReplay
  /**
   * Per day and pair of tiers: as_of, from, to, direction (up, down, same, other), partners, stake, revenue, credit,
   * worth_gained, worth_lost; the last day is where the versions end.
   */
  readonly movements: Table
  /**
   * Per day and partner that the other programme puts elsewhere: as_of, partner_id, from, to, direction, stake, revenue,
   * credit, worth_before, worth_after, decides, further, metric, actual, required, because.
   */
  readonly moves: Table
  /**
   * The moves of each day by the criterion that decides them, the most partners first: as_of, direction, decides, metric,
   * partners, stake, revenue, credit, worth_gained, worth_lost.
   */
  readonly criteria: Table
  /** The movements as edges of a Sankey diagram: as_of, source, target, partners, stake, revenue, credit. */
  readonly flows: Table
}

/** What a comparison takes: options, and what is at stake. */
export type ProgramCompareInputs = ProgramCompareOptions & {
  /** A table of partner_id and a number, such as revenue or credit. */
  stakes?: TableInput | null | undefined
}

/** What is different between two reviews of the same partners. */
export interface ProgramComparison {
  /** Per pair of tiers: from, to, direction (up, down, same, other), partners, stake, worth_gained, worth_lost. */
  readonly movements: Table
  /**
   * Per partner that does not stay where it is: partner_id, from, to, direction, stake, worth_before, worth_after, decides,
   * further, metric, actual, required, because.
   */
  readonly moves: Table
  /** The movements as edges of a Sankey diagram: source, target, partners, stake. */
  readonly flows: Table
}

/** A draft of a programme and what it rests on. */
export interface RecommendedTiers {
  /** The draft: every threshold is an assumed number, to be edited. */
  readonly document: ProgramDocument
  /** Per tier, the lowest first: tier, from, to, partners. */
  readonly breaks: Table
  /** Per number of tiers that was looked at: tiers, fit, chosen. */
  readonly fits: Table
  /** Per metric: metric, weight. */
  readonly weights: Table
  /** How well the last period was predicted; no rows where weights were not fitted. */
  readonly validation: Table
}

/**
 * Drafts a programme from how partners are distributed, from the tables of one period or several, the earliest first.
 *
 * @example
 * ```js
 * const draft = await recommendProgram([partners], { metrics: ['revenue'] })
 * new Program(draft.document).tiers // ['registered', 'bronze']
 * ```
 */
export function recommendProgram(
  periods: readonly TableInput[],
  options: RecommendOptions & { metrics: readonly string[] },
  watch?: Watch,
): Promise<RecommendedTiers>

/** A partner programme: a document of tiers, tracks, metrics, criteria and policy, checked and ready to run. */
export class Program {
  /**
   * A programme from its document.
   *
   * @throws {ConfigError} an unknown key or name, an impossible number; `field` is the path in the document
   * @throws {DataError} metrics or criteria that form a circle, a date or currency that is none
   */
  constructor(document: ProgramDocument)
  /** A programme from text; the format is JSON where none is given. */
  static fromText(text: string, format?: DocumentFormat | null): Program
  /** A programme from a file, read at once; its format is as the end of its name says where none is given. */
  static fromFile(path: string | URL, format?: DocumentFormat | null): Program
  /** The document, with every default filled in. */
  readonly document: ProgramDocument
  /** The tiers, the lowest first. */
  readonly tiers: string[]
  /**
   * Decides about one partner from its ready metrics, at once: the request path.
   *
   * @example
   * ```js
   * const verdict = program.evaluate({ deals: 3 }, { as_of: '2026-11-20' })
   * verdict.next_tiers[0].gaps[0].missing // 2
   * ```
   */
  evaluate(metrics: { readonly [metric: string]: number | boolean | string | null }, options: WithDay<EvaluateOptions>): Verdict
  /** Reviews all partners: those of an ecosystem, or of a frame with one row for each and a column for each metric. */
  review(partners: Ecosystem | TableInput, options: ProgramReviewInputs, watch?: Watch): Promise<ProgramReview>
  /**
   * What a tier is entitled to on a day: benefit, name, value (as text), number, worth, from, to. A benefit is granted to the
   * tiers that it lists and to no others.
   */
  benefits(tier: string, options: WithDay<Omit<BenefitOptions, 'tier'>>): Table
  /**
   * What each row of a frame qualifies for today, in the order of the frame: its tier and nothing that needs a past or a
   * policy. The quick way where metrics are ready, quickest as typed arrays; ids and scopes are only carried along and may be
   * missing. `review` decides about partners.
   *
   * @example
   * ```js
   * const qualified = await program.qualify({ deals: new Float64Array([3, 8]) })
   * Array.from(qualified.codes, (code) => qualified.tiers[code] ?? null) // ['member', 'gold']
   * ```
   */
  qualify(partners: TableInput, options?: QualifyOptions | null, watch?: Watch): Promise<Qualified>
  /** What the document allows and makes no sense, proven or shown by an example. */
  lint(): Table
  /** What is different in another version of the programme. */
  diff(other: Program): Table
  /** Whether more of a good metric can never lower the tier that a partner qualifies for. */
  readonly is_monotone: boolean
  /**
   * Reviews the partners of many days, the earliest first, each review knowing the decisions of those before it: of an
   * ecosystem from what was known on each of the `days` (or `monthly`), else of frames with their days.
   *
   * @example
   * ```js
   * const year = await program.replay(eco, { monthly: { from: '2026-01-31', to: '2026-12-31' } })
   * year.decisions
   * ```
   */
  replay(partners: Ecosystem | DatedFrames, options?: ProgramReplayInputs | null, watch?: Watch): Promise<ProgramReplay>
  /** Tries another version on the same partners and days: both are replayed, and compared on every day. */
  backtest(
    other: Program,
    partners: Ecosystem | DatedFrames,
    options?: ProgramBacktestInputs | null,
    watch?: Watch,
  ): Promise<ProgramBacktest>
  /**
   * Lowers and raises every number that decides, and counts who would qualify for another tier: path, from, to,
   * partners_up, partners_down, stake_up, stake_down, moved, note; the most moves first.
   */
  sensitivity(partners: Ecosystem | TableInput, options: SensitivityInputs, watch?: Watch): Promise<Table>
  /**
   * The bound of a threshold that puts a wished share of the partners in a tier or above: share, wished, threshold,
   * partners, achieved, ties, without_them, next_threshold, otherwise, note.
   */
  design(partners: Ecosystem | TableInput, options: DesignInputs, watch?: Watch): Promise<Table>
  /** The document, so that `JSON.stringify` works. */
  toJSON(): ProgramDocument
}

/** What each row of a frame qualifies for today, in the order of the frame. */
export class Qualified {
  private constructor(...args: never)
  /** The programme. */
  readonly program: Program
  /** How many rows. */
  readonly length: number
  /** The tiers, the lowest first: what `codes` count. */
  readonly tiers: string[]
  /** For each row the number of its tier in `tiers`; -1: it qualifies for none. */
  readonly codes: Int8Array
  /** The tracks, in the order of the document: what `track_codes` count; none in a programme without tracks. */
  readonly tracks: string[]
  /** For each row the number of its track in `tracks`; -1: no track is for it. */
  readonly track_codes: Int8Array
  /** For each row the total of its track's scorecard; NaN where there is none. */
  readonly scores: Float64Array
  /** One row for each row of the frame: partner_id (row, its number, where the frame has no ids), scope, tier, track, score. */
  readonly table: Table
  /** How many rows qualify for each tier and no higher one: tier (null: for none), rows; the highest tier first. */
  readonly counts: Table
  /** The cut-offs of populations: criterion, track, metric, within, cutoff, population. */
  readonly cutoffs: Table
  /**
   * What stands between each row and the tier above the one that it qualifies for, or every one above: the columns of
   * `ProgramReview.gaps`, with `row` in place of partner_id where the frame has no ids.
   */
  gaps(options?: GapOptions | null, watch?: Watch): Promise<Table>
  /** The table as text. */
  toString(): string
}

/** A review of all partners on a day. */
export class ProgramReview {
  private constructor(...args: never)
  /** The programme that was reviewed. */
  readonly program: Program
  /** The day that was decided about. */
  readonly as_of: string
  /** How many partners. */
  readonly length: number
  /** One row for each partner: what it qualified for, earned and holds, the recommendation and why; the next `previous`. */
  readonly decisions: Table
  /** Why each decision is as it is: partner_id, place, code, tier, on. */
  readonly reasons: Table
  /** Lines and totals of scorecards: partner_id, scope, scorecard, line (null: the total), points, max_points. */
  readonly scorecards: Table
  /** The metrics of every partner (and scope), one column each. */
  readonly metrics: Table
  /** The cut-offs of populations: criterion, track, metric, within, cutoff, population. */
  readonly cutoffs: Table
  /** What each partner is entitled to: partner_id, tier, track, benefit, name, value, number, worth, from, to. */
  readonly benefits: Table
  /** What is lost if nothing else happens, of an ecosystem: partner_id, cause, tier, on, lost_on, drops_to, ... */
  readonly forecast: Table
  /** What has to be said of the metrics: metric, code, rows, message. */
  readonly findings: Table
  /** What stands between partners and the tiers above: one row for each criterion that is not as the tier wants it. */
  gaps(options?: GapOptions | null, watch?: Watch): Promise<Table>
  /** How far partners are from the tiers above: partner_id, scope, tier, satisfied, total, gaps. */
  progress(options?: GapOptions | null, watch?: Watch): Promise<Table>
  /** The cheapest set of actions that takes each partner to its next tier: one row for each action. */
  actions(options: ActionOptions, watch?: Watch): Promise<Table>
  /** What keeps partners from their next tier, whatever they do. */
  outOfReach(options: ActionOptions, watch?: Watch): Promise<Table>
  /** Compares with the review of another programme or day: who moves between tiers, why, and what is at stake. */
  compare(other: ProgramReview, options?: ProgramCompareInputs | null, watch?: Watch): Promise<ProgramComparison>
  /** Whether climbing pays, for each partner and for each tier. */
  economics(options: EconomicsOptions, watch?: Watch): Promise<Economics>
  /** Where each partner stands between performance and potential. */
  segments(options: SegmentOptions, watch?: Watch): Promise<Table>
  /** The trainings that close gaps by a day. */
  enablement(options: Omit<EnablementOptions, 'needed_on'> & { needed_on: string }, watch?: Watch): Promise<Table>
  /**
   * What stands behind the numbers of one partner, down to the rows: partner_id, scope, metric, kind (`row`, `metric`,
   * `handed_in`), part, table, id, at, value, unit, detail.
   */
  facts(options: FactOptions, watch?: Watch): Promise<Table>
  /**
   * Everything about one partner: its standing and why, metrics and scorecards with the facts behind each number, the way up,
   * and what it is about to lose.
   */
  explain(partner_id: string | number, options?: Omit<ExplainOptions, 'partner_id'> | null): { [fact: string]: unknown }
  /** The decisions as text. */
  toString(): string
}

/** Everything that a partner review found; it prints as text. */
export class Review {
  private constructor(...args: never)
  /** The day that the review looks from; null for aggregated paths, which have no dates. */
  readonly as_of: string | null
  /** The currency of every amount; null for plain numbers. */
  readonly currency: string | null
  /** The config that was used, with every default filled in. */
  readonly config: { readonly [option: string]: unknown }
  /** What was read: table, rows, rejected, findings. */
  readonly coverage: Table
  /**
   * The figures of the first screen: metric, value, numerator, denominator, n, low, high, unit, convention, note, and what of
   * them are amounts exactly: value_amount, numerator_amount, denominator_amount.
   */
  readonly headline: Table
  /** Credit per channel under each model side by side: channel, name, and a column per model. */
  readonly credit: Table
  /** Each model's own result. */
  readonly models: readonly ModelResult[]
  /** How sure the credit is; null where the review has none. */
  readonly confidence: Confidence | null
  /** Sourced and influenced revenue; null where the review has none. */
  readonly involvement: Involvement | null
  /** Open pipeline; null where the review has none. */
  readonly pipeline: Pipeline | null
  /**
   * What is expected of open deals beside what was won: channel, name, won_value, expected_value, expected_deals; empty
   * where the config gives no chances.
   */
  readonly expected: Table
  /** Partners to ask about, never credit; null where the review has none. */
  readonly inferred_influence: InferredInfluence | null
  /** Return on partner investment; null where the review has none. */
  readonly ropi: Ropi | null
  /** Tiers of the partner programme; null where the review has none. */
  readonly tiers: TierReview | null
  /** The rows that could not be used. */
  readonly rejected: Table
  /** What is implausible but usable. */
  readonly findings: Table
  /** What was not computed, and why: part, code, message. */
  readonly notes: Table
  /** Every result with its rows, so that `JSON.stringify` works. */
  toJSON(): { [part: string]: unknown }
  /** The review as text. */
  toString(): string
}

/**
 * The partner review: every result in one object. What the data cannot support is left out and said in `notes`.
 *
 * @example
 * ```js
 * const result = await review(eco, { as_of: '2026-11-20' })
 * console.log(String(result))
 * await fs.writeFile('review.html', report(result))
 * ```
 */
export function review(
  of: Ecosystem,
  config: WithDay<ReviewConfig> & {
    /** The decisions of earlier reviews of the programme in the config. */
    previous?: TableInput | null | undefined
  },
  watch?: Watch,
): Promise<Review>
/** The review of journeys alone. */
export function review(of: Journeys, config?: ReviewConfig | null, watch?: Watch): Promise<Review>

/** Texts by code; {@link words} has all of them. */
export type Words = { readonly [code: string]: string }

/** A review as one self-contained HTML page; `words` take the place of the English texts, code by code. */
export function report(result: Review, words?: Words | null): string

// ---------------------------------------------------------------------------------------------------------------------
// Words

/** The catalogue: every code, such as `difference.assists`, with its text in English. */
export function words(): { [code: string]: string }

/**
 * The sentence of a coded row. `code` is a kind and a name, or the name alone as rows have it; `parameters` are the numbers and
 * names of the row (the row itself will do). Where one is missing, the sentence is the one without numbers.
 *
 * @example
 * ```js
 * for (const row of comparison.reasons.toObjects()) console.log(row.channel, say(row.code, row))
 * ```
 */
export function say(code: string, parameters?: { readonly [name: string]: unknown } | null, words?: Words | null): string

// ---------------------------------------------------------------------------------------------------------------------
// Errors

/** What all errors of cosell have in common. */
export class CosellError extends Error {
  protected constructor(...args: never)
  /** The stable code, the same in every language. */
  readonly code: string
  /** The path of the option, or the `table.column`, at fault; empty where there is none. */
  readonly field: string
  /** Machine-readable facts, such as `table`, `row`, `column`, `expected`, `got`, `available`. */
  readonly details: { readonly [fact: string]: unknown }
}

/** An option, document or name is wrong. */
export class ConfigError extends CosellError {
  readonly name: 'ConfigError'
}

/** The data is wrong. */
export class DataError extends CosellError {
  readonly name: 'DataError'
}

/** The caller stopped the work; `cause` is the reason of the signal. */
export class Cancelled extends CosellError {
  readonly name: 'Cancelled'
  readonly code: 'cancelled'
}

/** A fault of cosell: please report it. */
export class InternalError extends CosellError {
  readonly name: 'InternalError'
  readonly code: 'internal'
}

// ---------------------------------------------------------------------------------------------------------------------
// The process

/** Sets how many threads large work uses in this process, worker threads included; 0 means all cores. */
export function setThreads(threads: number): void

/** How many threads large work uses. */
export function threads(): number

/** The version of cosell. */
export const version: string
