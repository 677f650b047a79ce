//! Problems, allergies, measurements, procedures, vaccinations.

use serde_json::{Value, json};

use super::super::calendar::{clock, plus};
use super::super::measures::{self, Measure, Panel};
use super::super::organisations::Feed;
use super::super::problems::{SNOMED, Term, coded};
use super::{Chart, hl7, quantity};

/// One set of vital signs.
#[derive(Clone, Copy)]
pub(in super::super) struct Signs {
    pub(in super::super) systolic: f64,
    pub(in super::super) diastolic: f64,
    pub(in super::super) pulse: f64,
    pub(in super::super) breaths: f64,
    pub(in super::super) saturation: f64,
    pub(in super::super) temperature: f64,
    /// National Early Warning Score 2, where one was worked out.
    pub(in super::super) news2: Option<u32>,
}

impl Chart {
    /// A problem on a list. `onset` and `recorded` are days ago.
    pub(in super::super) fn problem(
        &mut self,
        feed: Feed,
        name: &str,
        onset: i64,
        term: Term,
        active: bool,
    ) -> String {
        let mut resource = json!({
            "resourceType": "Condition",
            "clinicalStatus": hl7("condition-clinical", if active { "active" } else { "resolved" }),
            "verificationStatus": hl7("condition-ver-status", "confirmed"),
            "category": [hl7("condition-category", "problem-list-item")],
            "code": term.concept(),
            "onsetDateTime": self.calendar.day(onset),
            "recordedDate": self.calendar.day(onset),
            "recorder": self.by(feed, 0),
        });
        if !active {
            resource["abatementDateTime"] = json!(self.calendar.day(onset / 2));
        }
        self.put(feed, name, onset, resource)
    }

    /// An allergy or intolerance with one reaction.
    pub(in super::super) fn allergy(
        &mut self,
        feed: Feed,
        name: &str,
        recorded: i64,
        agent: Term,
        reaction: Term,
    ) -> String {
        let resource = json!({
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": hl7("allergyintolerance-clinical", "active"),
            "verificationStatus": hl7("allergyintolerance-verification", "confirmed"),
            "type": "allergy",
            "category": ["medication"],
            "code": agent.concept(),
            "recordedDate": self.calendar.day(recorded),
            "recorder": self.by(feed, 0),
            "reaction": [{"manifestation": [reaction.concept()], "severity": "moderate"}],
        });
        self.put(feed, name, recorded, resource)
    }

    /// "No known allergies", said by somebody on a day: not the same as an empty list.
    pub(in super::super) fn no_known_allergies(&mut self, feed: Feed, name: &str, recorded: i64) -> String {
        let resource = json!({
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": hl7("allergyintolerance-clinical", "active"),
            "verificationStatus": hl7("allergyintolerance-verification", "confirmed"),
            "code": super::super::problems::NO_KNOWN_ALLERGIES.concept(),
            "recordedDate": self.calendar.day(recorded),
            "recorder": self.by(feed, 0),
        });
        self.put(feed, name, recorded, resource)
    }

    /// One measured value, for example of a home machine or a single vital sign.
    pub(in super::super) fn measured(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        (category, code): (&str, Value),
        value: Value,
    ) -> String {
        let mut resource = json!({
            "resourceType": "Observation",
            "status": "final",
            "category": [hl7("observation-category", category)],
            "code": code,
            "effectiveDateTime": self.calendar.at(ago, &plus(clock(ago), 5)),
            "performer": [self.at(feed)],
        });
        resource["valueQuantity"] = value;
        self.put(feed, name, ago, resource)
    }

    /// Something noted in words, for example smoking or preferred place of death.
    pub(in super::super) fn noted(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        what: Term,
        finding: Value,
    ) -> String {
        let mut resource = json!({
            "resourceType": "Observation",
            "status": "final",
            "category": [hl7("observation-category", "social-history")],
            "code": what.concept(),
            "effectiveDateTime": self.calendar.day(ago),
            "performer": [self.by(feed, 0)],
        });
        resource["valueCodeableConcept"] = finding;
        self.put(feed, name, ago, resource)
    }

    /// A set of vital signs: blood pressure, pulse, breathing, saturation, temperature and NEWS2; part of the
    /// encounter of the same name, if one was just written.
    pub(in super::super) fn signs(&mut self, feed: Feed, name: &str, ago: i64, time: &str, signs: Signs) {
        self.observed(feed, name, ago, (time, false), signs);
    }

