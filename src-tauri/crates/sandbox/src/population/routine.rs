//! The ordinary care that fills a record over years: repeats, blood tests, visits, vaccinations.
//! Stories and generated patients share it, so that planted things lie where real ones would, among the rest.

use serde_json::json;

use super::calendar::{clock, plus};
use super::chart::{Chart, Given, Signs, Visit, quantity};
use super::measures::{FBC, LFT, LIPIDS, Panel, RENAL};
use super::organisations::Feed;
use super::problems::{Term, coded, words};
use super::products::{Dose, Product};

/// Days of a calendar year, near enough for a routine.
pub(super) const YEAR: i64 = 365;

/// Some minutes into an ordinary contact `ago` days back.
pub(super) fn soon_after(ago: i64) -> String {
    plus(clock(ago), 7)
}

/// A repeat prescription with its issues and, for the last year, what the pharmacy handed over.
/// `since` and `until` are days ago; `until` 0 means that it goes on. Returns the plan.
pub(super) fn repeat(
    chart: &mut Chart,
    name: &str,
    (product, dose): (&Product, &Dose),
    since: i64,
    until: i64,
) -> String {
    let status = if until == 0 { "active" } else { "stopped" };
    let plan = chart.prescribed(Feed::Gp, &format!("gp-{name}"), since, (product, dose), status);
    let last = until + chart.issued_ago;
    let issues = ((since.min(2 * YEAR) - last) / 28).max(-1) + 1;
    for number in 1..=issues {
        let ago = last + (issues - number) * 28;
        let order = chart.issued(&format!("gp-{name}-issue-{number}"), ago, (product, dose), &plan);
        if ago < YEAR {
            chart.dispensed(
                &format!("pharmacy-{name}-{number}"),
                ago - 2,
                (product, dose),
                Some(&order),
            );
        }
    }
    plan
}

/// Blood tests every `every` days back to `since`; `strain` is how ill the results look.
pub(super) fn bloods(
    chart: &mut Chart,
    name: &str,
    panels: &[&Panel],
    (every, since): (i64, i64),
    strain: f64,
) {
    let mut ago = chart.chance.between(4, every.max(5));
    let mut number = 1;
    while ago < since {
        for panel in panels {
            chart.panel(Feed::Gp, &format!("{name}-{number}"), ago, (panel, strain), &[]);
        }
        number += 1;
        ago += every + chart.chance.between(-5, 5);
    }
}

/// Visits to the practice back to `since`, each with a blood pressure.
pub(super) fn practice_visits(chart: &mut Chart, every: i64, since: i64, reasons: &[&str]) {
    let mut ago = chart.chance.between(3, every.max(4));
    let mut number = 1;
    while ago < since {
        let reason = *chart.chance.pick(reasons);
        let telephone = chart.chance.one_in(3);
        let job = usize::from(chart.chance.one_in(3));
        let (class, title) = if telephone {
            ("VR", "Telephone consultation")
        } else {
            ("AMB", "Surgery consultation")
        };
        let visit = chart.visit(
            Feed::Gp,
            &format!("gp-visit-{number}"),
            job,
            &Visit::short(ago, class, title, reason),
        );
        if !telephone {
            let start = chart.len();
            let signs = steady(chart);
            let pressure = signs.systolic;
            chart.signs(
                Feed::Gp,
                &format!("gp-visit-{number}"),
                ago,
                &soon_after(ago),
                Signs { news2: None, ..signs },
            );
            let text = format!(
                "{reason}. Examined. Blood pressure {pressure:.0}/{:.0}. Advice given, to \
                    come back if no better.",
                signs.diastolic
            );
            chart.composition(
                Feed::Gp,
                &format!("gp-visit-{number}-note"),
                ago,
                ("Consultation note", Some(&visit)),
                &[("History", reason), ("Examination and plan", &text)],
            );
            chart.within(start, &visit);
        }
        number += 1;
        ago += every + chart.chance.between(-every / 3, every / 3);
    }
}

/// Vital signs of somebody stable.
pub(super) fn steady(chart: &mut Chart) -> Signs {
    Signs {
        systolic: chart.chance.near(134.0, 22.0).round(),
        diastolic: chart.chance.near(76.0, 14.0).round(),
        pulse: chart.chance.near(74.0, 16.0).round(),
        breaths: chart.chance.near(16.0, 4.0).round(),
        saturation: chart.chance.near(96.5, 2.5).round().min(100.0),
        temperature: (chart.chance.near(36.6, 0.5) * 10.0).round() / 10.0,
        news2: Some(u32::from(chart.chance.one_in(3))),
    }
}

/// District nurses calling every `every` days since `since` days ago.
pub(super) fn district_nurses(chart: &mut Chart, name: &str, reason: &str, (every, since): (i64, i64)) {
    let mut ago = every;
    let mut number = 1;
    while ago < since {
        let visit = chart.visit(
            Feed::Community,
            &format!("{name}-visit-{number}"),
            0,
            &Visit::short(ago, "HH", "District nurse visit", reason),
        );
        let start = chart.len();
        if number % 2 == 1 {
            let signs = steady(chart);
            chart.signs(
                Feed::Community,
                &format!("{name}-visit-{number}"),
                ago,
                &soon_after(ago),
                signs,
            );
        }
        chart.within(start, &visit);
        number += 1;
        ago += every;
    }
}

