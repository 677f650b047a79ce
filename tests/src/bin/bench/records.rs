//! Whole records to measure with: real ones out of the shared data, and made-up ones of any size.

use crate::synthetic;
use clap::Args;
use curlew_tests::Outcome;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the shared data is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Data {
    /// Folder with the shared data, packed (with its `unpack`) or unpacked.
    #[arg(long, default_value = "../shared/data")]
    pub(crate) data: PathBuf,
    /// Where packed data is unpacked.
    #[arg(long, default_value = "target/shared-data")]
    unpacked: PathBuf,
}

/// One patient's record, as received.
pub(crate) struct Record {
    pub(crate) patient: String,
    pub(crate) resources: Vec<String>,
}

impl Record {
    /// A record that nobody has, of so many resources, the Patient among them.
    pub(crate) fn made_up(patient: &str, number: usize, resources: usize) -> Self {
        let first = std::iter::once(synthetic::patient(patient, number).to_string());
        let rest = (1..resources).map(|place| synthetic::resource(patient, place).to_string());
        Self {
            patient: patient.to_owned(),
            resources: first.chain(rest).collect(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.resources.iter().map(String::len).sum()
    }
}

impl Data {
    /// The unpacked folder; `None` where there is no data.
    pub(crate) fn unpacked(&self) -> Outcome<Option<PathBuf>> {
        let unpack = self.data.join("unpack");
        if unpack.is_file() {
            std::fs::create_dir_all(&self.unpacked)?;
            let said = Command::new("bash").arg(&unpack).arg(&self.unpacked).output()?;
            if !said.status.success() {
                return Err(format!("unpacking failed: {}", String::from_utf8_lossy(&said.stderr)).into());
            }
            return Ok(Some(self.unpacked.clone()));
        }
        let there = self.data.join("synthea").is_dir() || self.data.join("bulk10-ndjson").is_dir();
        Ok(there.then(|| self.data.clone()))
    }

    /// Synthea's patients, one record each; none where there is no data.
    pub(crate) fn synthea(&self) -> Outcome<Vec<Record>> {
        match self.unpacked()? {
            Some(folder) => bundles(&folder.join("synthea")),
            None => Ok(Vec::new()),
        }
    }
}

fn files(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A record from each file that is a Bundle with a Patient in it.
pub(crate) fn bundles(folder: &Path) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    for path in files(folder, "json")? {
        let text = std::fs::read_to_string(&path)?;
        let bundle = curlew_fhir::bundle::read_bundle(&text)?;
        let resources: Vec<String> = bundle
            .entries
            .iter()
            .filter_map(|entry| entry.resource.map(str::to_owned))
            .collect();
        let patient = resources
            .iter()
            .filter_map(|raw| curlew_fhir::read_header(raw).ok())
            .find(|header| header.resource_type == "Patient");
        if let Some(patient) = patient {
            records.push(Record {
                patient: patient.id,
                resources,
            });
        }
    }
    Ok(records)
}

/// Records out of files with a resource a line, by the patient each is about. What is about nobody is left out.
pub(crate) fn ndjson(folder: &Path) -> Outcome<Vec<Record>> {
    let mut by_patient: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files(folder, "ndjson")? {
        for line in std::fs::read_to_string(&path)?.lines() {
            let Ok(header) = curlew_fhir::read_header(line) else {
                continue;
            };
            let patient = match header.resource_type.as_str() {
                "Patient" => Some(header.id),
                _ => header.patient,
            };
            if let Some(patient) = patient {
                by_patient.entry(patient).or_default().push(line.to_owned());
            }
        }
    }
    Ok(by_patient
        .into_iter()
        .map(|(patient, resources)| Record { patient, resources })
        .collect())
}
