//! The scoring chart of NEWS2, and nothing else.
//!
//! Source: Royal College of Physicians, *National Early Warning Score (NEWS) 2: Standardising the assessment of
//! acute-illness severity in the NHS*, updated report of a working party, London, RCP, 2017 (ISBN
//! 978-1-86016-682-2), chart 1, "The NEWS scoring system". Copyright of the score: Royal College of Physicians.
//! It is for adults: not for anybody under 16, nor in pregnancy (same report).

/// Which saturations are aimed at. Scale 2 is for hypercapnic respiratory failure, and only when a clinician has said
/// so: it is never concluded from a diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    One,
    Two,
}

/// Why a reading has no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unscorable {
    /// It lies between the last value of one band and the first of the next, which the chart leaves open.
    BetweenBands,
    /// No living person has it.
    Impossible,
}

impl Unscorable {
    pub(super) fn words(self) -> &'static str {
        match self {
            Unscorable::BetweenBands => "lies between two bands of the scoring chart",
            Unscorable::Impossible => "cannot be right",
        }
    }
}

/// One band: its first and last value, in the chart's own steps, and its score.
type Band = (i32, i32, u8);

const LOWEST: i32 = i32::MIN;
const HIGHEST: i32 = i32::MAX;

/// Breaths a minute.
const BREATHS: [Band; 5] = [
    (LOWEST, 8, 3),
    (9, 11, 1),
    (12, 20, 0),
    (21, 24, 2),
    (25, HIGHEST, 3),
];
/// Per cent, scale 1.
const SATURATION_ONE: [Band; 4] = [(LOWEST, 91, 3), (92, 93, 2), (94, 95, 1), (96, HIGHEST, 0)];
/// Per cent, scale 2, breathing air.
const SATURATION_TWO_AIR: [Band; 4] = [(LOWEST, 83, 3), (84, 85, 2), (86, 87, 1), (88, HIGHEST, 0)];
/// Per cent, scale 2, on oxygen.
const SATURATION_TWO_OXYGEN: [Band; 7] = [
    (LOWEST, 83, 3),
    (84, 85, 2),
    (86, 87, 1),
    (88, 92, 0),
    (93, 94, 1),
    (95, 96, 2),
    (97, HIGHEST, 3),
];
/// mmHg.
const SYSTOLIC: [Band; 5] = [
    (LOWEST, 90, 3),
    (91, 100, 2),
    (101, 110, 1),
    (111, 219, 0),
    (220, HIGHEST, 3),
];
/// Beats a minute.
const PULSE: [Band; 6] = [
    (LOWEST, 40, 3),
    (41, 50, 1),
    (51, 90, 0),
    (91, 110, 1),
    (111, 130, 2),
    (131, HIGHEST, 3),
];
/// Tenths of a degree Celsius.
const TEMPERATURE: [Band; 5] = [
    (LOWEST, 350, 3),
    (351, 360, 1),
    (361, 380, 0),
    (381, 390, 1),
    (391, HIGHEST, 2),
];

pub(super) fn breaths(per_minute: f64) -> Result<u8, Unscorable> {
    band(per_minute, 1.0, 150.0, &BREATHS)
}

pub(super) fn saturation(per_cent: f64, scale: Scale, on_oxygen: bool) -> Result<u8, Unscorable> {
    let bands: &[Band] = match (scale, on_oxygen) {
        (Scale::One, _) => &SATURATION_ONE,
        (Scale::Two, false) => &SATURATION_TWO_AIR,
        (Scale::Two, true) => &SATURATION_TWO_OXYGEN,
    };
    band(per_cent, 1.0, 100.0, bands)
}

pub(super) fn oxygen(on_oxygen: bool) -> u8 {
    if on_oxygen { 2 } else { 0 }
}

pub(super) fn systolic(millimetres_of_mercury: f64) -> Result<u8, Unscorable> {
    band(millimetres_of_mercury, 1.0, 400.0, &SYSTOLIC)
}

pub(super) fn pulse(per_minute: f64) -> Result<u8, Unscorable> {
    band(per_minute, 1.0, 400.0, &PULSE)
}

/// Alert scores nothing; new confusion, voice, pain and unresponsive score 3.
pub(super) fn consciousness(alert: bool) -> u8 {
    if alert { 0 } else { 3 }
}

pub(super) fn temperature(celsius: f64) -> Result<u8, Unscorable> {
    band(celsius, 10.0, 50.0, &TEMPERATURE)
}

/// The band a value lies in. The chart counts in whole steps; a finer value is scored when the steps on both sides
/// of it are in one band, and not otherwise: rounding would choose for the reader.
fn band(value: f64, steps: f64, highest: f64, bands: &[Band]) -> Result<u8, Unscorable> {
    if !value.is_finite() || value < 0.0 || value > highest {
        return Err(Unscorable::Impossible);
    }
    let exact = value * steps;
    // Tenths are not exact in binary: 36.1 * 10 is 361.00000000000006.
    let nearest = exact.round();
    let (below, above) = if (exact - nearest).abs() < 1e-6 {
        (nearest as i32, nearest as i32)
    } else {
        (exact.floor() as i32, exact.ceil() as i32)
    };
    bands
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&below) && (*first..=*last).contains(&above))
        .map(|(.., score)| *score)
        .ok_or(Unscorable::BetweenBands)
}

