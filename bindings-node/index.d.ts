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
 * an error where a number is needed.
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
  | 'opportunities'
  | 'opportunity_partners'
  | 'touchpoints'
  | 'registrations'
  | 'investments'
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
  stage: 'waiting' | 'reading' | 'checking' | 'journeys' | 'attribution' | 'review' | 'done'
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

/** The options of an {@link Ecosystem}. */
export interface EcosystemOptions {
  /** The currency that results are in (ISO 4217). Default: the only currency of the opportunities. */
  currency?: string | null | undefined
  /** The most days that an exchange rate may be old on the day on which it is used. Default: no limit. */
  max_rate_age_days?: number | null | undefined
  /** The time zone (tz database name) of dates and of timestamps without an offset. Default: `UTC`. */
  timezone?: string | null | undefined
  /** Per table: the names of the source's columns to ours, as `{ opportunities: { Id: "opportunity_id" } }`. */
  columns?: { readonly [table in TableName]?: { readonly [theirs: string]: string } } | null | undefined
  /** Per table and column: the source's words to ours. */
  values?:
    | { readonly [table in TableName]?: { readonly [column: string]: { readonly [theirs: string]: string } } }
    | null
    | undefined
  /** Whose parents stand for them. */
  rollup?: readonly ('partners' | 'accounts')[] | null | undefined
  /** Whether the first row that cannot be used is an error, or such rows go to `rejected`. Default: `error`. */
  on_invalid?: 'error' | 'reject' | null | undefined
}

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
  /** The names of the tables that were given. */
  readonly tableNames: TableName[]
  /** A table as it was read; throws `missing_table` where it was not given. */
  table(name: TableName): Table
  /** The partners; as all tables below, it throws `missing_table` where it was not given. */
  readonly partners: Table
  /** The accounts. */
  readonly accounts: Table
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
  /** The aliases. */
  readonly aliases: Table
  /** The exchange rates. */
  readonly exchange_rates: Table
  /** The rows that could not be used: table, row, column, code, message, amount_at_stake, rows. */
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
  involvement(options: InvolvementOptions, watch?: Watch): Promise<Involvement>
  /** Open pipeline and the partners' part in it. */
  pipeline(options: PipelineOptions, watch?: Watch): Promise<Pipeline>
  /** Return on partner investment for that credit. */
  ropi(credit: Credit, options: RopiOptions, watch?: Watch): Promise<Ropi>
}

// ---------------------------------------------------------------------------------------------------------------------
// Models

// --- generated by make types: begin

/** A named shape of position-based attribution: `u` is 40/20/40, `w` is 30/30/30/10. */
export type Preset = 'u' | 'w'

/** Options of `position_based`: a preset or shares, not both. Default: the U shape. */
export interface PositionBased {
  /** A named shape. */
  preset?: Preset | null
  /** The share of the first touch, 0 to 1. Default 0.4. */
  first?: number | null
  /** The share of the last touch, 0 to 1. Default 0.4. */
  last?: number | null
  /** The share of the last touch at or before the creation, 0 to 1. Default 0: no such share. */
  creation?: number | null
}

/** Options of `time_decay`. */
export interface TimeDecay {
  /** The days in which credit halves. */
  half_life_days?: number
}

/** Options of `role_weighted`. Default: sourcer 0.4, influencer 0.2, implementer 0.2, closer 0.2. */
export interface RoleWeighted {
  /** The weight of each role, 0 to 1000. */
  weights?: { readonly [role: string]: number }
  /** The weight of all other touches together, 0 to 1000. Default 0. */
  other?: number
}

/** Options of `custom_weights`. */
export interface CustomWeights {
  /** The weight of each position, 0 to 1000. */
  weights: readonly number[]
  /** The weight of each touch beyond them, 0 to 1000. Default 0. */
  rest?: number
  /** The end that positions are counted from. Default `first`. */
  from?: 'first' | 'last'
}

