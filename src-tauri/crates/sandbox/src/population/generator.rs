//! Patients nobody wrote by hand: plausible patterns of illness, filled with years of ordinary care.

use super::Record;
use super::calendar::Calendar;
use super::chance::Chance;
use super::chart::{Cared, Chart, Given, Person, Visit};
use super::measures::{CRP, FBC, HBA1C, INR, LFT, LIPIDS, RENAL, THYROID};
use super::nhs_number::test_number;
use super::organisations::Feed;
use super::patterns::{PATTERNS, Pattern};
use super::people::{FAMILIES, MEN, WOMEN};
use super::problems::{self as p, Term, coded, words};
use super::products::{self as m, ONCE, THREE, TWICE, dose};
use super::routine::{self, YEAR};

/// The `index`-th patient of the population, by the pattern chance gives. The first ones after the stories
/// fill the care home and the ward, which need about ten each.
pub(super) fn patient(index: usize, seed: u64, calendar: Calendar) -> Record {
    let mut chance = Chance::new(seed, &format!("patient {index}"));
    let after = index.saturating_sub(super::STORIES.len());
    let pattern = match after {
        0..9 => &PATTERNS[0],
        9..17 => &PATTERNS[1],
        _ => &PATTERNS[2 + after % (PATTERNS.len() - 2)],
    };
    let woman = pattern
        .gender
        .map_or_else(|| chance.one_in(2), |gender| gender == "female");
    let family = FAMILIES[(index * 23 + usize::try_from(seed % 61).unwrap_or(0)) % FAMILIES.len()];
    let given = *chance.pick(if woman { WOMEN } else { MEN });
    let (youngest, oldest) = pattern.age;
    let years = i32::try_from(chance.between(youngest, oldest)).unwrap_or(60);
    let born = calendar.born(years, chance.between(1, 364));
    let person = Person {
        id: format!("{}-{}-{index}", family.to_lowercase(), given.to_lowercase()),
        title: if woman { "Mrs" } else { "Mr" },
        given,
        family,
        gender: if woman { "female" } else { "male" },
        born,
        nhs_number: test_number(index),
    };
    let practices = [
        "curlewmarsh-surgery",
        "saltings-health-centre",
        "oyster-lane-practice",
        "windmill-hill-surgery",
    ];
    let councils = ["creekshire-council", "southmarsh-council", "reachport-council"];
    let cared = Cared {
        practice: chance.pick::<&'static str>(&practices),
        pharmacy: chance.pick::<&'static str>(&["marsh-lane-pharmacy", "quayside-pharmacy"]),
        council: chance.pick::<&'static str>(&councils),
        care_home: pattern.care_home.then_some("samphire-house"),
    };
    let mut chart = Chart::open(&person, cared, seed, calendar);
    write(&mut chart, pattern);
    Record {
        id: person.id,
        resources: chart.close(),
        ward: pattern.ward,
        care_home: pattern.care_home,
    }
}

fn write(chart: &mut Chart, pattern: &Pattern) {
    let years = chart.chance.between(2, 5);
    chart.consent("consent", 700, "permit");
    routine::adult_basics(chart, years);
    for (at, (term, onset)) in pattern.problems.iter().enumerate() {
        let onset = onset + chart.chance.between(0, 200);
        chart.problem(Feed::Gp, &format!("problem-{at}"), onset, *term, true);
    }
    let avoid_penicillin = allergies(chart);
    infections(chart, avoid_penicillin);
    for (name, product, dose) in pattern.repeats {
        let since = chart.chance.between(200, years * YEAR);
        routine::repeat(chart, name, (product, dose), since, 0);
    }
    routine::practice_visits(chart, 75, years * YEAR, pattern.reasons);
    blood_tests(chart, pattern, years);
    chart.contact(
        Feed::Gp,
        "next-of-kin",
        ("Next of kin", "Robin", "Example"),
        "Emergency contact",
    );
    chart.appointment(Feed::Gp, "gp-next", -9, 1, "Long-term conditions review");
    chart.appointment(Feed::Acute, "clinic-past", 130, 0, "Outpatient clinic");
    chart.referral(
        Feed::Gp,
        Feed::Acute,
        "clinic-referral",
        190,
        "Referral to outpatient clinic",
    );
    if pattern.care_home {
        resident(chart, pattern);
    }
    if pattern.ward {
        in_hospital(chart, pattern.problems[0].0);
    }
    if let Some(reason) = pattern.district_nurses {
        chart.episode(Feed::Community, "nursing", 150, None, "District nursing");
        routine::district_nurses(chart, "nursing", reason, (4, 150));
    }
    if pattern.name == "maternity" {
        maternity(chart);
    }
    if chart.chance.one_in(2) {
        ambulance(chart);
    }
    if chart.chance.one_in(3) {
        social_care(chart);
    }
    if pattern.name == "anxiety" || pattern.name.contains("depression") {
        talking_therapy(chart);
    }
    while chart.len() < 300 {
        let number = chart.len();
        let ago = 2 * YEAR + i64::try_from(number).unwrap_or(0);
        chart.panel(
            Feed::Gp,
            &format!("older-{number}"),
            ago,
            (&FBC, pattern.strain),
            &[],
        );
        chart.panel(
            Feed::Gp,
            &format!("older-{number}"),
            ago,
            (&RENAL, pattern.strain),
            &[],
        );
        chart.panel(
            Feed::Gp,
            &format!("older-{number}"),
            ago,
            (&LFT, pattern.strain),
            &[],
        );
    }
}

