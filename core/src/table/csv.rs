//! CSV: bytes in, columns of text out, and a table back to CSV text (RFC 4180).
//!
//! Quoted fields may hold separators, line breaks and doubled quotes; lines end in LF, CRLF or CR; a UTF-8 byte order mark
//! is skipped. A row with more or fewer fields than the header is an error that names the line: a shifted row would put
//! values under the wrong names without a sign. Blank lines are skipped.

use super::raw::{Offsets, RawChunk, RawColumn, RawTable, RawValues};
use crate::error::{Code, Error, Result};

/// Rows per chunk of the table that is read.
const CHUNK_ROWS: usize = 1 << 17;

/// Reads CSV; the separator is the most frequent of `,`, `;`, tab and `|` in the header line.
///
/// # Errors
/// [`Code::MalformedCsv`] with the line; [`Code::DuplicateColumn`].
///
/// ```
/// let table = cosell::table::read_csv(b"id,name\n1,\"Ann, Bob\"\n")?;
/// assert_eq!(table.rows(), 1);
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn read_csv(bytes: &[u8]) -> Result<RawTable<'static>> {
    let text = utf8(bytes)?;
    let separator = sniff(text);
    let mut reader = Reader { text, at: 0, line: 1, separator };
    let mut header: Vec<String> = Vec::new();
    let mut fields = RowFields::default();
    while header.is_empty() && reader.next_row(&mut fields)? {
        header = fields.iter().map(|f| f.trim().to_owned()).collect();
    }
    if header.is_empty() {
        return Err(Error::new(
            Code::MalformedCsv,
            "",
            "the CSV text is empty; expected a header line with column names",
        ));
    }
    if let Some(empty) = header.iter().position(String::is_empty) {
        return Err(Error::new(Code::MalformedCsv, "", format!("column {} of the CSV header has no name", empty + 1)));
    }
    let mut chunks = Vec::new();
    let mut columns = vec![TextBuilder::new(); header.len()];
    let mut rows = 0;
    loop {
        let more = reader.next_row(&mut fields)?;
        let line = fields.line;
        if !more || rows == CHUNK_ROWS {
            chunks.push(finish_chunk(&header, &mut columns)?);
            rows = 0;
        }
        if !more {
            break;
        }
        if fields.ends.len() != header.len() {
            return Err(Error::new(
                Code::MalformedCsv,
                "",
                format!(
                    "line {line} of the CSV has {} fields, but the header has {}; quote fields that hold {:?}",
                    fields.ends.len(),
                    header.len(),
                    char::from(separator)
                ),
            )
            .with("line", line));
        }
        for (column, field) in columns.iter_mut().zip(fields.iter()) {
            column.push(field);
        }
        rows += 1;
    }
    Ok(RawTable { chunks, untyped: true })
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::new(Code::MalformedCsv, "", "the CSV is UTF-16; save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        Error::new(Code::MalformedCsv, "", format!("line {line} of the CSV is not UTF-8; save the file as UTF-8"))
            .with("line", line)
    })
}

fn sniff(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |separator: u8| {
        let mut quoted = false;
        header
            .bytes()
            .filter(|&b| {
                quoted ^= b == b'"';
                b == separator && !quoted
            })
            .count()
    };
    // The first of equals wins, and the comma is the first.
    b",;\t|".iter().copied().rev().max_by_key(|&s| count(s)).unwrap_or(b',')
}

/// The fields of one row in one buffer.
#[derive(Default)]
struct RowFields {
    /// The line on which the row begins.
    line: usize,
    text: String,
    ends: Vec<usize>,
}

impl RowFields {
    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut from = 0;
        self.ends.iter().map(move |&end| &self.text[std::mem::replace(&mut from, end)..end])
    }
}

#[derive(Clone)]
struct TextBuilder {
    text: String,
    offsets: Vec<i64>,
}

impl TextBuilder {
    fn new() -> Self {
        Self { text: String::new(), offsets: vec![0] }
    }

    fn push(&mut self, field: &str) {
        self.text.push_str(field);
        self.offsets.push(self.text.len() as i64);
    }
}

fn finish_chunk(header: &[String], columns: &mut [TextBuilder]) -> Result<RawChunk<'static>> {
    let columns = header
        .iter()
        .zip(columns)
        .map(|(name, builder)| {
            let TextBuilder { text, offsets } = std::mem::replace(builder, TextBuilder::new());
            RawColumn::new(name.clone(), RawValues::Text(Offsets::Large(offsets.into()), text.into()))
        })
        .collect();
    RawChunk::new(columns)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    separator: u8,
}