    /// A whole set for NEWS2, of somebody who is alert and breathes air: as [`signs`](Self::signs), and both of these said.
    pub(in super::super) fn whole_set(&mut self, feed: Feed, name: &str, ago: i64, time: &str, signs: Signs) {
        self.observed(feed, name, ago, (time, true), signs);
    }

    fn observed(&mut self, feed: Feed, name: &str, ago: i64, (time, whole): (&str, bool), signs: Signs) {
        let when = self.calendar.at(ago, time);
        let performer = self.at(feed);
        let start = self.len();
        let visit = self.latest(&format!("Encounter/{}-{name}", self.id));
        let base = |code: Value| {
            json!({
                "resourceType": "Observation",
                "status": "final",
                "category": [hl7("observation-category", "vital-signs")],
                "code": code,
                "effectiveDateTime": when,
                "performer": [performer],
            })
        };
        let mut pressure = base(coded("Blood pressure", "75367002").concept());
        pressure["component"] = json!([
            {
                "code": coded("Systolic arterial pressure", "72313002").concept(),
                "valueQuantity": quantity(signs.systolic, "mmHg", "mm[Hg]"),
            },
            {
                "code": coded("Diastolic arterial pressure", "1091811000000102").concept(),
                "valueQuantity": quantity(signs.diastolic, "mmHg", "mm[Hg]"),
            },
        ]);
        self.put(feed, &format!("{name}-bp"), ago, pressure);
        for (id, term, value, unit, ucum) in [
            (
                "pulse",
                coded("Heart rate", "364075005"),
                signs.pulse,
                "beats per minute",
                "/min",
            ),
            (
                "breaths",
                coded("Respiratory rate", "86290005"),
                signs.breaths,
                "breaths per minute",
                "/min",
            ),
            (
                "saturation",
                coded("Peripheral oxygen saturation", "431314004"),
                signs.saturation,
                "%",
                "%",
            ),
            (
                "temperature",
                coded("Core body temperature", "276885007"),
                signs.temperature,
                "°C",
                "Cel",
            ),
        ] {
            let mut sign = base(term.concept());
            sign["valueQuantity"] = quantity(value, unit, ucum);
            self.put(feed, &format!("{name}-{id}"), ago, sign);
        }
        if whole {
            // Said by the code alone, as UK Core's examples do.
            let air = base(coded("Breathing room air", "722742002").concept());
            self.put(feed, &format!("{name}-air"), ago, air);
            let mut awake = base(
                coded(
                    "ACVPU (Alert Confusion Voice Pain Unresponsive) scale score",
                    "1104441000000107",
                )
                .concept(),
            );
            awake["valueCodeableConcept"] = coded("Mentally alert", "248234008").concept();
            self.put(feed, &format!("{name}-acvpu"), ago, awake);
        }
        if let Some(score) = signs.news2 {
            let mut total = base(
                coded(
                    "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score",
                    "1104051000000101",
                )
                .concept(),
            );
            total["valueInteger"] = json!(score);
            self.put(feed, &format!("{name}-news2"), ago, total);
        }
        if let Some(visit) = visit {
            self.within(start, &visit);
        }
    }

