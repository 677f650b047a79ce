//! Ronald Fieldfare, 78: dying of lung cancer at home, with anticipatory medicines in the house.
//!
//! Planted:
//! * the CPR form: the hospice says the green folder in the hall, the ambulance service still says the
//!   hospital notes (disagreement);
//! * preferred place of death: home now, hospital in an older practice entry (disagreement);
//! * simvastatin stopped by the hospice, still on the practice's repeats (disagreement);
//! * the same visit by the hospice nurse told by hospice and community trust (duplicate);
//! * an out-of-hours visit recorded nine days late (late);
//! * a prognosis that must not be shown to patient or family (withheld);
//! * the date of diagnosis known by month (partial date).

use serde_json::json;

use super::super::chart::{Chart, Signs, Visit, hl7};
use super::super::measures::{FBC, RENAL};
use super::super::organisations::Feed;
use super::super::problems::{self as p, coded, words};
use super::super::products::{self as m, HOURLY, NIGHT, SEVENTY_TWO_HOURS, TWICE, dose};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "fieldfare-ronald",
    title: "End of life at home: CPR form, anticipatory medicines, preferred place of death",
    planted: PLANTED,
    who: Who {
        title: "Mr",
        given: "Ronald",
        family: "Fieldfare",
        gender: "male",
        age: (78, 201),
    },
    cared: AT_HOME,
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Flag/fieldfare-ronald-dnacpr",
            "Flag/fieldfare-ronald-ambulance-dnacpr",
        ],
        what: "CPR form in the green folder (hospice) or in the hospital notes (ambulance)",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "Observation/fieldfare-ronald-place-first",
            "Observation/fieldfare-ronald-place-old",
        ],
        what: "preferred place of death: home, earlier hospital",
    },
    Planted {
        kind: Kind::Disagreement,
        resources: &[
            "MedicationRequest/fieldfare-ronald-gp-simvastatin",
            "MedicationStatement/fieldfare-ronald-hospice-simvastatin",
        ],
        what: "simvastatin stopped by the hospice, on the practice's repeats",
    },
    Planted {
        kind: Kind::Duplicate,
        resources: &[
            "Encounter/fieldfare-ronald-hospice-visit-0",
            "Encounter/fieldfare-ronald-joint-visit",
        ],
        what: "one joint visit told by two services",
    },
    Planted {
        kind: Kind::Late,
        resources: &["Encounter/fieldfare-ronald-out-of-hours"],
        what: "out-of-hours visit recorded nine days later",
    },
    Planted {
        kind: Kind::Withheld,
        resources: &["ClinicalImpression/fieldfare-ronald-prognosis"],
        what: "prognosis labelled not to be disclosed to patient or family",
    },
    Planted {
        kind: Kind::PartialDate,
        resources: &["Condition/fieldfare-ronald-lung-cancer"],
        what: "diagnosed in a month",
    },
];

fn write(chart: &mut Chart) {
    chart.consent("consent", 800, "permit");
    routine::adult_basics(chart, 3);
    let cancer = chart.problem(Feed::Gp, "lung-cancer", 300, p::LUNG_CANCER, true);
    let month = chart.calendar.month(300);
    chart.edit(&cancer, |it| it["onsetDateTime"] = json!(month));
    chart.problem(Feed::Gp, "problem-copd", 3600, p::COPD, true);
    chart.problem(Feed::Gp, "problem-hypertension", 5000, p::HYPERTENSION, true);
    chart.allergy(Feed::Gp, "allergy-codeine", 2500, words("Codeine"), p::NAUSEA);
    routine::practice_visits(
        chart,
        45,
        3 * YEAR,
        &["Breathlessness", "Cough", "Weight loss", "Palliative care review"],
    );
    routine::bloods(chart, "annual", &[&RENAL, &FBC], (90, 2 * YEAR), 0.7);
    medicines(chart);
    wishes(chart);
    care(chart);
}

