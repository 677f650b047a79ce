//! Runs the body of every fuzz target over the seeds it starts from, so that the targets are known to hold for what
//! real systems send before anything is mutated.
//!
//! The seeds come from the shared data at run time. Where it is absent the test says so and passes over it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[allow(unreachable_pub)] // It is a library of its own.
#[path = "../../../../tests/fuzz/src/lib.rs"]
mod fuzzing;

#[test]
fn every_fuzz_target_holds_for_its_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let unpack = root.join("../shared/data/unpack");
    if !unpack.exists() {
        println!("SKIPPED: the shared data is not beside the project");
        return;
    }
    let data = root.join("target/shared-data");
    let unpacked = Command::new(&unpack).arg(&data).output().expect("unpack runs");
    assert!(unpacked.status.success(), "the shared data could not be unpacked");

    let seeds = fuzzing::seeds(&data).expect("the shared data can be read");
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in &seeds {
        let (_, body) = fuzzing::TARGETS
            .iter()
            .find(|(name, _)| *name == seed.target)
            .expect("a seed is for a target");
        body(&seed.input);
        *held.entry(seed.target).or_default() += 1;
    }
    println!("{held:?}");
    assert_eq!(held.len(), fuzzing::TARGETS.len(), "every target has seeds");
    assert!(seeds.len() > 1_500, "only {} seeds were found", seeds.len());
}