/** The options of each model. */
export interface ModelOptions {
  /** All credit to the first touch. */
  first_touch: { [none: string]: never }
  /** All credit to the last touch. */
  last_touch: { [none: string]: never }
  /** All credit to the first touch of a partner. */
  first_partner_touch: { [none: string]: never }
  /** All credit to the last touch of a partner. */
  last_partner_touch: { [none: string]: never }
  /** The same credit to every touch. */
  linear: { [none: string]: never }
  /** Fixed shares to the first and the last touch (and the one at creation); the others share the rest. */
  position_based: PositionBased
  /** Credit halves with every half-life before the conversion. */
  time_decay: TimeDecay
  /** Credit by the roles that were played. */
  role_weighted: RoleWeighted
  /** Credit by position, with weights of the caller. */
  custom_weights: CustomWeights
}

// --- generated by make types: end

/** The name of an attribution model. */
export type ModelName = keyof ModelOptions

/** A model as a document: one name with its options. */
export type ModelDocument = {
  [Name in ModelName]: { readonly [name in Name]: ModelOptions[Name] } & {
    readonly [other in Exclude<ModelName, Name>]?: never
  }
}[ModelName]

/** A model that needs no options: its name is enough. */
export type PlainModelName = { [Name in ModelName]: {} extends ModelOptions[Name] ? Name : never }[ModelName]

/** A model: its name, or a document that holds its options. */
export type Model = PlainModelName | ModelDocument

// ---------------------------------------------------------------------------------------------------------------------
// Journeys and credit

/** A number, or `"all"` for no limit. */
export type Limit = number | 'all'

/** How journeys are made from an ecosystem. */
export interface JourneysOptions {
  /** `won`: won is a conversion, lost a null, open is left out; `won_only`; `open`: open ones, as if won now. Default `won`. */
  outcome?: 'won' | 'won_only' | 'open' | null | undefined
  /** What names the channels; a column or attribute is written `partners.country`. Default `partner`. */
  channel?: 'partner' | 'type' | 'region' | 'kind' | 'role' | `partners.${string}` | `touchpoints.${string}` | null | undefined
  /** How many days before its creation a journey begins; touches from creation to close always count. Default 90. */
  lookback_days?: Limit | null | undefined
  /** How many touches before the close count, the last ones. Default `all`. */
  lookback_touches?: Limit | null | undefined
  /** Whether the vendor's own touches are the channel `(vendor)` or are left out. Default `channel`. */
  vendor_touches?: 'channel' | 'drop' | null | undefined
  /** Which opportunities a touch on an account serves. Default `through_close`. */
  account_touches?: 'through_close' | 'through_creation' | 'drop' | null | undefined
  /** Whether roles serve as touches. Default `if_no_touches`. */
  roles?: 'if_no_touches' | 'always' | 'never' | null | undefined
  /** What happens to repeated touches of one channel. Default `keep`. */
  repeats?: 'keep' | 'first' | 'last' | 'collapse' | null | undefined
  /** The kinds of touches that count. Default: all. */
  kinds?: readonly string[] | null | undefined
  /** The day that open opportunities are seen from (outcome `open`). */
  as_of?: string | Date | null | undefined
}

/** How journeys are made from touches and outcomes: which columns are what. */
export interface TouchpointsOptions {
  /** The journey's id, in both tables. Default `opportunity_id`. */
  journey?: string | null | undefined
  /** The channel of a touch; empty is the vendor's own. Default `partner_id`. */
  channel?: string | null | undefined
  /** When the touch was. Default `at`. */
  at?: string | null | undefined
  /** The value of an outcome; a name that ends in `_minor` holds minor units. Default: no value. */
  value?: string | null | undefined
  /** How often an outcome converted (true or false, or a number). Default: once. */
  conversions?: string | null | undefined
  /** How often an outcome did not convert. Default: once where it has no conversion. */
  nulls?: string | null | undefined
  /** When the outcome was; later touches are set aside. */
  outcome_at?: string | null | undefined
  /** When the opportunity was created; the lookback counts back from it. */
  created_at?: string | null | undefined
  /** The touch's own id. */
  touch?: string | null | undefined
  /** The kind of a touch, which orders touches of the same time. */
  kind?: string | null | undefined
  /** The role of a touch. */
  role?: string | null | undefined
  /** The currency of the values. Default: plain numbers, or minor units of an unnamed currency. */
  currency?: string | null | undefined
  /** The time zone of dates and of timestamps without an offset. Default `UTC`. */
  timezone?: string | null | undefined
  /** How many days before the creation, else the outcome, a journey begins. Default `all`. */
  lookback_days?: Limit | null | undefined
  /** How many touches before the outcome count, the last ones. Default `all`. */
  lookback_touches?: Limit | null | undefined
  /** Whether the vendor's own touches are the channel `(vendor)` or are left out. Default `channel`. */
  vendor_touches?: 'channel' | 'drop' | null | undefined
  /** What happens to repeated touches of one channel. Default `keep`. */
  repeats?: 'keep' | 'first' | 'last' | 'collapse' | null | undefined
}