fn medicines(chart: &mut Chart) {
    let morphine = dose(20.0, "mg", TWICE, "Two 10 mg tablets twice a day");
    routine::repeat(chart, "morphine-mr", (&m::MORPHINE_MR, &morphine), 120, 0);
    let night = dose(40.0, "mg", NIGHT, "One tablet at night");
    routine::repeat(chart, "simvastatin", (&m::SIMVASTATIN_40, &night), 3000, 0);
    let stopped = chart.stated(
        Feed::Hospice,
        "hospice-simvastatin",
        40,
        (&m::SIMVASTATIN_40, &night),
        "stopped",
    );
    chart.edit(&stopped, |it| {
        it["statusReason"] = json!([{"text": "No longer of benefit"}])
    });
    let patch = dose(
        10.0,
        "micrograms/hour",
        SEVENTY_TWO_HOURS,
        "One patch changed every 72 hours",
    );
    let patched = chart.prescribed(
        Feed::Hospice,
        "hospice-buprenorphine",
        100,
        (&m::BUPRENORPHINE, &patch),
        "stopped",
    );
    chart.edit(&patched, |it| {
        it["statusReason"] = json!({"text": "Changed to oral morphine"})
    });
    for (name, product, dose) in [
        (
            "morphine",
            m::MORPHINE_INJECTION,
            dose(
                5.0,
                "mg",
                HOURLY,
                "2.5 mg to 5 mg under the skin up to every hour when needed for pain or breathlessness",
            ),
        ),
        (
            "midazolam",
            m::MIDAZOLAM,
            dose(
                2.5,
                "mg",
                HOURLY,
                "2.5 mg under the skin up to every hour when needed for agitation",
            ),
        ),
        (
            "levomepromazine",
            m::LEVOMEPROMAZINE,
            dose(
                6.25,
                "mg",
                HOURLY,
                "6.25 mg under the skin when needed for nausea, at most four doses in 24 hours",
            ),
        ),
        (
            "glycopyrronium",
            m::GLYCOPYRRONIUM,
            dose(
                200.0,
                "micrograms",
                HOURLY,
                "200 micrograms under the skin when needed for secretions",
            ),
        ),
    ] {
        let order = chart.prescribed(
            Feed::Hospice,
            &format!("anticipatory-{name}"),
            24,
            (&product, &dose),
            "active",
        );
        chart.edit(&order, |it| {
            it["note"] = json!([{"text": "Anticipatory medicine: in the house, not yet used"}])
        });
        chart.dispensed(&format!("pharmacy-{name}"), 23, (&product, &dose), Some(&order));
    }
}

fn wishes(chart: &mut Chart) {
    let decision = chart.flag(Feed::Hospice, "dnacpr", 45, "clinical", p::NOT_FOR_CPR);
    chart.edit(&decision, |it| {
        it["code"]["text"] = json!("Do not attempt CPR; original form in the green folder on the hall table")
    });
    let old = chart.flag(
        Feed::Ambulance,
        "ambulance-dnacpr",
        110,
        "clinical",
        p::NOT_FOR_CPR,
    );
    chart.edit(&old, |it| {
        it["code"]["text"] = json!("Do not attempt CPR; form held in hospital notes")
    });
    chart.letter(Feed::Hospice, "respect-form", 45, "ReSPECT form", &[
        "Priority is comfort. For care at home; not for hospital unless comfort cannot be reached at home.",
        "Cardiopulmonary resuscitation: not recommended. Discussed with Mr Fieldfare and his wife.",
        "Original: green folder on the hall table.",
    ]);
    let asked = words("Preferred place of death");
    chart.noted(
        Feed::Hospice,
        "place-first",
        45,
        asked,
        json!({"text": "Home (first choice)"}),
    );
    chart.noted(
        Feed::Hospice,
        "place-second",
        45,
        words("Preferred place of death, second choice"),
        json!({"text": "Ferry House Hospice"}),
    );
    chart.noted(
        Feed::Hospice,
        "place-of-care",
        45,
        words("Preferred place of care"),
        json!({"text": "Home"}),
    );
    chart.noted(Feed::Gp, "place-old", 190, asked, json!({"text": "Hospital"}));
    let register = chart.flag(
        Feed::Gp,
        "palliative-register",
        180,
        "clinical",
        coded("On end of life care register", "526631000000108"),
    );
    chart.edit(&register, |it| {
        it["code"]["text"] = json!("On the palliative care register")
    });
    let prognosis = chart.impression(
        Feed::Hospice,
        "prognosis",
        20,
        "Likely to be in the last weeks of life. He has asked not to be told; do not tell \
        his wife without him.",
    );
    chart.edit(&prognosis, |it| {
        it["meta"]["security"] = json!([{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT", "display": "no disclosure to patient, family or caregivers",
        }]);
    });
    let refusal = chart.consent("advance-decision", 45, "deny");
    chart.edit(&refusal, |it| {
        it["scope"] = hl7("consentscope", "adr");
        it["category"] = json!([{"text": "Advance decision to refuse treatment"}]);
        it["provision"] = json!({"type": "deny", "code": [{"text": "Artificial feeding and ventilation"}]});
    });
    chart.plan(
        Feed::Hospice,
        "end-of-life-plan",
        45,
        ("End of life care plan", words("End of life care plan").concept()),
        &[
            "Hospice at home nurse twice a week; telephone any time",
            "Anticipatory medicines in the locked box on top of the wardrobe",
            "Verification of expected death by a nurse is agreed",
        ],
    );
    chart.plan(
        Feed::Hospice,
        "contingency",
        45,
        ("Contingency plan", words("Contingency plan").concept()),
        &[
            "Trigger: bleeding. Dark towels in the bathroom; midazolam; stay with him; ring the hospice",
            "Trigger: wife exhausted. Ferry House bed for respite",
        ],
    );
    chart.goal(
        Feed::Hospice,
        "goal-garden",
        45,
        "To sit in the garden for his birthday tea",
    );
}

