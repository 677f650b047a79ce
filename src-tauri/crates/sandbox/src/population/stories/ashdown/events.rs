//! Three falls, a pneumonia and a wound.

use serde_json::json;

use super::super::super::chart::{Chart, Signs, Visit, quantity};
use super::super::super::organisations::Feed;
use super::super::super::problems::{self as p, words};
use super::super::super::products::{self as m, ONCE, dose};
use super::super::super::routine;

pub(super) fn falls(chart: &mut Chart) {
    // First fall, in spring: seen in the emergency department; the letter reached the record 97 days later.
    chart.visit(
        Feed::Ambulance,
        "fall-1",
        0,
        &Visit::short(
            210,
            "FLD",
            "Fall in garden, conveyed",
            "Fall with head injury on an anticoagulant",
        ),
    );
    chart.visit(
        Feed::Acute,
        "fall-1-emergency",
        3,
        &Visit {
            ago: 210,
            time: "17:10",
            class: "EMER",
            title: "Emergency department attendance",
            reason: "Fall with head injury",
            days: Some(0),
        },
    );
    chart.procedure(Feed::Acute, "fall-1-ct", 210, p::CT_HEAD);
    let letter = chart.letter(Feed::Acute, "fall-1-letter", 210, "Emergency department letter", &[
        "Fall in the garden, struck head. On warfarin. CT head: no bleeding. Home with head injury advice.",
        "Please review medicines that raise the risk of falls.",
    ]);
    let stored = chart.calendar.stored(113);
    chart.edit(&letter, |it| it["meta"]["lastUpdated"] = json!(stored));
    chart.provenance(Feed::Acute, "fall-1-letter-provenance", (210, 113), &letter);
    // Second fall, in early autumn.
    chart.visit(
        Feed::Ambulance,
        "fall-2",
        0,
        &Visit::short(
            74,
            "FLD",
            "Fall in bathroom, not conveyed",
            "Long lie of two hours",
        ),
    );
    chart.whole_set(
        Feed::Ambulance,
        "fall-2",
        74,
        &routine::soon_after(74),
        Signs {
            systolic: 118.0,
            diastolic: 66.0,
            pulse: 84.0,
            breaths: 18.0,
            saturation: 95.0,
            temperature: 36.1,
            news2: Some(1),
        },
    );
    chart.referral(
        Feed::Ambulance,
        Feed::Community,
        "falls-referral",
        74,
        "Referral to falls service",
    );
    chart.visit(
        Feed::Community,
        "falls-assessment",
        1,
        &Visit::short(60, "HH", "Falls assessment", "Two falls in five months"),
    );
    chart.form(
        Feed::Community,
        "falls-form",
        60,
        "falls-risk",
        &[
            ("Falls in last year", "2"),
            ("Timed up and go (seconds)", "34"),
            ("Fear of falling", "Yes"),
        ],
    );
    // Third fall, yesterday.
    chart.visit(
        Feed::Ambulance,
        "fall-3",
        0,
        &Visit {
            ago: 1,
            time: "06:40",
            class: "FLD",
            title: "Fall at home, not conveyed",
            reason: "Found on kitchen floor by carer, no injury",
            days: Some(0),
        },
    );
    chart.whole_set(
        Feed::Ambulance,
        "fall-3",
        1,
        "06:55",
        Signs {
            systolic: 104.0,
            diastolic: 58.0,
            pulse: 92.0,
            breaths: 20.0,
            saturation: 95.0,
            temperature: 36.4,
            news2: Some(3),
        },
    );
    chart.referral(
        Feed::Ambulance,
        Feed::Community,
        "urgent-response",
        1,
        "Referral to urgent community response",
    );
    chart.message(
        Feed::Ambulance,
        Feed::Gp,
        "fall-3-message",
        1,
        "Third fall in seven months. Blood pressure 104/58 standing, dizzy. Please review \
        blood pressure medicines and kidney function.",
    );
    for (number, ago) in [(1, 210), (2, 74), (3, 1)] {
        chart.problem(
            Feed::Gp,
            &format!("fall-problem-{number}"),
            ago,
            p::FALL,
            ago == 1,
        );
    }
}

