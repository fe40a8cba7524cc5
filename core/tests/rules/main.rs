//! The rules of the house, each with a test that would fail without it: results do not depend on the order of rows, on
//! threads or on chunks; money is exact; no row is lost; nothing panics; states merge in any order; large and empty
//! inputs work.
//!
//! Tables are compared by their CSV text, which holds every digit of amounts and the shortest form of every float: equal
//! text is equal bits.

mod documents;
mod money;
mod panics;
mod programs;
mod rows;
mod same_bits;
mod sample;
mod sizes;
mod states;
