//! A table of text fields, and how it is written: UTF-8, RFC 4180, one header row, `\n` at the end of a row.

/// A table on its way to a file.
pub struct Csv {
    /// The file's name.
    pub name: &'static str,
    header: Vec<&'static str>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    /// An empty table; `header` holds the column names, separated by spaces.
    pub fn new(name: &'static str, header: &'static str) -> Self {
        Self { name, header: header.split(' ').collect(), rows: Vec::new() }
    }

    /// Puts one value into one row.
    pub fn set(&mut self, row: usize, column: &str, value: impl Into<String>) {
        if let Some(place) = self.header.iter().position(|name| *name == column) {
            self.rows[row][place] = value.into();
        }
    }

    /// The bytes of the file.
    pub fn text(&self) -> String {
        let mut text = self.header.join(",");
        text.push('\n');
        for row in &self.rows {
            let fields: Vec<String> = row.iter().map(|field| quoted(field)).collect();
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// Cents as a decimal number: `1250.00`.
pub fn decimal(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}
