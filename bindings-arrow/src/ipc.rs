//! Arrow IPC bytes: the form in which tables cross where there is no shared memory, and in which they are kept.
//!
//! Both the stream and the file format are read through the push decoder, which never allocates more than it was given;
//! a file is a stream between a magic number and a footer. Whatever is wrong with the bytes is [`Code::MalformedArrow`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::SchemaRef;
use cosell::table::Table;
use cosell::{Code, Error, Result};

use crate::restore::restore;
use crate::write::{TableForm, record_batch};

const MAGIC: &[u8] = b"ARROW1";
/// The magic number and its padding at the start of a file.
const HEAD: usize = 8;
/// The length of the footer and the magic number at the end of a file.
const TAIL: usize = 10;

/// Reads record batches from bytes in the stream or the file format.
///
/// # Errors
/// [`Code::MalformedArrow`].
pub fn from_ipc(bytes: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    // The decoder checks what it reads, but parts of it assert where they should return: no panic may pass.
    catch_unwind(AssertUnwindSafe(|| decode(bytes))).unwrap_or_else(|_| Err(malformed("the data contradicts itself")))
}

fn decode(bytes: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let mut buffer = Buffer::from(stream_of(bytes));
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    let mut rows = 0_usize;
    while !buffer.is_empty() {
        if let Some(batch) = decoder.decode(&mut buffer).map_err(malformed)? {
            rows = rows.saturating_add(batch.num_rows());
            // A bit per value is the least that a column other than one of nulls needs.
            if rows > bytes.len().saturating_mul(8) {
                return Err(malformed("it has more rows than its bytes can hold"));
            }
            batches.push(batch);
        }
    }
    decoder.finish().map_err(malformed)?;
    let schema = decoder.schema().ok_or_else(|| malformed("it has no schema"))?;
    Ok((schema, batches))
}

/// The stream within a file; a stream itself.
fn stream_of(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(MAGIC) || !bytes.ends_with(MAGIC) || bytes.len() < HEAD + TAIL {
        return bytes;
    }
    let tail = bytes.len() - TAIL;
    let footer = bytes[tail..tail + 4].try_into().map_or(0, u32::from_le_bytes);
    let within = tail.checked_sub(footer as usize).and_then(|end| bytes.get(HEAD..end)).unwrap_or_default();
    // Some writers pad the magic number to more than eight bytes; no message begins with a zero.
    let padding = within.chunks_exact(HEAD).take_while(|word| word.iter().all(|&b| b == 0)).count();
    &within[padding * HEAD..]
}

fn malformed(what: impl std::fmt::Display) -> Error {
    Error::new(
        Code::MalformedArrow,
        "",
        format!("the bytes are not valid Arrow IPC data: {what}; expected an uncompressed Arrow stream or file"),
    )
}

/// Writes a table as an Arrow IPC stream.
///
/// # Errors
/// Those of [`record_batch`].
pub fn to_ipc(table: &Table, form: TableForm) -> Result<Vec<u8>> {
    let batch = record_batch(table, form)?;
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, batch.schema_ref()).map_err(Error::internal)?;
    writer.write(&batch).and_then(|()| writer.finish()).map_err(Error::internal)?;
    drop(writer);
    Ok(bytes)
}

/// Reads a table back from the bytes that [`to_ipc`] wrote, exactly where it was written with decimals.
///
/// # Errors
/// [`Code::MalformedArrow`]; [`Code::WrongType`] for a column that no table has.
pub fn table_from_ipc(bytes: &[u8]) -> Result<Table> {
    let (schema, batches) = from_ipc(bytes)?;
    restore(&schema, &batches)
}
