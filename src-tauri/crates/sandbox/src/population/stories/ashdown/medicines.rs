//! What Walter Ashdown takes, as practice, hospital, community nurses and pharmacy each have it.

use serde_json::json;

use super::super::super::chart::Chart;
use super::super::super::organisations::Feed;
use super::super::super::products::{self as m, MORNING, NIGHT, ONCE, THREE, TWICE, dose};
use super::super::super::routine;

pub(super) fn write(chart: &mut Chart) {
    let warfarin = dose(
        3.0,
        "mg",
        ONCE,
        "One tablet once a day, as directed by the anticoagulant clinic",
    );
    let apixaban = dose(5.0, "mg", TWICE, "One tablet twice a day");
    routine::repeat(chart, "warfarin", (&m::WARFARIN_3, &warfarin), 2280, 0);
    let stopped = chart.stated(
        Feed::Acute,
        "discharge-warfarin",
        13,
        (&m::WARFARIN_3, &warfarin),
        "stopped",
    );
    let on = chart.calendar.day(13);
    chart.edit(&stopped, |it| {
        it["effectivePeriod"]["end"] = json!(on);
        it["statusReason"] = json!([{"text": "Replaced by apixaban: unstable INR, falls"}]);
    });
    let started = chart.prescribed(
        Feed::Acute,
        "discharge-apixaban",
        13,
        (&m::APIXABAN_5, &apixaban),
        "active",
    );
    chart.dispensed(
        "pharmacy-apixaban",
        11,
        (&m::APIXABAN_5, &apixaban),
        Some(&started),
    );

    let bisoprolol = dose(2.5, "mg", ONCE, "One tablet once a day");
    routine::repeat(chart, "bisoprolol", (&m::BISOPROLOL_2_5, &bisoprolol), 1480, 0);
    chart.stated(
        Feed::Acute,
        "discharge-bisoprolol",
        12,
        (&m::BISOPROLOL_2_5, &bisoprolol),
        "active",
    );

    let glargine = dose(18.0, "units", NIGHT, "18 units at night (Lantus SoloStar)");
    routine::repeat(chart, "insulin", (&m::INSULIN_GLARGINE, &glargine), 1300, 0);
    chart.stated(
        Feed::Community,
        "community-insulin",
        20,
        (&m::INSULIN_GLARGINE, &glargine),
        "active",
    );
    let furosemide = routine::repeat(
        chart,
        "furosemide",
        (
            &m::FUROSEMIDE_40,
            &dose(40.0, "mg", MORNING, "One tablet in the morning"),
        ),
        1200,
        0,
    );
    chart.edit(&furosemide, |it| {
        it["modifierExtension"] = json!([{
            "url": "https://feeds.sandbox.curlew.example/StructureDefinition/withheld-by-patient", "valueBoolean": true,
        }]);
    });
    let ramipril = dose(5.0, "mg", ONCE, "One capsule once a day");
    routine::repeat(chart, "ramipril", (&m::RAMIPRIL_5, &ramipril), 1600, 0);
    let halved = dose(
        2.5,
        "mg",
        ONCE,
        "One 2.5 mg capsule once a day, reduced for low blood pressure",
    );
    chart.stated(
        Feed::Acute,
        "discharge-ramipril",
        12,
        (&m::RAMIPRIL_2_5, &halved),
        "active",
    );
    for (name, product, dose, since) in [
        (
            "atorvastatin",
            m::ATORVASTATIN_20,
            dose(20.0, "mg", NIGHT, "One tablet at night"),
            2200,
        ),
        (
            "paracetamol",
            m::PARACETAMOL_500,
            dose(1000.0, "mg", THREE, "Two tablets three times a day"),
            900,
        ),
        (
            "senna",
            m::SENNA,
            dose(15.0, "mg", NIGHT, "Two tablets at night"),
            700,
        ),
        (
            "tamsulosin",
            m::TAMSULOSIN,
            dose(
                400.0,
                "micrograms",
                ONCE,
                "One capsule once a day after the same meal",
            ),
            1700,
        ),
        (
            "omeprazole",
            m::OMEPRAZOLE_20,
            dose(20.0, "mg", ONCE, "One capsule once a day"),
            1500,
        ),
    ] {
        routine::repeat(chart, name, (&product, &dose), since, 0);
    }
    routine::repeat(
        chart,
        "allopurinol",
        (&m::ALLOPURINOL, &dose(100.0, "mg", ONCE, "One tablet once a day")),
        2500,
        610,
    );
}
