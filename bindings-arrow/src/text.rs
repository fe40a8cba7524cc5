//! Text columns: offsets into one buffer (`utf8`, `large_utf8`) and views into several (`utf8_view`).
//!
//! The bytes are checked to be UTF-8 and the offsets to lie between characters; only then are they lent out.

use arrow_array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray};
use cosell::Result;
use cosell::table::{Offsets, RawValues};

use crate::read::malformed;

/// Offsets of either width, lent as they are or moved so that a slice begins at 0.
pub(crate) trait Lend: OffsetSizeTrait {
    fn lend(offsets: std::borrow::Cow<'_, [Self]>) -> Offsets<'_>;
}

impl Lend for i32 {
    fn lend(offsets: std::borrow::Cow<'_, [Self]>) -> Offsets<'_> {
        Offsets::Small(offsets)
    }
}

impl Lend for i64 {
    fn lend(offsets: std::borrow::Cow<'_, [Self]>) -> Offsets<'_> {
        Offsets::Large(offsets)
    }
}

/// Text in one buffer, which a slice of an array shares with the others: only its own part is looked at.
pub(crate) fn strings<'a, O: Lend>(name: &str, array: &'a GenericStringArray<O>) -> Result<RawValues<'a>> {
    let offsets = array.value_offsets();
    let (first, last) = match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) if !array.is_empty() => (first.as_usize(), last.as_usize()),
        _ => return Ok(RawValues::Strs(Vec::new())),
    };
    let own = array.value_data().get(first..last);
    let own = own.ok_or_else(|| malformed(name, "the offsets of its text lie outside of the buffer"))?;
    let Ok(text) = std::str::from_utf8(own) else { return singly(name, array, own, first) };
    let ordered = offsets.windows(2).all(|w| w[0] <= w[1]);
    if !ordered || !offsets.iter().all(|o| text.is_char_boundary(o.as_usize() - first)) {
        return singly(name, array, own, first);
    }
    let start = offsets[0];
    let offsets = if first == 0 { offsets.into() } else { offsets.iter().map(|&o| o - start).collect() };
    Ok(RawValues::Text(O::lend(offsets), text.into()))
}

/// Text value by value: those of nulls may be anything.
fn singly<'a, O: OffsetSizeTrait>(
    name: &str,
    array: &GenericStringArray<O>,
    own: &'a [u8],
    first: usize,
) -> Result<RawValues<'a>> {
    let offsets = array.value_offsets();
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let (from, to) = (offsets[row].as_usize().checked_sub(first), offsets[row + 1].as_usize().checked_sub(first));
        let bytes = from.zip(to).and_then(|(from, to)| own.get(from..to));
        values.push(match bytes.map(std::str::from_utf8) {
            _ if array.is_null(row) => "",
            Some(Ok(text)) => text,
            _ => return Err(malformed(name, format_args!("row {row} is not UTF-8 text"))),
        });
    }
    Ok(RawValues::Strs(values))
}

/// Text up to this many bytes stands in the view itself.
const INLINE: u32 = 12;

/// Text as views: length, then the text itself or prefix, buffer and offset.
pub(crate) fn views<'a>(name: &str, array: &'a StringViewArray) -> Result<RawValues<'a>> {
    let views = array.views();
    let mut values = Vec::with_capacity(array.len());
    for (row, view) in views.iter().enumerate() {
        if array.is_null(row) {
            values.push("");
            continue;
        }
        let length = *view as u32;
        let bytes = if length <= INLINE {
            // Safe for any view: the inline bytes lie within its sixteen.
            Some(inline(&views[row], length as usize))
        } else {
            let (buffer, offset) = ((*view >> 64) as u32 as usize, (*view >> 96) as u32 as usize);
            array.data_buffers().get(buffer).and_then(|b| b.as_slice().get(offset..offset + length as usize))
        };
        match bytes.map(std::str::from_utf8) {
            Some(Ok(text)) => values.push(text),
            _ => return Err(malformed(name, format_args!("row {row} is not UTF-8 text"))),
        }
    }
    Ok(RawValues::Strs(values))
}

/// The bytes that stand in the view itself, after its length.
fn inline(view: &u128, length: usize) -> &[u8] {
    let bytes: &[u8] = arrow_buffer::ToByteSlice::to_byte_slice(view);
    &bytes[4..4 + length]
}
