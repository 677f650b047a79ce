//! How long locking takes with everything going on: `cargo run --release -p curlew-vault --example locking [RESOURCES]`.
//!
//! A big record is open and being searched, another is being loaded, looks are being written down. Prints the 50th and 99th
//! percentile of [`curlew_vault::Vault::lock`], and of unlocking again with a passphrase at OWASP's floor.

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use curlew_vault::{Argon2Cost, Basis, SlotCost, Vault, VaultError};
use support::{Bench, apply, last, open, patient, problem, update};

const ROUNDS: usize = 100;

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let of = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    format!(
        "p50 {:7.2} ms  p99 {:7.2} ms  worst {:7.2} ms",
        of(50),
        of(99),
        of(100)
    )
}

fn many(id: &str, resources: usize) -> Vec<String> {
    let mut raws = vec![patient(id, "Measured")];
    raws.extend((0..resources).map(|number| {
        let text = format!("Gout of joint {number}");
        problem(id, &format!("c{number}"), &text, "2019-05-01")
    }));
    raws
}

/// Works until the store is locked.
fn busy(
    vault: &Arc<Vault>,
    begun: mpsc::Sender<()>,
    mut work: impl FnMut(&Vault) -> Result<(), VaultError> + Send + 'static,
) -> std::thread::JoinHandle<()> {
    let vault = Arc::clone(vault);
    std::thread::spawn(move || {
        drop(begun);
        while work(&vault).is_ok() {}
    })
}

fn main() {
    let resources = std::env::args()
        .nth(1)
        .map_or(20_000, |text| text.parse().expect("a number"));
    let mut bench = Bench::new();
    bench.settings.argon2 = SlotCost::Fixed(Argon2Cost::FLOOR);
    let vault = bench.create();
    apply(
        &vault,
        update("p1", Basis::Full, &many("p1", resources), last(), 1),
    )
    .expect("loaded");
    drop(vault);
    let (mut locks, mut unlocks, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let start = Instant::now();
        let vault = Arc::new(bench.unlock().expect("unlocked"));
        unlocks.push(start.elapsed());
        let seen = open(&vault, "p1", 2).expect("an open patient");
        let (begun, begins) = mpsc::channel();
        let workers = [
            busy(&vault, begun.clone(), move |vault| {
                apply(vault, update("p2", Basis::Full, &many("p2", 2_000), last(), 3)).map(drop)
            }),
            busy(&vault, begun.clone(), move |_| {
                seen.search("gout joint", 50).map(drop)
            }),
            busy(&vault, begun, |vault| open(vault, "p1", 4).map(drop)),
        ];
        assert!(begins.recv().is_err(), "all are at work");
        // A little later each time, so that locking meets every stage of a load.
        let wait = Instant::now();
        while wait.elapsed() < Duration::from_micros(5_000 * (round as u64 % 50)) {
            std::thread::yield_now();
        }
        let start = Instant::now();
        vault.lock();
        locks.push(start.elapsed());
        workers
            .into_iter()
            .for_each(|worker| worker.join().expect("it ends"));
        ends.push(start.elapsed());
    }
    println!("{ROUNDS} rounds, {resources} resources open and searched, a load running");
    println!("  lock                          {}", percentiles(locks));
    println!("  until all work has ended      {}", percentiles(ends));
    println!("  unlock, Argon2id at the floor {}", percentiles(unlocks));
}
