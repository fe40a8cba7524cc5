//! An ecosystem as bytes, so that it can be kept, pickled and sent to another process.
//!
//! The state (magic, kind, version, checksum) holds the options, every table as Arrow IPC with exact amounts, and the two
//! reports; core makes an ecosystem of them again.

use cosell::document::from_text;
use cosell::engine::accumulate::{StateReader, StateWriter};
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions};
use cosell::{Error, Result};

use crate::ipc::{from_ipc, table_from_ipc, to_ipc};
use crate::read::raw_table;
use crate::write::TableForm;

const KIND: &str = "ecosystem";
const VERSION: u16 = 1;

/// The ecosystem as bytes.
///
/// # Errors
/// Those of [`to_ipc`].
///
/// ```
/// use cosell::engine::monitor::Monitor;
/// use cosell::facts::{Ecosystem, Partner};
/// let eco = Ecosystem::builder().records([Partner { partner_id: Some("P".into()), ..Default::default() }]).build()?;
/// let back = cosell_arrow::ecosystem_from_bytes(&cosell_arrow::ecosystem_to_bytes(&eco)?, &Monitor::none())?;
/// assert_eq!(back.table("partners")?.to_csv(), eco.table("partners")?.to_csv());
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn ecosystem_to_bytes(eco: &Ecosystem) -> Result<Vec<u8>> {
    let exact = TableForm { decimals: true };
    let mut to = StateWriter::new(KIND, VERSION, "");
    to.text(&serde_json::to_string(eco.options()).map_err(Error::internal)?);
    let names = eco.table_names();
    to.u64(names.len() as u64);
    for name in names {
        to.text(name);
        to.bytes(&to_ipc(&eco.table(name)?, exact)?);
    }
    to.bytes(&to_ipc(eco.rejected(), exact)?);
    to.bytes(&to_ipc(eco.findings(), exact)?);
    Ok(to.finish())
}

/// The ecosystem from the bytes that [`ecosystem_to_bytes`] wrote.
///
/// # Errors
/// [`cosell::Code::CorruptState`], [`cosell::Code::IncompatibleState`]; cancellation.
pub fn ecosystem_from_bytes(bytes: &[u8], monitor: &Monitor) -> Result<Ecosystem> {
    let mut from = StateReader::new(bytes, KIND, VERSION, "")?;
    let options: EcosystemOptions = from_text(from.text()?)?;
    let mut tables = Vec::new();
    for _ in 0..from.count(16)? {
        tables.push((from.text()?, from_ipc(from.bytes()?)?));
    }
    let (rejected, findings) = (table_from_ipc(from.bytes()?)?, table_from_ipc(from.bytes()?)?);
    let raw = tables.iter().map(|(name, (schema, batches))| Ok((*name, raw_table(schema, batches)?)));
    Ecosystem::restore(raw.collect::<Result<Vec<_>>>()?, options, rejected, findings, monitor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosell::facts::OnInvalid;
    use cosell::table::read_csv;

    fn sample() -> Ecosystem {
        let deals = "Id,account_id,status,created_at,closed_at,amount,currency,extra\n\
                     7,A,Closed Won,2026-01-10,2026-03-01,10.05,USD,x\n8,A,nonsense,2026-01-10,,1,USD,\n";
        let map = |from: &str, to: &str| [(from.to_owned(), to.to_owned())].into();
        let options = EcosystemOptions {
            columns: [("opportunities".to_owned(), map("Id", "opportunity_id"))].into(),
            values: [("opportunities".to_owned(), [("status".to_owned(), map("Closed Won", "won"))].into())].into(),
            on_invalid: OnInvalid::Reject,
            ..EcosystemOptions::default()
        };
        let deals = read_csv(deals.as_bytes()).unwrap();
        Ecosystem::builder().options(options).table("opportunities", deals).build().unwrap()
    }

    #[test]
    fn tables_options_and_reports_come_back() {
        let eco = sample();
        let back = ecosystem_from_bytes(&ecosystem_to_bytes(&eco).unwrap(), &Monitor::none()).unwrap();
        assert_eq!(back.options(), eco.options());
        assert_eq!((back.currency(), back.table_names()), (eco.currency(), eco.table_names()));
        assert_eq!(back.rejected().to_csv(), eco.rejected().to_csv());
        assert_eq!(back.rejected().len(), 1);
        assert_eq!(back.findings().to_csv(), eco.findings().to_csv());
        assert_eq!(back.table("opportunities").unwrap().to_csv(), eco.table("opportunities").unwrap().to_csv());
    }

    #[test]
    fn altered_bytes_are_an_error() {
        let bytes = ecosystem_to_bytes(&sample()).unwrap();
        for at in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(ecosystem_from_bytes(&altered, &Monitor::none()).is_err(), "byte {at}");
        }
    }
}
