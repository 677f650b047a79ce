//! Patterns of illness from which generated patients are made: plausible together, nothing more.

use super::problems::{self as p, Term, words};
use super::products::{
    self as m, Dose, MORNING, NIGHT, ONCE, Product, SIX_HOURLY, THREE, TWICE, WEEKLY, dose,
};

/// A pattern of illness.
pub(super) struct Pattern {
    pub(super) name: &'static str,
    /// Youngest and oldest, in years.
    pub(super) age: (i64, i64),
    /// `female`, `male` or either.
    pub(super) gender: Option<&'static str>,
    pub(super) problems: &'static [(Term, i64)],
    pub(super) repeats: &'static [(&'static str, Product, Dose)],
    pub(super) reasons: &'static [&'static str],
    /// How ill the blood results look.
    pub(super) strain: f64,
    pub(super) care_home: bool,
    pub(super) ward: bool,
    pub(super) district_nurses: Option<&'static str>,
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

/// The care home and the ward first, then everybody else in turn.
pub(super) const PATTERNS: &[Pattern] = &[
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
