//! Desmond Whimbrel, 59: agreed to sharing four years ago and withdrew it about five months ago.
//!
//! Planted:
//! * a permit, ended, and a deny since then, with emergencies left open by a nested permit (ended, withheld);
//! * an ordinary record from before, which a viewer that asked must no longer keep;
//! * results that went on arriving after the withdrawal.

use serde_json::json;

use super::super::chart::Chart;
use super::super::measures::{FBC, LFT, LIPIDS, RENAL};
use super::super::organisations::Feed;
use super::super::problems as p;
use super::super::products::{self as m, NIGHT, ONCE, dose};
use super::super::routine::{self, YEAR};
use super::{AT_HOME, Kind, Planted, Story, Who};

pub(super) const STORY: Story = Story {
    id: "whimbrel-desmond",
    title: "Withdrew consent to sharing in the middle of the year",
    planted: PLANTED,
    who: Who {
        title: "Mr",
        given: "Desmond",
        family: "Whimbrel",
        gender: "male",
        age: (59, 18),
    },
    cared: AT_HOME,
    ward: false,
    write,
    second: None,
};

const PLANTED: &[Planted] = &[
    Planted {
        kind: Kind::Ended,
        resources: &["Consent/whimbrel-desmond-consent-before"],
        what: "agreed to sharing until about five months ago",
    },
    Planted {
        kind: Kind::Withheld,
        resources: &["Consent/whimbrel-desmond-consent-withdrawn"],
        what: "dissent since then; emergencies excepted",
    },
];

fn write(chart: &mut Chart) {
    let before = chart.consent("consent-before", 4 * YEAR, "permit");
    let withdrawn = chart.calendar.day(152);
    chart.edit(&before, |it| {
        it["status"] = json!("inactive");
        it["provision"]["period"]["end"] = json!(withdrawn);
    });
    let stored = chart.calendar.stored(152);
    chart.edit(&before, |it| it["meta"]["lastUpdated"] = json!(stored));
    let after = chart.consent("consent-withdrawn", 152, "deny");
    chart.edit(&after, |it| {
        it["policyRule"] = super::super::chart::hl7("v3-ActCode", "OPTOUT");
        it["provision"] = json!({
            "type": "deny",
            "period": {"start": withdrawn},
            "provision": [{
                "type": "permit",
                "purpose": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "ETREAT", "display": "Emergency Treatment"},
                    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG", "display": "break the glass"},
                ],
            }],
        });
    });
    routine::adult_basics(chart, 4);
    chart.problem(Feed::Gp, "problem-hypertension", 2400, p::HYPERTENSION, true);
    chart.problem(Feed::Gp, "problem-cholesterol", 2300, p::CHOLESTEROL, true);
    chart.problem(Feed::Gp, "problem-depression", 800, p::DEPRESSION, true);
    chart.allergy(
        Feed::Gp,
        "allergy-penicillin",
        5000,
        p::PENICILLIN_ALLERGY,
        p::RASH,
    );
    routine::repeat(
        chart,
        "amlodipine",
        (&m::AMLODIPINE_5, &dose(5.0, "mg", ONCE, "One tablet once a day")),
        2300,
        0,
    );
    routine::repeat(
        chart,
        "atorvastatin",
        (
            &m::ATORVASTATIN_20,
            &dose(20.0, "mg", NIGHT, "One tablet at night"),
        ),
        2200,
        0,
    );
    routine::repeat(
        chart,
        "citalopram",
        (
            &m::CITALOPRAM_20,
            &dose(20.0, "mg", ONCE, "One tablet once a day"),
        ),
        780,
        0,
    );
    routine::practice_visits(
        chart,
        65,
        4 * YEAR,
        &[
            "Blood pressure check",
            "Low mood",
            "Back pain",
            "Medication review",
        ],
    );
    routine::bloods(
        chart,
        "annual",
        &[&RENAL, &FBC, &LFT, &LIPIDS],
        (170, 4 * YEAR),
        0.2,
    );
    chart.plain(
        Feed::Gp,
        "withdrawal-note",
        152,
        "Request not to share",
        "Mr Whimbrel asked that his record no longer be shared. Explained what this means \
        in an emergency. Form filled in.",
    );
    chart.appointment(Feed::Gp, "gp-next", -14, 0, "Blood pressure review");
}
