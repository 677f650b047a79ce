//! Three thousand clients at half past seven, with our waits and without, second by second. The figures are those of
//! `curlew_sync::schedule`'s documentation.

use std::time::Duration;

use curlew_sync::schedule::{INTERVAL, after_contact, after_start};

const CLIENTS: usize = 3_000;
/// One idle contact of a caseload of 60, and how many of its requests are under way at once.
const REQUESTS: usize = 66;
const AT_ONCE: usize = 4;
const ANSWER: Duration = Duration::from_millis(50);

/// A small generator of our own, so that every run is the same run (xorshift64*).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Requests begun in each second, and the most under way at any moment, when each client begins at its time and the
/// server answers every request in the same time.
fn walk(begins: &[Duration]) -> (Vec<usize>, usize) {
    let mut by_second = Vec::new();
    let mut changes: Vec<(Duration, i64)> = Vec::new();
    for begin in begins {
        for request in 0..REQUESTS {
            let at = *begin + ANSWER * u32::try_from(request / AT_ONCE).expect("small");
            let second = usize::try_from(at.as_secs()).expect("small");
            if by_second.len() <= second {
                by_second.resize(second + 1, 0);
            }
            by_second[second] += 1;
            changes.push((at, 1));
            changes.push((at + ANSWER, -1));
        }
    }
    changes.sort();
    let (mut now, mut most) = (0_i64, 0_i64);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    (by_second, usize::try_from(most).expect("never below none"))
}

fn told(name: &str, by_second: &[usize], most: usize) -> (f64, usize) {
    let busy: Vec<usize> = by_second
        .iter()
        .copied()
        .filter(|requests| *requests > 0)
        .collect();
    let mean = busy.iter().sum::<usize>() as f64 / busy.len() as f64;
    let peak = busy.iter().copied().max().unwrap_or_default();
    println!(
        "{name}: {mean:.0} requests/s over {} s, busiest second {peak}, most in flight {most}",
        busy.len()
    );
    (mean, peak)
}

#[test]
fn a_morning_is_spread_over_ten_minutes() {
    let mut chance = Chance(7);
    let (together, most_together) = walk(&[Duration::ZERO; CLIENTS]);
    let (_, peak_together) = told("all at once", &together, most_together);
    assert_eq!(most_together, CLIENTS * AT_ONCE);
    assert_eq!(peak_together, CLIENTS * REQUESTS);

    let begins: Vec<Duration> = (0..CLIENTS).map(|_| after_start(chance.next())).collect();
    let (spread, most) = walk(&begins);
    let (mean, peak) = told("spread", &spread, most);
    assert!((300.0..360.0).contains(&mean), "{mean}");
    assert!(peak < 1_100, "{peak}");
    assert!(most < 100, "{most}");
}

#[test]
fn clients_that_began_together_drift_apart() {
    let mut chance = Chance(11);
    let mut begins: Vec<Duration> = vec![Duration::ZERO; CLIENTS];
    let mut peaks = Vec::new();
    for _ in 0..4 {
        for begin in &mut begins {
            *begin += after_contact(INTERVAL, chance.next());
        }
        let (by_second, most) = walk(&begins);
        peaks.push(told("later", &by_second, most).1);
    }
    assert!(peaks.iter().all(|peak| *peak < 1_500), "{peaks:?}");
}
