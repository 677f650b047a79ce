//! Patients nobody wrote by hand: plausible patterns of illness, filled with years of ordinary care.

use super::calendar::Calendar;
use super::chance::Chance;
use super::chart::{Cared, Chart, Person, Visit};
use super::measures::{CRP, FBC, HBA1C, INR, LFT, LIPIDS, RENAL, THYROID};
use super::nhs_number::test_number;
use super::organisations::Feed;
use super::people::{FAMILIES, MEN, WOMEN};
use super::problems::{self as p, Term, coded, words};
use super::products::{
    self as m, Dose, MORNING, NIGHT, ONCE, Product, SIX_HOURLY, THREE, TWICE, WEEKLY, dose,
};
use super::routine::{self, YEAR};
use super::{Record, chart};

/// A pattern of illness.
struct Pattern {
    name: &'static str,
    /// Youngest and oldest, in years.
    age: (i64, i64),
    /// `female`, `male` or either.
    gender: Option<&'static str>,
    problems: &'static [(Term, i64)],
    repeats: &'static [(&'static str, Product, Dose)],
    reasons: &'static [&'static str],
    /// How ill the blood results look.
    strain: f64,
    care_home: bool,
    ward: bool,
    district_nurses: Option<&'static str>,
}

const PLAIN: Pattern = Pattern {
    name: "",
    age: (40, 80),
    gender: None,
    problems: &[],
    repeats: &[],
    reasons: &["Review"],
    strain: 0.2,
    care_home: false,
    ward: false,
    district_nurses: None,
};