/** How journeys are made from aggregated paths: which columns are what. */
export interface PathsOptions {
  /** The path: channel names with the separator between them. Default `path`. */
  path?: string | null | undefined
  /** How often the path converted. Default `total_conversions`. */
  conversions?: string | null | undefined
  /** The value of those conversions; a name that ends in `_minor` holds minor units. Default: no value. */
  value?: string | null | undefined
  /** How often the path did not convert. Default: never. */
  nulls?: string | null | undefined
  /** What stands between two channels; names are trimmed around it. Default `>`. */
  separator?: string | null | undefined
  /** The currency of the values. Default: plain numbers, or minor units of an unnamed currency. */
  currency?: string | null | undefined
}

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
}

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
   * Credit per touch: journey, touch, channel, at, conversions, value, weight, reason; converted journeys only. Null for
   * models that only have totals.
   */
  ledger(watch?: Watch): Promise<Table | null>
  /** The model and its options, with every default filled in. */
  readonly model: { readonly [name: string]: unknown }
  /** What the model assumed, what was set aside, how exact it is. */
  readonly diagnostics: { readonly [fact: string]: unknown }
  /** The totals as text. */
  toString(): string
}

/** One touch of a journey that is attributed on a request. */
export interface JourneyTouch {
  /** The channel, usually the partner; null is the vendor's own touch. */
  channel?: string | number | null | undefined
  /** When; needed by models that look at time. All touches have a time, or none. */
  at?: Date | string | null | undefined
  /** The kind of touch. */
  kind?: string | null | undefined
  /** The role that the partner played. */
  role?: string | null | undefined
  /** The touch's own id, which orders touches of the same time. */
  touch?: string | number | null | undefined
}