/// A hospital stay with daily vital signs, blood tests and a discharge letter. Returns the encounter.
pub(super) fn admission(
    chart: &mut Chart,
    name: &str,
    from: i64,
    days: i64,
    (problem, summary): (Term, &str),
) -> String {
    let title = format!("Emergency admission: {}", problem.text);
    let stay = chart.visit(
        Feed::Acute,
        name,
        0,
        &Visit {
            ago: from,
            time: "05:10",
            class: "IMP",
            title: &title,
            reason: problem.text,
            days: Some(days),
        },
    );
    let start = chart.len();
    chart.edit(&stay, |it| {
        it["hospitalization"] = json!({
            "extension": [{
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod",
                "valueCodeableConcept": {"coding": [{
                    "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-AdmissionMethodEngland", "code": "21", "display": "Emergency Admission",
                }]},
            }],
            "dischargeDisposition": {"text": "Usual place of residence"},
        });
    });
    for day in 0..=days.min(8) {
        let ago = from - day;
        if ago < 0 {
            break;
        }
        let ill = 1.0 - day as f64 / (days as f64 + 1.0);
        for (part, time) in [("am", "06:05"), ("pm", "18:10")] {
            // Discharged at half past two, so there is no evening round on the last day.
            if ago == 0 || part == "pm" && day == days {
                continue;
            }
            let calm = steady(chart);
            let signs = Signs {
                pulse: (calm.pulse + 24.0 * ill).round(),
                breaths: (calm.breaths + 6.0 * ill).round(),
                temperature: ((calm.temperature + 1.4 * ill) * 10.0).round() / 10.0,
                saturation: (calm.saturation - 4.0 * ill).round(),
                news2: Some((6.0 * ill).round() as u32),
                ..calm
            };
            chart.signs(Feed::Acute, &format!("{name}-day-{day}-{part}"), ago, time, signs);
        }
        if day % 2 == 0 && ago > 0 {
            chart.panel(Feed::Acute, &format!("{name}-day-{day}"), ago, (&RENAL, ill), &[]);
            chart.panel(Feed::Acute, &format!("{name}-day-{day}"), ago, (&FBC, ill), &[]);
        }
    }
    chart.procedure(
        Feed::Acute,
        &format!("{name}-xray"),
        from,
        super::problems::CHEST_XRAY,
    );
    if from - days >= 0 {
        chart.letter(
            Feed::Acute,
            &format!("{name}-discharge"),
            (from - days).max(0),
            "Discharge summary",
            &[
                "Estuary and Creeks Hospitals NHS Trust, Avocet Ward.",
                &title,
                summary,
                "This letter belongs to a synthetic record.",
            ],
        );
    }
    chart.within(start, &stay);
    stay
}

/// What every adult's record holds: habits, body measurements, vaccinations, a yearly review, sharing.
pub(super) fn adult_basics(chart: &mut Chart, years: i64) {
    let smoking = *chart.chance.pick(&[
        coded("Never smoked tobacco", "266919005"),
        coded("Ex-smoker", "8517006"),
        coded("Current smoker", "77176002"),
    ]);
    chart.noted(
        Feed::Gp,
        "smoking",
        200,
        words("Smoking status"),
        smoking.concept(),
    );
    let drinking = *chart.chance.pick(&[
        coded("Non - drinker alcohol", "105542008"),
        coded("Light drinker - 1-2u/day", "160575005"),
    ]);
    chart.noted(
        Feed::Gp,
        "alcohol",
        200,
        words("Alcohol intake"),
        drinking.concept(),
    );
    let height = chart.chance.near(167.0, 16.0).round();
    chart.measured(
        Feed::Gp,
        "height",
        900,
        ("vital-signs", coded("Body height measure", "50373000").concept()),
        quantity(height, "cm", "cm"),
    );
    for year in 0..years.min(4) {
        let weight = (chart.chance.near(76.0, 6.0) * 10.0).round() / 10.0;
        chart.measured(
            Feed::Gp,
            &format!("weight-{year}"),
            60 + year * YEAR,
            ("vital-signs", coded("Body weight", "27113001").concept()),
            quantity(weight, "kg", "kg"),
        );
        chart.vaccination(
            Feed::Gp,
            &format!("flu-{year}"),
            40 + year * YEAR,
            words("Influenza vaccine (inactivated)"),
        );
    }
    for (at, ago) in [1950, 1870, 1690].into_iter().enumerate() {
        chart.vaccination(
            Feed::Community,
            &format!("covid-{at}"),
            ago,
            words("COVID-19 mRNA vaccine"),
        );
    }
    chart.procedure(
        Feed::Gp,
        "medication-review",
        120,
        super::problems::MEDICATION_REVIEW,
    );
}

/// Yearly checks of somebody with long-term conditions.
pub(super) fn annual_bloods(chart: &mut Chart, years: i64, strain: f64) {
    bloods(
        chart,
        "annual",
        &[&RENAL, &FBC, &LFT, &LIPIDS],
        (YEAR / 2, years * YEAR),
        strain,
    );
}

/// A medicines administration record: each medicine at its times for the last `days` days, with the
/// occasional refusal. Only the morning round is known today.
pub(super) fn administration_record(chart: &mut Chart, medicines: &[(&str, &Product, &Dose)], days: i64) {
    for ago in 1..=days {
        for (name, product, dose) in medicines {
            let times: &[&str] = match dose.times.frequency {
                1 if dose.times.when == Some("HS") => &["21:00"],
                1 => &["08:00"],
                2 => &["08:00", "20:00"],
                _ => &["08:00", "13:00", "20:00"],
            };
            for time in times {
                let refused = chart.chance.one_in(19);
                let given = Given {
                    ago,
                    time,
                    status: if refused { "not-done" } else { "completed" },
                    reason: refused.then_some("Refused"),
                };
                let id = format!("mar-{name}-{ago}-{}", &time[..2]);
                chart.given(Feed::CareHome, &id, (product, dose), &given);
            }
        }
    }
}