const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "dementia in a care home",
        age: (79, 97),
        problems: &[
            (p::ALZHEIMERS, 1500),
            (p::HYPERTENSION, 5200),
            (p::OSTEOARTHRITIS, 4100),
            (p::CONSTIPATION, 800),
        ],
        repeats: &[
            (
                "memantine",
                m::MEMANTINE_10,
                dose(10.0, "mg", ONCE, "One tablet once a day"),
            ),
            (
                "amlodipine",
                m::AMLODIPINE_5,
                dose(5.0, "mg", MORNING, "One tablet in the morning"),
            ),
            (
                "paracetamol",
                m::PARACETAMOL_500,
                dose(1000.0, "mg", THREE, "Two tablets three times a day"),
            ),
            ("senna", m::SENNA, dose(15.0, "mg", NIGHT, "Two tablets at night")),
        ],
        reasons: &[
            "Care home round",
            "Reduced oral intake",
            "Agitation",
            "Medication review",
        ],
        strain: 0.45,
        care_home: true,
        ..PLAIN
    },
    Pattern {
        name: "heart failure on a ward",
        age: (70, 92),
        problems: &[
            (p::HEART_FAILURE, 1400),
            (p::ATRIAL_FIBRILLATION, 2200),
            (p::CKD_3B, 900),
            (p::GOUT, 2600),
        ],
        repeats: &[
            (
                "furosemide",
                m::FUROSEMIDE_40,
                dose(40.0, "mg", MORNING, "One tablet in the morning"),
            ),
            (
                "bisoprolol",
                m::BISOPROLOL_2_5,
                dose(2.5, "mg", ONCE, "One tablet once a day"),
            ),
            (
                "ramipril",
                m::RAMIPRIL_5,
                dose(5.0, "mg", ONCE, "One capsule once a day"),
            ),
            (
                "rivaroxaban",
                m::RIVAROXABAN_20,
                dose(20.0, "mg", ONCE, "One tablet once a day with food"),
            ),
            (
                "allopurinol",
                m::ALLOPURINOL,
                dose(100.0, "mg", ONCE, "One tablet once a day"),
            ),
        ],
        reasons: &["Breathlessness", "Ankle swelling", "Medication review", "Gout"],
        strain: 0.8,
        ward: true,
        ..PLAIN
    },
    Pattern {
        name: "hypertension",
        problems: &[(p::HYPERTENSION, 3000), (p::CHOLESTEROL, 2500)],
        repeats: &[
            (
                "ramipril",
                m::RAMIPRIL_5,
                dose(5.0, "mg", ONCE, "One capsule once a day"),
            ),
            (
                "amlodipine",
                m::AMLODIPINE_5,
                dose(5.0, "mg", ONCE, "One tablet once a day"),
            ),
            (
                "atorvastatin",
                m::ATORVASTATIN_20,
                dose(20.0, "mg", NIGHT, "One tablet at night"),
            ),
        ],
        reasons: &[
            "Blood pressure check",
            "Cough",
            "Medication review",
            "Sore throat",
        ],
        ..PLAIN
    },
    Pattern {
        name: "chronic lung disease",
        age: (58, 84),
        problems: &[(p::COPD, 3300), (p::OSTEOPOROSIS, 1200), (p::DEPRESSION, 1700)],
        repeats: &[
            (
                "salbutamol",
                m::SALBUTAMOL,
                dose(
                    2.0,
                    "puffs",
                    SIX_HOURLY,
                    "Two puffs when needed, up to four times a day",
                ),
            ),
            (
                "tiotropium",
                m::TIOTROPIUM,
                dose(18.0, "micrograms", ONCE, "Inhale one capsule once a day"),
            ),
            (
                "alendronic-acid",
                m::ALENDRONIC_ACID,
                dose(70.0, "mg", WEEKLY, "One tablet once a week, on an empty stomach"),
            ),
            (
                "sertraline",
                m::SERTRALINE_50,
                dose(50.0, "mg", ONCE, "One tablet once a day"),
            ),
        ],
        reasons: &["Breathlessness", "Chest infection", "Inhaler review", "Low mood"],
        strain: 0.5,
        ..PLAIN
    },
    Pattern {
        name: "diabetes",
        age: (45, 82),
        problems: &[(p::DIABETES_2, 3600), (p::HYPERTENSION, 2900), (p::OBESITY, 4000)],
        repeats: &[
            (
                "metformin",
                m::METFORMIN_500,
                dose(500.0, "mg", TWICE, "One tablet twice a day with meals"),
            ),
            (
                "gliclazide",
                m::GLICLAZIDE_80,
                dose(80.0, "mg", MORNING, "One tablet in the morning with breakfast"),
            ),
            (
                "atorvastatin",
                m::ATORVASTATIN_20,
                dose(20.0, "mg", NIGHT, "One tablet at night"),
            ),
            (
                "ramipril",
                m::RAMIPRIL_5,
                dose(5.0, "mg", ONCE, "One capsule once a day"),
            ),
        ],
        reasons: &[
            "Diabetes review",
            "Foot check",
            "Urinary symptoms",
            "Medication review",
        ],
        strain: 0.6,
        ..PLAIN
    },
    Pattern {
        name: "leg ulcer at home",
        age: (72, 94),
        problems: &[
            (words("Venous ulcer of lower leg"), 240),
            (p::HYPERTENSION, 6000),
            (p::OSTEOARTHRITIS, 5000),
        ],
        repeats: &[
            (
                "amlodipine",
                m::AMLODIPINE_5,
                dose(5.0, "mg", ONCE, "One tablet once a day"),
            ),
            (
                "codeine",
                m::CODEINE_30,
                dose(
                    30.0,
                    "mg",
                    SIX_HOURLY,
                    "One tablet when needed, up to four times a day",
                ),
            ),
            (
                "macrogol",
                m::MACROGOL,
                dose(1.0, "sachet", ONCE, "One sachet once a day, dissolved in water"),
            ),
        ],
        reasons: &["Pain in leg", "Swollen legs", "Medication review"],
        strain: 0.4,
        district_nurses: Some("Compression bandaging of venous leg ulcer"),
        ..PLAIN
    },
    Pattern {
        name: "maternity",
        age: (21, 39),
        gender: Some("female"),
        problems: &[(p::PREGNANCY, 180), (p::IRON_DEFICIENCY, 60), (p::ASTHMA, 5000)],
        repeats: &[
            (
                "folic-acid",
                m::FOLIC_ACID,
                dose(400.0, "micrograms", ONCE, "One tablet once a day"),
            ),
            (
                "ferrous-fumarate",
                m::FERROUS_FUMARATE,
                dose(210.0, "mg", ONCE, "One tablet once a day"),
            ),
            (
                "salbutamol",
                m::SALBUTAMOL,
                dose(
                    2.0,
                    "puffs",
                    SIX_HOURLY,
                    "Two puffs when needed, up to four times a day",
                ),
            ),
        ],
        reasons: &[
            "Nausea in pregnancy",
            "Reduced fetal movement, reassured",
            "Heartburn",
        ],
        strain: 0.1,
        ..PLAIN
    },
    Pattern {
        name: "painful joints",
        age: (38, 76),
        problems: &[
            (p::BACK_PAIN, 1100),
            (p::KNEE_OSTEOARTHRITIS, 1500),
            (p::REFLUX, 2000),
        ],
        repeats: &[
            (
                "co-codamol",
                m::CO_CODAMOL,
                dose(
                    2.0,
                    "tablets",
                    SIX_HOURLY,
                    "Two tablets when needed, up to four times a day",
                ),
            ),
            (
                "omeprazole",
                m::OMEPRAZOLE_20,
                dose(20.0, "mg", ONCE, "One capsule once a day"),
            ),
        ],
        reasons: &["Low back pain", "Knee pain", "Fit note", "Heartburn"],
        ..PLAIN
    },
    Pattern {
        name: "anxiety",
        age: (19, 55),
        problems: &[(p::ANXIETY, 900), (p::ECZEMA, 6000)],
        repeats: &[
            (
                "fluoxetine",
                m::FLUOXETINE_20,
                dose(20.0, "mg", ONCE, "One capsule once a day"),
            ),
            (
                "emollient",
                m::EMOLLIENT,
                dose(1.0, "application", TWICE, "Apply twice a day"),
            ),
        ],
        reasons: &["Anxiety", "Palpitations", "Eczema", "Sleeping badly"],
        strain: 0.0,
        ..PLAIN
    },
    Pattern {
        name: "stroke",
        age: (61, 88),
        problems: &[
            (p::STROKE, 700),
            (p::ATRIAL_FIBRILLATION, 710),
            (p::VASCULAR_DEMENTIA, 200),
        ],
        repeats: &[
            (
                "warfarin",
                m::WARFARIN_3,
                dose(
                    3.0,
                    "mg",
                    ONCE,
                    "As directed by the anticoagulant clinic, usually one tablet once a day",
                ),
            ),
            (
                "simvastatin",
                m::SIMVASTATIN_40,
                dose(40.0, "mg", NIGHT, "One tablet at night"),
            ),
            (
                "bisoprolol",
                m::BISOPROLOL_2_5,
                dose(2.5, "mg", ONCE, "One tablet once a day"),
            ),
        ],
        reasons: &[
            "Anticoagulant check",
            "Carer stress",
            "Falls",
            "Medication review",
        ],
        strain: 0.4,
        district_nurses: Some("Blood test and skin check at home"),
        ..PLAIN
    },
    Pattern {
        name: "underactive thyroid and depression",
        age: (30, 70),
        problems: &[(p::HYPOTHYROIDISM, 3900), (p::DEPRESSION, 1300)],
        repeats: &[
            (
                "levothyroxine",
                m::LEVOTHYROXINE_75,
                dose(
                    75.0,
                    "micrograms",
                    MORNING,
                    "One tablet in the morning before food",
                ),
            ),
            (
                "citalopram",
                m::CITALOPRAM_20,
                dose(20.0, "mg", ONCE, "One tablet once a day"),
            ),
        ],
        reasons: &["Tiredness", "Low mood", "Medication review", "Headache"],
        strain: 0.1,
        ..PLAIN
    },
    Pattern {
        name: "prostate cancer",
        age: (66, 88),
        gender: Some("male"),
        problems: &[(p::PROSTATE_CANCER, 1600), (p::HYPERTENSION, 3000)],
        repeats: &[
            (
                "tamsulosin",
                m::TAMSULOSIN,
                dose(
                    400.0,
                    "micrograms",
                    ONCE,
                    "One capsule once a day after the same meal",
                ),
            ),
            (
                "amlodipine",
                m::AMLODIPINE_5,
                dose(5.0, "mg", ONCE, "One tablet once a day"),
            ),
        ],
        reasons: &["Urinary symptoms", "Prostate follow-up", "Back pain"],
        strain: 0.2,
        ..PLAIN
    },
];

