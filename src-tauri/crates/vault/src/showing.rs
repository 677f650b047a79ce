//! Showing what may be looked at and not kept: a record held in memory alone, in any store.

use curlew_audit::{Action, Receipt};
use curlew_consent::{Purpose, Showable};
use curlew_record::{Arrival, Failure};
use std::sync::Arc;

use crate::apply::{begin, with_withheld};
use crate::caseload::{self, LastTimes};
use crate::copies;
use crate::database::{self, Expect, open_database, read_checked};
use crate::error::{DamagedPart, VaultError};
use crate::locking::Opened;
use crate::log;
use crate::open_patient::{Handle, OpenPatient};
use crate::projecting::{self, Shown, reproject};
use crate::records;
use crate::staging::{self, reading};
use crate::texts::Press;
use crate::update::{Basis, Part, PatientUpdate};
use crate::vault::Vault;

impl Vault {
    /// Shows a record that was fetched for this one look: one that may be seen and not kept, or one opened in an
    /// emergency. Nothing of it is written to any disk, and no copy that is held changes. It is gone when the
    /// [`OpenPatient`] is dropped, the store is locked, or [`Self::stop_showing`] is called.
    ///
    /// What was opened for an emergency takes a receipt for an opening in an emergency; an ordinary receipt does not
    /// do. An update that is not the last part is shown with a gap that says so.
    ///
    /// # Errors
    /// [`VaultError::NotAReceiptForOpening`] for a receipt of another patient, purpose or store;
    /// [`VaultError::NotHeld`] for a delta, which is no record by itself.
    #[expect(clippy::needless_pass_by_value, reason = "a receipt opens a record once")]
    pub fn show(&self, receipt: Receipt, record: Showable<PatientUpdate>) -> Result<OpenPatient, VaultError> {
        let purpose = record.purpose();
        let PatientUpdate {
            patient,
            basis,
            changes,
            part,
            received_at,
        } = record.into_inner();
        let for_emergency = purpose == Purpose::Emergency;
        if receipt.opens() != Some(patient.as_str())
            || (for_emergency && receipt.action() != Action::OpenInEmergency)
        {
            return Err(VaultError::NotAReceiptForOpening);
        }
        if basis == Basis::Delta {
            return Err(VaultError::NotHeld);
        }
        let last = self.shared.with(|unlocked| {
            if !log::holds(&unlocked.index, receipt.seq(), &receipt.digest())? {
                return Err(VaultError::NotAReceiptForOpening);
            }
            caseload::last_times(&unlocked.index, &patient)
        })?;
        let copy = copies::make()?;
        let location = records::in_memory(&copy.file);
        let mut file = open_database(&location, &copy.key, &database::RECORD, Expect::Absent)?;
        self.shared.stop.watch(&mut file)?;
        let mut press = Press::new()?;
        let step = begin(&mut file)?;
        staging::stage(&step, &changes, received_at, &mut press)?;
        drop(changes);
        let (arrival, synced_to) = match part {
            Part::Last { arrival, synced_to } => (arrival, synced_to),
            Part::More { .. } => (unfinished(), None),
        };
        let at = received_at.timestamp_millis();
        let withheld = staging::settle(&step, at, &mut press)?;
        let shown = Shown {
            at,
            arrival: with_withheld(arrival, &withheld),
            synced_to,
            last_look: last.look,
        };
        reproject(&step, &patient, shown, &mut press)?;
        step.commit().map_err(reading)?;
        let first = read_checked(&file, DamagedPart::PatientFile, projecting::read_first)?;
        self.shared
            .with(|unlocked| caseload::note_look(&unlocked.index, &patient, receipt.at()))?;
        let handle = Arc::new(Handle::new(Arc::downgrade(&self.shared), copy.file, file));
        self.shared.enter_open(&patient, Opened::Shown, &handle)?;
        let last = LastTimes {
            contact: Some(received_at),
            look: last.look,
        };
        Ok(OpenPatient::new(patient, handle, first, last))
    }

    /// Ends every [`Self::show`] of this patient, for when standing has changed. [`Self::forget`] erases what is held
    /// and leaves these alone: a record opened in an emergency must not vanish because it may not be kept.
    pub fn stop_showing(&self, patient: &str) {
        self.shared.close_open(Some(patient), Some(Opened::Shown));
    }
}

/// What is said when the record that is shown was not fetched to its end.
fn unfinished() -> Arrival {
    let rest = Failure {
        what: "the rest of the record was not fetched".to_owned(),
        touches_safety: true,
    };
    Arrival {
        failures: vec![rest],
        ..Arrival::default()
    }
}
