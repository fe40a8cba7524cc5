//! What holds for every report, whatever the data says.

use super::fixture::{empty, full, problems, review_of};
use super::*;

#[test]
#[ignore]
fn write_pages() {
    std::fs::write("/tmp/report.html", html(&full())).unwrap();
    std::fs::write("/tmp/report.txt", full().to_string()).unwrap();
    std::fs::write("/tmp/empty.html", html(&empty())).unwrap();
}