fn care(chart: &mut Chart) {
    chart.episode(Feed::Hospice, "hospice-care", 60, None, "Hospice at home");
    chart.episode(Feed::Community, "nursing", 80, None, "District nursing");
    for number in 0..14 {
        let ago = 1 + number * 3;
        chart.visit(
            Feed::Hospice,
            &format!("hospice-visit-{number}"),
            1,
            &Visit::short(ago, "HH", "Hospice at home visit", "Symptom review"),
        );
        chart.form(
            Feed::Hospice,
            &format!("ipos-{number}"),
            ago,
            "palliative-outcome",
            &[
                ("Pain", "Moderate"),
                ("Breathlessness", "Severe"),
                ("Anxious", "Slightly"),
            ],
        );
    }
    chart.visit(
        Feed::Community,
        "joint-visit",
        0,
        &Visit::short(1, "HH", "Joint visit with hospice nurse", "Symptom review"),
    );
    routine::district_nurses(chart, "nursing", "Syringe pump not needed; skin check", (4, 80));
    let late = chart.visit(
        Feed::Gp,
        "out-of-hours",
        0,
        &Visit::short(30, "HH", "Out-of-hours doctor visit", "Pain not controlled"),
    );
    let stored = chart.calendar.stored(21);
    chart.edit(&late, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(Feed::Gp, "out-of-hours-provenance", (30, 21), &late);
    chart.signs(
        Feed::Hospice,
        "last",
        1,
        &routine::soon_after(1),
        Signs {
            systolic: 102.0,
            diastolic: 60.0,
            pulse: 98.0,
            breaths: 22.0,
            saturation: 91.0,
            temperature: 36.9,
            news2: None,
        },
    );
    routine::admission(
        chart,
        "cancer-stay",
        296,
        4,
        (
            p::LUNG_CANCER,
            "Diagnosis of non-small cell lung cancer; supportive care chosen.",
        ),
    );
    chart.contact(
        Feed::Hospice,
        "wife",
        ("Wife", "Jean", "Fieldfare"),
        "Main carer; may be rung at any hour",
    );
    chart.equipment(Feed::Community, "bed", 40, "Hospital bed");
    chart.equipment(Feed::Hospice, "oxygen", 35, "Oxygen concentrator");
    chart.episode(
        Feed::SocialCare,
        "night-sitting",
        20,
        None,
        "Night sitting, three nights a week",
    );
    chart.appointment(Feed::Hospice, "hospice-next", -1, 1, "Hospice at home visit");
    chart.appointment(Feed::Gp, "gp-next", -5, 0, "Palliative care visit");
}