/** What the journey is worth, and when it began and ended. */
export interface JourneyValue {
  /** What it is worth; text is read exactly. */
  value?: number | string | null | undefined
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
 * touches.
 *
 * @example
 * ```js
 * attributeJourney([{ channel: 'P-1' }, { channel: 'P-2' }], 'linear', { value: 100, currency: 'USD' })
 * ```
 */
export function attributeJourney(
  touches: readonly JourneyTouch[],
  model: Model,
  options: JourneyValue & { decimals: true },
): TouchCredit<string | number>[]
export function attributeJourney(
  touches: readonly JourneyTouch[],
  model: Model,
  options?: (JourneyValue & { decimals?: false | null | undefined }) | null,
): TouchCredit[]

// ---------------------------------------------------------------------------------------------------------------------
// The programme

/** Options of {@link Ecosystem.involvement}. */
export interface InvolvementOptions {
  /** The day that is looked from. Required. */
  as_of: string | Date
  /**
   * What makes a partner the source: an approved registration before the vendor's first sales activity, the first touch,
   * or the field `sourced_by` of the CRM, unverified. Default `registration`.
   */
  sourced_rule?: 'registration' | 'first_touch' | 'field' | null | undefined
  /** The kinds of touches that count. Default: all. */
  kinds?: readonly string[] | null | undefined
  /** How many days before the creation a touch counts. Default 90. */
  lookback_days?: Limit | null | undefined
  /** Which opportunities a touch on an account serves. Default `through_close`. */
  account_touches?: 'through_close' | 'through_creation' | 'drop' | null | undefined
  /** Only opportunities closed in so many months up to `as_of`. Default: all. */
  months?: number | null | undefined
}

/** Options of {@link Ecosystem.pipeline}. */
export interface PipelineOptions {
  /** The day that is looked from. Required. */
  as_of: string | Date
  /** The kinds of touches that count. Default: all. */
  kinds?: readonly string[] | null | undefined
  /** How many days before the creation a touch counts. Default 90. */
  lookback_days?: Limit | null | undefined
  /** Which opportunities a touch on an account serves. Default `through_close`. */
  account_touches?: 'through_close' | 'through_creation' | 'drop' | null | undefined
}

/** Options of {@link Ecosystem.ropi}. */
export interface RopiOptions {
  /** The last day of the window. Required. */
  as_of: string | Date
  /** Gross margin, 0 to 1: one rate, or one per product (`*` stands for the others). Default: only the revenue multiple. */
  margin?: number | { readonly [product: string]: number } | null | undefined
  /** How shared costs are divided: by a rule, or by shares that sum to 1. Default: they stand in the total only. */
  shared_key?: 'credit' | 'direct_cost' | 'equal' | { readonly [partner: string]: number } | null | undefined
  /** The months of the window. Default 12. */
  months?: number | null | undefined
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
  /** Figures: metric, value, numerator, denominator, n, low, high, unit, convention, note. */
  readonly metrics: Table
}

/** Open pipeline and the partners' part in it. */
export interface Pipeline {
  /** Per partner: partner_id, name, open_deals, open_value. */
  readonly partners: Table
  /** Figures, as in {@link Involvement.metrics}. */
  readonly metrics: Table
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

// ---------------------------------------------------------------------------------------------------------------------
// The review

/** A part of the review. */
export type ReviewPart = 'credit' | 'involvement' | 'pipeline' | 'ropi'

/** The config of a partner review. */
export interface ReviewConfig {
  /** The day that the review looks from. Required for an ecosystem. */
  as_of?: string | Date | null | undefined
  /** Which parts run. Default: all. */
  parts?: readonly ReviewPart[] | null | undefined
  /**
   * The attribution models, side by side; the first one orders the partners. Default: linear, first_touch, last_touch,
   * position_based, time_decay.
   */
  models?: readonly Model[] | null | undefined
  /** How journeys are made. */
  journeys?: JourneysOptions | null | undefined
  /** How involvement is measured. */
  involvement?: Partial<InvolvementOptions> | null | undefined
  /** How the open pipeline is looked at. */
  pipeline?: Partial<PipelineOptions> | null | undefined
  /** How the return is measured. */
  ropi?: (Omit<RopiOptions, 'as_of'> & { model?: Model | undefined }) | null | undefined
}

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
  /** The figures of the first screen: metric, value, numerator, denominator, n, low, high, unit, convention, note. */
  readonly headline: Table
  /** Credit per channel under each model side by side: channel, name, and a column per model. */
  readonly credit: Table
  /** Each model's own result. */
  readonly models: readonly ModelResult[]
  /** Sourced and influenced revenue; null where the review has none. */
  readonly involvement: Involvement | null
  /** Open pipeline; null where the review has none. */
  readonly pipeline: Pipeline | null
  /** Return on partner investment; null where the review has none. */
  readonly ropi: Ropi | null
  /** The rows that could not be used. */
  readonly rejected: Table
  /** What is implausible but usable. */
  readonly findings: Table
  /** What was not computed, and why: part, code, message. */
  readonly notes: Table
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
export function review(of: Ecosystem, config: ReviewConfig & { as_of: string | Date }, watch?: Watch): Promise<Review>
/** The review of journeys alone. */
export function review(of: Journeys, config?: ReviewConfig | null, watch?: Watch): Promise<Review>

/** A review as one self-contained HTML page. */
export function report(result: Review): string

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
export function getThreads(): number

/** The version of cosell. */
export const version: string