/// The `index`-th patient of the population, by the pattern chance gives. The first ones after the stories
/// fill the care home and the ward, which need about ten each.
pub(super) fn patient(index: usize, seed: u64, calendar: Calendar) -> Record {
    let mut chance = Chance::new(seed, &format!("patient {index}"));
    let after = index.saturating_sub(super::STORIES.len());
    let pattern = match after {
        0..8 => &PATTERNS[0],
        8..14 => &PATTERNS[1],
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
        practice: *chance.pick(&practices),
        pharmacy: *chance.pick(&["marsh-lane-pharmacy", "quayside-pharmacy"]),
        council: *chance.pick(&councils),
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

fn write(chart: &mut chart::Chart, pattern: &Pattern) {
    let years = chart.chance.between(2, 5);
    chart.consent("consent", 700, "permit");
    routine::adult_basics(chart, years);
    for (at, (term, onset)) in pattern.problems.iter().enumerate() {
        let onset = onset + chart.chance.between(0, 200);
        chart.problem(Feed::Gp, &format!("problem-{at}"), onset, *term, true);
    }
    allergies(chart);
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

fn allergies(chart: &mut Chart) {
    match chart.chance.between(0, 4) {
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
    chart.visit(
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
        &chart::Given {
            ago: 1,
            time: "08:10",
            status: "completed",
            reason: None,
        },
    );
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
            "10:20",
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
    chart.signs(Feed::Ambulance, "ambulance", ago, "10:20", signs);
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