impl Reader<'_> {
    /// Reads the next row that is not blank; false at the end.
    fn next_row(&mut self, fields: &mut RowFields) -> Result<bool> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b'\n' | b'\r')) {
            self.end_line();
        }
        fields.line = self.line;
        fields.text.clear();
        fields.ends.clear();
        if self.at >= bytes.len() {
            return Ok(false);
        }
        loop {
            if bytes.get(self.at) == Some(&b'"') {
                self.quoted_field(fields)?;
            } else {
                let rest = &bytes[self.at..];
                let length = rest.iter().position(|&b| b == self.separator || b == b'\n' || b == b'\r');
                let end = self.at + length.unwrap_or(rest.len());
                fields.text.push_str(&self.text[self.at..end]);
                self.at = end;
            }
            fields.ends.push(fields.text.len());
            match bytes.get(self.at) {
                Some(&b) if b == self.separator => self.at += 1,
                Some(b'\n' | b'\r') => {
                    self.end_line();
                    return Ok(true);
                }
                None => return Ok(true),
                Some(_) => {
                    return Err(Error::new(
                        Code::MalformedCsv,
                        "",
                        format!(
                            "line {} of the CSV has text after a closing quote; double quotes inside a field",
                            self.line
                        ),
                    )
                    .with("line", self.line));
                }
            }
        }
    }

    fn quoted_field(&mut self, fields: &mut RowFields) -> Result<()> {
        let opened = self.line;
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let Some(quote) = rest.find('"') else {
                return Err(Error::new(
                    Code::MalformedCsv,
                    "",
                    format!("the quote opened on line {opened} of the CSV is never closed"),
                )
                .with("line", opened));
            };
            let part = &rest[..quote];
            self.line += part.bytes().filter(|&b| b == b'\n').count();
            fields.text.push_str(part);
            self.at += quote + 1;
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                return Ok(());
            }
            fields.text.push('"');
            self.at += 1;
        }
    }

    fn end_line(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += if bytes[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
        self.line += 1;
    }
}

/// A field of CSV text, quoted where it has to be.
pub(crate) fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::raw::CellRef;
    use proptest::prelude::*;

    fn cells(table: &RawTable<'_>, column: &str) -> Vec<String> {
        let of = |chunk: &RawChunk<'_>| {
            let column = chunk.column(column).unwrap().clone();
            (0..chunk.rows)
                .map(|row| match column.cell(row) {
                    CellRef::Text(t) => t.to_owned(),
                    other => other.show(),
                })
                .collect::<Vec<_>>()
        };
        table.chunks.iter().flat_map(of).collect()
    }

    #[test]
    fn quotes_line_breaks_and_separators_are_read() {
        let text = "\u{feff}id;note\r\n1;\"a;\"\"b\"\"\nc\"\r\n\r\n2;plain\n3;";
        let table = read_csv(text.as_bytes()).unwrap();
        assert_eq!(cells(&table, "id"), ["1", "2", "3"]);
        assert_eq!(cells(&table, "note"), ["a;\"b\"\nc", "plain", ""]);
    }

    #[test]
    fn ragged_rows_are_refused_with_their_line() {
        let error = read_csv(b"a,b\n1,\"x\ny\"\n1,2,3\n").unwrap_err();
        assert_eq!(error.code(), Code::MalformedCsv);
        assert!(error.message().contains("line 4"), "{error}");
    }

    #[test]
    fn bad_bytes_quotes_and_headers_are_refused() {
        for bad in [&b"a,b\n\xff,2\n"[..], b"a,\"b\n1,2\n", b"a,b\n\"1\"x,2\n", b"", b"\n\n", b"a,,b\n", b"\xff\xfea\0"]
        {
            assert_eq!(read_csv(bad).unwrap_err().code(), Code::MalformedCsv, "{bad:?}");
        }
        assert_eq!(read_csv(b"a,a\n").unwrap_err().code(), Code::DuplicateColumn);
    }

    #[test]
    fn many_rows_come_in_chunks() {
        let text: String =
            std::iter::once("n\n".to_owned()).chain((0..CHUNK_ROWS + 5).map(|i| format!("{i}\n"))).collect();
        let table = read_csv(text.as_bytes()).unwrap();
        assert_eq!((table.chunks.len(), table.rows()), (2, CHUNK_ROWS + 5));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(rows in prop::collection::vec(("\\PC{0,12}", "[a-z,\";\n\r ]{0,12}"), 1..20)) {
            let mut text = "a,b,end\n".to_owned();
            for (a, b) in &rows {
                text += &format!("{},{},.\n", csv_field(a), csv_field(b));
            }
            let table = read_csv(text.as_bytes()).unwrap();
            let (a, b): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            prop_assert_eq!(cells(&table, "a"), a);
            prop_assert_eq!(cells(&table, "b"), b);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_csv(&bytes);
        }
    }
}