#[cfg(test)]
mod tests {
    use super::{
        Scale, Unscorable, breaths, consciousness, oxygen, pulse, saturation, systolic, temperature,
    };

    /// Every boundary of the chart, from both sides.
    #[test]
    fn every_threshold_of_the_chart_scores_as_printed() {
        type Table = (
            &'static str,
            fn(f64) -> Result<u8, Unscorable>,
            &'static [(f64, u8)],
        );
        let tables: [Table; 7] = [
            (
                "breaths",
                breaths,
                &[
                    (0.0, 3),
                    (8.0, 3),
                    (9.0, 1),
                    (11.0, 1),
                    (12.0, 0),
                    (20.0, 0),
                    (21.0, 2),
                    (24.0, 2),
                    (25.0, 3),
                    (60.0, 3),
                ],
            ),
            (
                "saturation, scale 1",
                |v| saturation(v, Scale::One, false),
                &[
                    (70.0, 3),
                    (91.0, 3),
                    (92.0, 2),
                    (93.0, 2),
                    (94.0, 1),
                    (95.0, 1),
                    (96.0, 0),
                    (100.0, 0),
                ],
            ),
            (
                "saturation, scale 2 on air",
                |v| saturation(v, Scale::Two, false),
                &[
                    (83.0, 3),
                    (84.0, 2),
                    (85.0, 2),
                    (86.0, 1),
                    (87.0, 1),
                    (88.0, 0),
                    (92.0, 0),
                    (93.0, 0),
                    (97.0, 0),
                    (100.0, 0),
                ],
            ),
            (
                "saturation, scale 2 on oxygen",
                |v| saturation(v, Scale::Two, true),
                &[
                    (83.0, 3),
                    (84.0, 2),
                    (85.0, 2),
                    (86.0, 1),
                    (87.0, 1),
                    (88.0, 0),
                    (92.0, 0),
                    (93.0, 1),
                    (94.0, 1),
                    (95.0, 2),
                    (96.0, 2),
                    (97.0, 3),
                    (100.0, 3),
                ],
            ),
            (
                "systolic",
                systolic,
                &[
                    (60.0, 3),
                    (90.0, 3),
                    (91.0, 2),
                    (100.0, 2),
                    (101.0, 1),
                    (110.0, 1),
                    (111.0, 0),
                    (219.0, 0),
                    (220.0, 3),
                    (260.0, 3),
                ],
            ),
            (
                "pulse",
                pulse,
                &[
                    (30.0, 3),
                    (40.0, 3),
                    (41.0, 1),
                    (50.0, 1),
                    (51.0, 0),
                    (90.0, 0),
                    (91.0, 1),
                    (110.0, 1),
                    (111.0, 2),
                    (130.0, 2),
                    (131.0, 3),
                    (180.0, 3),
                ],
            ),
            (
                "temperature",
                temperature,
                &[
                    (34.0, 3),
                    (35.0, 3),
                    (35.1, 1),
                    (36.0, 1),
                    (36.1, 0),
                    (38.0, 0),
                    (38.1, 1),
                    (39.0, 1),
                    (39.1, 2),
                    (41.0, 2),
                ],
            ),
        ];
        for (name, score, rows) in tables {
            for (value, expected) in rows {
                assert_eq!(score(*value), Ok(*expected), "{name} {value}");
            }
        }
        assert_eq!((oxygen(false), oxygen(true)), (0, 2));
        assert_eq!((consciousness(true), consciousness(false)), (0, 3));
    }

    #[test]
    fn oxygen_given_changes_nothing_on_scale_1() {
        for value in 70..=100 {
            let value = f64::from(value);
            assert_eq!(
                saturation(value, Scale::One, true),
                saturation(value, Scale::One, false)
            );
        }
    }

    #[test]
    fn what_the_chart_leaves_open_is_not_scored() {
        assert_eq!(breaths(20.5), Err(Unscorable::BetweenBands));
        assert_eq!(saturation(93.4, Scale::One, false), Err(Unscorable::BetweenBands));
        assert_eq!(temperature(38.05), Err(Unscorable::BetweenBands));
        assert_eq!(temperature(37.25), Ok(0), "both neighbours are in one band");
    }

    #[test]
    fn what_cannot_be_right_is_not_scored() {
        assert_eq!(saturation(101.0, Scale::One, false), Err(Unscorable::Impossible));
        assert_eq!(temperature(98.6), Err(Unscorable::Impossible));
        assert_eq!(breaths(-1.0), Err(Unscorable::Impossible));
        assert_eq!(pulse(f64::NAN), Err(Unscorable::Impossible));
    }
}