pub(super) fn pneumonia(chart: &mut Chart) {
    chart.visit(
        Feed::Ambulance,
        "pneumonia-ambulance",
        0,
        &Visit {
            ago: 18,
            time: "03:55",
            class: "FLD",
            title: "Emergency call, conveyed",
            reason: "Confusion and fever",
            days: Some(0),
        },
    );
    let stay = routine::admission(
        chart,
        "pneumonia",
        18,
        6,
        (
            p::PNEUMONIA,
            "Six days on Avocet Ward with community-acquired pneumonia, CURB-65 2, and \
                delirium, now settled. Treated with doxycycline (penicillin allergy). INR \
                unstable: warfarin STOPPED and apixaban 5 mg twice a day STARTED. Ramipril \
                reduced to 2.5 mg. Please update the repeat list and repeat kidney function \
                in a week.",
        ),
    );
    // Kidney function held on the ward; the fall to 38 came after discharge.
    for (day, egfr) in [(0, 45), (2, 44), (4, 46), (6, 47)] {
        let result = format!("Observation/{}-pneumonia-day-{day}-renal-egfr-result", chart.id);
        chart.edit(&result, |it| it["valueQuantity"]["value"] = json!(egfr));
    }
    let diagnosis = chart.problem(Feed::Acute, "pneumonia-diagnosis", 18, p::PNEUMONIA, false);
    let delirium = chart.problem(Feed::Acute, "delirium", 18, p::DELIRIUM, false);
    for reference in [&diagnosis, &delirium] {
        chart.edit(reference, |it| it["encounter"] = json!({"reference": stay}));
    }
    let score = chart.noted(
        Feed::Acute,
        "curb-65",
        18,
        words("CURB-65 score"),
        json!({"text": "2"}),
    );
    chart.edit(&score, |it| it["encounter"] = json!({"reference": stay}));
    chart.prescribed(
        Feed::Acute,
        "pneumonia-doxycycline",
        18,
        (
            &m::DOXYCYCLINE,
            &dose(100.0, "mg", ONCE, "One capsule once a day for seven days"),
        ),
        "completed",
    );
    chart.task(
        Feed::Acute,
        "gp-action",
        12,
        "requested",
        "Practice to update repeat list after discharge and check kidney function within a week",
    );
}

pub(super) fn wound(chart: &mut Chart) {
    chart.episode(Feed::Community, "nursing", 110, None, "District nursing");
    chart.problem(
        Feed::Community,
        "heel",
        110,
        words("Pressure ulcer, left heel, category 2"),
        true,
    );
    routine::district_nurses(chart, "nursing", "Heel wound dressing and insulin", (7, 110));
    chart.visit(
        Feed::Community,
        "heel-visit",
        0,
        &Visit::short(
            5,
            "HH",
            "District nurse visit: heel wound, 12 x 8 mm, granulating",
            "Wound review; next visit in a week",
        ),
    );
    for (number, (ago, width, height)) in [(5, 12, 8), (26, 16, 11), (54, 21, 14)].into_iter().enumerate() {
        let side = |value: i32| quantity(f64::from(value), "mm", "mm");
        chart.measured(
            Feed::Community,
            &format!("heel-length-{number}"),
            ago,
            ("exam", words("Wound length, left heel").concept()),
            side(width),
        );
        chart.measured(
            Feed::Community,
            &format!("heel-width-{number}"),
            ago,
            ("exam", words("Wound width, left heel").concept()),
            side(height),
        );
        chart.photo(
            Feed::Community,
            &format!("heel-photo-{number}"),
            ago,
            "Wound photograph, left heel",
            (width.unsigned_abs(), height.unsigned_abs()),
        );
    }
    chart.plan(
        Feed::Community,
        "wound-plan",
        110,
        ("Wound care plan", words("Wound care plan").concept()),
        &[
            "Non-adherent dressing, weekly",
            "Offload heel in bed",
            "Photograph monthly",
        ],
    );
    chart.appointment(Feed::Community, "nurse-next", -2, 0, "District nurse visit");
    let absent = chart.letter(
        Feed::Community,
        "physio-letter",
        44,
        "Physiotherapy report",
        &["Strength and balance programme started."],
    );
    chart.edit(&absent, |it| {
        it["content"][0]["attachment"]["url"] = json!("Binary/ashdown-walter-physio-letter-absent")
    });
}
