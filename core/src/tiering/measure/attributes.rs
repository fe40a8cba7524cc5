//! The attributes that criteria name: columns and extra columns of the partners, of what they are enrolled with
//! (`enrollment.track`; without the prefix where partners have no such column), or the scope itself.

use hashbrown::HashMap;

use super::condition::{Values, check_types, scalars_of};
use super::field::{Field, Kind, Place, World};
use super::population::{Enrolled, Population};
use super::source::need_column;
use crate::calendar::Date;
use crate::error::Result;
use crate::facts::store::{Chunk, Stored};
use crate::facts::{enrollments, partners};
use crate::table::NULL;
use crate::tiering::base::Attribute;
use crate::tiering::compile::unknown_name;
use crate::tiering::document::Scalar;
use crate::tiering::program::{Compiled, Node};

/// The attributes of a programme, row by row.
pub(super) fn attributes(
    program: &Compiled,
    world: &World<'_>,
    population: &Population,
    enrolled: &[Option<Enrolled>],
) -> Result<Vec<Attribute>> {
    let one = |(number, name): (usize, &String)| attribute(program, world, population, enrolled, number, name);
    program.attributes.iter().enumerate().map(one).collect()
}

/// Where the document names an attribute first.
fn path_of(program: &Compiled, number: usize) -> String {
    let of_track = |track: &crate::tiering::program::TrackRules| {
        track.nodes.iter().zip(&track.paths).find_map(|(node, path)| match node {
            Node::Attribute { attribute, .. } if *attribute == number => Some(format!("{path}.attribute.field")),
            Node::Top(top) => {
                top.within.iter().position(|&within| within == number).map(|at| format!("{path}.top.within[{at}]"))
            }
            _ => None,
        })
    };
    program.tracks.iter().find_map(of_track).unwrap_or_default()
}

fn attribute(
    program: &Compiled,
    world: &World<'_>,
    population: &Population,
    enrolled: &[Option<Enrolled>],
    number: usize,
    name: &str,
) -> Result<Attribute> {
    let path = path_of(program, number);
    if program.document.scope.as_ref().is_some_and(|scope| scope.by == name) {
        check(program, number, Values::Text(&population.scopes))?;
        let values =
            (0..population.scopes.len() as u32).map(|s| scalars_of(Values::Text(&population.scopes), s)).collect();
        return Ok(Attribute { codes: population.scope.clone(), values });
    }
    let bare = name.strip_prefix("partner.");
    let partners = world.eco.stored(partners::SPEC.name);
    if let (Some(stored), false) = (partners, name.starts_with("enrollment."))
        && let Some(field) = find(world, stored, bare.unwrap_or(name), &path)?
    {
        check(program, number, checked(&field))?;
        let partner_of_rows = population.partner_of_rows();
        let place = |row: usize| {
            let code = population.partners[partner_of_rows[row] as usize];
            world.partners.row(code).map(|at| (&*world.partners.chunk, at))
        };
        return Ok(collect(&field, world, population.rows(), place));
    }
    let own = name.strip_prefix("enrollment.");
    if let (Some(stored), None) = (world.eco.stored(enrollments::SPEC.name), bare)
        && let Some(field) = find(world, stored, own.unwrap_or(name), &path)?
    {
        check(program, number, checked(&field))?;
        let place = |row: usize| {
            let (chunk, at) = enrolled.get(row).copied().flatten()?.place;
            stored.chunks.get(chunk).map(|chunk| (&**chunk, at))
        };
        return Ok(collect(&field, world, population.rows(), place));
    }
    let names = |stored: Option<&Stored>, prefix: &str| -> Vec<String> {
        let of = |stored: &Stored| -> Vec<String> {
            let columns = stored.spec.columns.iter().map(|c| format!("{prefix}{}", c.name));
            columns.chain(stored.attributes.iter().map(|a| format!("{prefix}{}", a.name))).collect()
        };
        stored.map(of).unwrap_or_default()
    };
    let mut known = names(partners, "");
    known.extend(names(world.eco.stored(enrollments::SPEC.name), "enrollment."));
    Err(unknown_name(&path, "attribute", name, known.iter().map(String::as_str)))
}

fn find(world: &World<'_>, stored: &Stored, name: &str, path: &str) -> Result<Option<Field>> {
    let column = match stored.spec.column(name) {
        Some(column) => {
            need_column(stored, column, path)?;
            Some(column)
        }
        None => stored.attribute(name).map(|(column, _)| column),
    };
    Ok(column.and_then(|column| Field::of(world.eco, stored, column, Place::Own)))
}

/// The values as conditions see them; an instant is its day.
fn checked(field: &Field) -> Values<'_> {
    match field.values() {
        Values::Instant => Values::Day,
        values => values,
    }
}

/// Fails where a criterion compares the attribute with what it never is.
fn check(program: &Compiled, number: usize, values: Values<'_>) -> Result<()> {
    for track in &program.tracks {
        for (node, path) in track.nodes.iter().zip(&track.paths) {
            if let Node::Attribute { attribute, condition } = node
                && *attribute == number
            {
                check_types(values, condition, &format!("{path}.attribute"))?;
            }
        }
    }
    Ok(())
}

/// The values of rows, each distinct one once.
fn collect<'c>(
    field: &Field,
    world: &World<'_>,
    rows: usize,
    place: impl Fn(usize) -> Option<(&'c Chunk, usize)>,
) -> Attribute {
    let values = field.values();
    let mut known: HashMap<u64, u32> = HashMap::new();
    let mut attribute = Attribute::default();
    let day = |day: Date| vec![Scalar::Text(day.to_string())];
    for row in 0..rows {
        let found = place(row).and_then(|(chunk, at)| {
            Some(match field.kind {
                Kind::Number => {
                    let number = chunk.number(field.column, at)?;
                    (number.to_bits(), vec![Scalar::Number(number)])
                }
                Kind::Instant => {
                    let date = world.eco.zone().date_of(chunk.instant(field.column, at)?);
                    (date.0 as u64, day(date))
                }
                Kind::Day => {
                    let date = Date(chunk.date(field.column, at)?);
                    (date.0 as u64, day(date))
                }
                _ => {
                    let code = field.code(chunk, at);
                    (code != NULL).then(|| (u64::from(code), scalars_of(values, code)))?
                }
            })
        });
        attribute.codes.push(match found {
            None => NULL,
            Some((key, scalars)) => *known.entry(key).or_insert_with(|| {
                attribute.values.push(scalars);
                attribute.values.len() as u32 - 1
            }),
        });
    }
    attribute
}