/// One of five histories of allergy. Whether penicillin is to be avoided.
fn allergies(chart: &mut Chart) -> bool {
    let history = chart.chance.between(0, 4);
    match history {
        0 => {
            chart.allergy(
                Feed::Gp,
                "allergy-penicillin",
                4000,
                p::PENICILLIN_ALLERGY,
                p::RASH,
            );
            chart.allergy(
                Feed::Acute,
                "acute-allergy-penicillin",
                900,
                p::PENICILLIN_ALLERGY,
                p::URTICARIA,
            );
        }
        1 => {
            chart.allergy(Feed::Gp, "allergy-latex", 2100, p::LATEX_ALLERGY, p::URTICARIA);
        }
        2 => {
            chart.allergy(Feed::Gp, "allergy-codeine", 1600, words("Codeine"), p::NAUSEA);
        }
        3 => {
            chart.no_known_allergies(Feed::Gp, "no-known-allergies", 420);
        }
        _ => {}
    }
    history == 0
}

/// Short courses for infections, now over.
fn infections(chart: &mut Chart, avoid_penicillin: bool) {
    for number in 0..chart.chance.between(1, 4) {
        let ago = 45 + number * 190 + chart.chance.between(0, 120);
        let (term, product, dose) = match (chart.chance.between(0, 4), avoid_penicillin) {
            (0, _) => (
                p::URINARY_INFECTION,
                &m::NITROFURANTOIN,
                dose(
                    100.0,
                    "mg",
                    TWICE,
                    "One capsule twice a day with food for three days",
                ),
            ),
            (1, _) => (
                p::URINARY_INFECTION,
                &m::TRIMETHOPRIM,
                dose(200.0, "mg", TWICE, "One tablet twice a day for three days"),
            ),
            (2, false) => (
                p::COPD_FLARE,
                &m::AMOXICILLIN,
                dose(500.0, "mg", THREE, "One capsule three times a day for five days"),
            ),
            (3, false) => (
                words("Cellulitis of leg"),
                &m::CO_AMOXICLAV,
                dose(
                    1.0,
                    "tablet",
                    THREE,
                    "One tablet three times a day for seven days",
                ),
            ),
            _ => (
                words("Lower respiratory tract infection"),
                &m::DOXYCYCLINE,
                dose(
                    100.0,
                    "mg",
                    ONCE,
                    "Two capsules on the first day, then one a day for four days",
                ),
            ),
        };
        chart.problem(Feed::Gp, &format!("infection-{number}"), ago, term, false);
        chart.prescribed(
            Feed::Gp,
            &format!("antibiotic-{number}"),
            ago,
            (product, &dose),
            "completed",
        );
    }
}

fn blood_tests(chart: &mut Chart, pattern: &Pattern, years: i64) {
    let has = |term: &Term| {
        pattern
            .problems
            .iter()
            .any(|(problem, _)| problem.text == term.text)
    };
    if has(&p::DIABETES_2) {
        routine::bloods(
            chart,
            "diabetes",
            &[&HBA1C, &RENAL, &LIPIDS],
            (120, years * YEAR),
            pattern.strain,
        );
    } else if has(&p::HYPOTHYROIDISM) {
        routine::bloods(
            chart,
            "thyroid",
            &[&THYROID, &FBC],
            (180, years * YEAR),
            pattern.strain,
        );
    } else if pattern.repeats.iter().any(|(name, ..)| *name == "warfarin") {
        routine::bloods(chart, "clinic", &[&INR], (28, 2 * YEAR), 0.0);
        routine::annual_bloods(chart, years, pattern.strain);
    } else {
        routine::annual_bloods(chart, years, pattern.strain);
    }
    if chart.chance.one_in(4) {
        chart.panel(Feed::Gp, "latest", 3, (&CRP, 0.9), &[]);
    }
}

fn resident(chart: &mut Chart, pattern: &Pattern) {
    chart.episode(
        Feed::CareHome,
        "residence",
        620,
        None,
        "Residential and nursing care",
    );
    chart.plan(
        Feed::CareHome,
        "care-home-plan",
        180,
        ("Care and support plan", words("Care and support plan").concept()),
        &[
            "Help with washing and dressing, likes to choose own clothes",
            "Soft diet, sits up to eat",
            "Walks with frame and one person",
        ],
    );
    chart.form(
        Feed::CareHome,
        "about-me",
        400,
        "about-me",
        &[
            ("What matters most to me", "Seeing the garden every day"),
            ("How to support me", "Speak slowly and let me finish"),
        ],
    );
    if chart.chance.one_in(3) {
        chart.problem(Feed::Community, "pressure-ulcer", 70, p::PRESSURE_ULCER, true);
    }
    chart.flag(
        Feed::CareHome,
        "falls-flag",
        300,
        "safety",
        words("High risk of falls"),
    );
    let medicines: Vec<_> = pattern
        .repeats
        .iter()
        .map(|(name, product, dose)| (*name, product, dose))
        .collect();
    routine::administration_record(chart, &medicines, 21);
}