    /// A laboratory panel: request, specimen, results with their ranges, report. `values` overrides what
    /// chance would give, by measure id. Reported the day after it was taken. Returns the report.
    pub(in super::super) fn panel(
        &mut self,
        feed: Feed,
        name: &str,
        taken: i64,
        (panel, strain): (&Panel, f64),
        values: &[(&str, f64)],
    ) -> String {
        let reported = (taken - 1).max(0);
        let code = match panel.code {
            Some(code) => {
                json!({"coding": [{"system": SNOMED, "code": code, "display": panel.text}], "text": panel.text})
            }
            None => json!({"text": panel.text}),
        };
        let when = self.calendar.at(taken, "08:40");
        let issued = if taken == 0 {
            self.calendar.at(0, "00:40")
        } else {
            self.calendar.at(reported, "00:35")
        };
        let laboratory = self.at(Feed::Acute);
        let asked = json!({
            "resourceType": "ServiceRequest", "status": "completed", "intent": "order",
            "category": [{"text": "Laboratory"}], "code": code, "authoredOn": when, "requester": self.by(feed, 0),
            "performer": [laboratory],
        });
        let request = self.put(feed, &format!("{name}-{}-request", panel.id), taken, asked);
        let specimen = self.put(
            feed,
            &format!("{name}-{}-specimen", panel.id),
            taken,
            json!({
                "resourceType": "Specimen", "status": "available", "type": {"text": panel.specimen},
                "collection": {"collectedDateTime": when}, "request": [{"reference": request}],
            }),
        );
        let mut results = Vec::new();
        for measure in panel.measures {
            let value = values.iter().find(|(id, _)| *id == measure.id).map_or_else(
                || measures::value(measure, strain, &mut self.chance),
                |(_, value)| *value,
            );
            let mut result = self.result(measure, value);
            result["effectiveDateTime"] = json!(when);
            result["issued"] = json!(issued);
            result["performer"] = json!([laboratory]);
            result["specimen"] = json!({"reference": specimen});
            let reference = self.put(
                feed,
                &format!("{name}-{}-{}-result", panel.id, measure.id),
                reported,
                result,
            );
            results.push(json!({"reference": reference}));
        }
        let report = json!({
            "resourceType": "DiagnosticReport", "status": "final", "basedOn": [{"reference": request}],
            "category": [hl7("v2-0074", "LAB")],
            "code": code, "effectiveDateTime": when, "issued": issued, "performer": [laboratory],
            "specimen": [{"reference": specimen}], "result": results,
        });
        self.put(feed, &format!("{name}-{}-report", panel.id), reported, report)
    }

    /// An Observation of one measure with range and interpretation, without its dates.
    fn result(&self, measure: &Measure, value: f64) -> Value {
        let code = match measure.code {
            Some(code) => {
                json!({"coding": [{"system": SNOMED, "code": code, "display": measure.text}], "text": measure.text})
            }
            None => json!({"text": measure.text}),
        };
        let amount = |value: f64| quantity(value, measure.unit, measure.ucum);
        let mut result = json!({
            "resourceType": "Observation",
            "status": "final",
            "category": [hl7("observation-category", "laboratory")],
            "code": code,
            "valueQuantity": amount(value),
        });
        let mut range = json!({});
        if let Some(low) = measure.low {
            range["low"] = amount(low);
        }
        if let Some(high) = measure.high {
            range["high"] = amount(high);
        }
        if range.as_object().is_some_and(|it| !it.is_empty()) {
            result["referenceRange"] = json!([range]);
            let flag = if measure.low.is_some_and(|low| value < low) {
                "L"
            } else if measure.high.is_some_and(|high| value > high) {
                "H"
            } else {
                "N"
            };
            result["interpretation"] = json!([hl7("v3-ObservationInterpretation", flag)]);
        }
        result
    }

    /// A procedure that was done.
    pub(in super::super) fn procedure(&mut self, feed: Feed, name: &str, ago: i64, term: Term) -> String {
        let resource = json!({
            "resourceType": "Procedure", "status": "completed", "code": term.concept(),
            "performedDateTime": self.calendar.day(ago), "performer": [{"actor": self.by(feed, 0)}],
        });
        self.put(feed, name, ago, resource)
    }

    /// A vaccination given.
    pub(in super::super) fn vaccination(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        vaccine: Term,
    ) -> String {
        let resource = json!({
            "resourceType": "Immunization", "status": "completed", "vaccineCode": vaccine.concept(),
            "occurrenceDateTime": self.calendar.day(ago), "recorded": self.calendar.day(ago), "primarySource": true,
            "lotNumber": format!("SYN{:04}", self.chance.between(1, 9999)),
            "performer": [{"actor": self.by(feed, 1)}],
        });
        self.put(feed, name, ago, resource)
    }

    /// A relative's illness.
    pub(in super::super) fn relative(
        &mut self,
        name: &str,
        recorded: i64,
        relationship: &str,
        illness: Term,
    ) -> String {
        let resource = json!({
            "resourceType": "FamilyMemberHistory", "status": "completed", "date": self.calendar.day(recorded),
            "relationship": {"text": relationship}, "condition": [{"code": illness.concept()}],
        });
        self.put(Feed::Gp, name, recorded, resource)
    }
}
