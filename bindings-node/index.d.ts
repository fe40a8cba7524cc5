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
//@JOURNEYS
}
//@REST

// ---------------------------------------------------------------------------------------------------------------------
// Errors

/** What all errors of cosell have in common. */
export class CosellError extends Error {
  private constructor(...args: never)
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