fn in_hospital(chart: &mut Chart, problem: Term) {
    let days = chart.chance.between(2, 8);
    let title = format!("Inpatient on Avocet Ward: {}", problem.text);
    let stay = chart.visit(
        Feed::Acute,
        "current-stay",
        0,
        &Visit {
            ago: days,
            time: "16:20",
            class: "IMP",
            title: &title,
            reason: problem.text,
            days: None,
        },
    );
    let start = chart.len();
    for day in 1..=days {
        for (part, time) in [("am", "06:10"), ("noon", "12:05"), ("pm", "18:00")] {
            let signs = routine::steady(chart);
            chart.signs(Feed::Acute, &format!("ward-{day}-{part}"), day, time, signs);
        }
        chart.panel(Feed::Acute, &format!("ward-{day}"), day, (&RENAL, 0.7), &[]);
        chart.panel(Feed::Acute, &format!("ward-{day}"), day, (&CRP, 0.8), &[]);
    }
    chart.given(
        Feed::Acute,
        "ward-furosemide",
        (
            &m::FUROSEMIDE_40,
            &dose(40.0, "mg", TWICE, "One tablet twice a day"),
        ),
        &Given {
            ago: 1,
            time: "08:10",
            status: "completed",
            reason: None,
        },
    );
    chart.within(start, &stay);
    routine::admission(
        chart,
        "earlier-stay",
        400,
        5,
        (p::PNEUMONIA, "Treated with antibiotics; recovered."),
    );
}

fn maternity(chart: &mut Chart) {
    chart.episode(Feed::Community, "maternity", 170, None, "Maternity care");
    for (number, ago) in [168, 140, 112, 84, 56, 28, 2].into_iter().enumerate() {
        chart.visit(
            Feed::Community,
            &format!("antenatal-{number}"),
            5,
            &Visit::short(ago, "AMB", "Antenatal check", "Routine antenatal care"),
        );
        let signs = routine::steady(chart);
        chart.signs(
            Feed::Community,
            &format!("antenatal-{number}"),
            ago,
            &routine::soon_after(ago),
            signs,
        );
        chart.panel(
            Feed::Community,
            &format!("antenatal-{number}"),
            ago,
            (&FBC, 0.3),
            &[],
        );
    }
    let due = chart.calendar.day(-90);
    let estimated = chart.noted(
        Feed::Community,
        "due-date",
        160,
        coded("Estimated date of delivery", "161714006"),
        words("").concept(),
    );
    chart.edit(&estimated, |it| {
        if let Some(fields) = it.as_object_mut() {
            fields.remove("valueCodeableConcept");
        }
        it["valueDateTime"] = due.into();
    });
    chart.appointment(Feed::Community, "antenatal-next", -12, 5, "Antenatal check");
    chart.appointment(Feed::Acute, "scan-next", -20, 0, "Growth scan");
}

fn ambulance(chart: &mut Chart) {
    let ago = chart.chance.between(20, 500);
    chart.visit(
        Feed::Ambulance,
        "ambulance",
        0,
        &Visit::short(ago, "FLD", "Ambulance attendance, not conveyed", "Fall at home"),
    );
    let signs = routine::steady(chart);
    chart.signs(
        Feed::Ambulance,
        "ambulance",
        ago,
        &routine::soon_after(ago),
        signs,
    );
    chart.message(
        Feed::Ambulance,
        Feed::Gp,
        "ambulance-message",
        ago,
        "Attended after a fall. No injury found. Please review falls risk.",
    );
}

fn social_care(chart: &mut Chart) {
    chart.episode(
        Feed::SocialCare,
        "care-package",
        260,
        None,
        "Home care, three calls a day",
    );
    chart.plan(
        Feed::SocialCare,
        "support-plan",
        250,
        ("Care and support plan", words("Care and support plan").concept()),
        &["Morning, noon and evening calls", "Key safe by the back door"],
    );
    chart.goal(Feed::SocialCare, "goal", 250, "To stay in my own home");
    chart.equipment(Feed::Community, "frame", 300, "Walking frame with wheels");
    chart.episode(Feed::Voluntary, "befriending", 150, None, "Befriending, weekly");
}

fn talking_therapy(chart: &mut Chart) {
    chart.episode(Feed::MentalHealth, "therapy", 150, Some(30), "Talking therapies");
    for number in 0..6 {
        let ago = 140 - number * 18;
        let name = format!("therapy-{number}");
        chart.visit(
            Feed::MentalHealth,
            &name,
            1,
            &Visit::short(
                ago,
                "VR",
                "Talking therapy session",
                "Cognitive behavioural therapy",
            ),
        );
        chart.form(
            Feed::MentalHealth,
            &format!("{name}-score"),
            ago,
            "gad-7",
            &[("GAD-7 total", &format!("{}", 15 - number * 2))],
        );
    }
}
