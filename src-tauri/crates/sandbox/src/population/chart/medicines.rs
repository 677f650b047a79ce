//! Medicines as each source knows them: prescribed, issued, dispensed, given, or reported by the patient.

use serde_json::{Value, json};

use super::super::organisations::Feed;
use super::super::problems::SNOMED;
use super::super::products::{Dose, Product};
use super::{Chart, number};

/// One line of a medicines administration record.
pub(in super::super) struct Given<'a> {
    pub(in super::super) ago: i64,
    pub(in super::super) time: &'a str,
    /// `completed`, or `not-done` with a reason.
    pub(in super::super) status: &'a str,
    pub(in super::super) reason: Option<&'a str>,
}

impl Chart {
    /// A prescription: `status` as FHIR has it (`active`, `stopped`, `completed`). A GP's is a repeat.
    pub(in super::super) fn prescribed(
        &mut self,
        feed: Feed,
        name: &str,
        authored: i64,
        (product, dose): (&Product, &Dose),
        status: &str,
    ) -> String {
        let mut resource = json!({
            "resourceType": "MedicationRequest",
            "status": status,
            "intent": if feed == Feed::Gp && status != "completed" { "plan" } else { "order" },
            "category": [{"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category",
                "code": if feed == Feed::Acute || feed == Feed::AcuteThames { "discharge" } else { "community" },
            }]}],
            "medicationCodeableConcept": medicine(feed, product),
            "authoredOn": self.calendar.day(authored),
            "requester": self.by(feed, 0),
            "dosageInstruction": [dosage(product, dose)],
        });
        // A practice's prescription is a repeat unless it is over the day it was written.
        if feed == Feed::Gp && status != "completed" {
            resource["courseOfTherapyType"] = json!({"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy", "code": "continuous",
                "display": "Continuous long term therapy",
            }]});
            resource["dispenseRequest"] =
                json!({"expectedSupplyDuration": days(28), "performer": self.at(Feed::Pharmacy)});
        }
        self.put(feed, name, authored, resource)
    }

    /// One issue of a repeat: an order based on the plan.
    pub(in super::super) fn issued(
        &mut self,
        name: &str,
        ago: i64,
        (product, dose): (&Product, &Dose),
        plan: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "MedicationRequest",
            "status": "completed",
            "intent": "order",
            "basedOn": [{"reference": plan}],
            "medicationCodeableConcept": medicine(Feed::Gp, product),
            "authoredOn": self.calendar.day(ago),
            "requester": self.by(Feed::Gp, 0),
            "dosageInstruction": [{"text": dose.text}],
            "dispenseRequest": {"validityPeriod": {"start": self.calendar.day(ago)}, "expectedSupplyDuration": days(28)},
        });
        self.put(Feed::Gp, name, ago, resource)
    }

    /// What a pharmacy handed over. Pharmacies send the product's name without a code as often as with one.
    pub(in super::super) fn dispensed(
        &mut self,
        name: &str,
        ago: i64,
        (product, dose): (&Product, &Dose),
        for_order: Option<&str>,
    ) -> String {
        let mut resource = json!({
            "resourceType": "MedicationDispense",
            "status": "completed",
            "medicationCodeableConcept": medicine(Feed::Pharmacy, product),
            "performer": [{"actor": self.by(Feed::Pharmacy, 0)}],
            "daysSupply": {"value": 28, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"},
            "whenHandedOver": self.calendar.at(ago, "15:10"),
            "dosageInstruction": [{"text": dose.text}],
        });
        if let Some(order) = for_order {
            resource["authorizingPrescription"] = json!([{"reference": order}]);
        }
        self.put(Feed::Pharmacy, name, ago, resource)
    }

    /// A medicine somebody says is being taken: a discharge list, a clinic letter, a carer, the patient.
    pub(in super::super) fn stated(
        &mut self,
        feed: Feed,
        name: &str,
        asserted: i64,
        (product, dose): (&Product, &Dose),
        status: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "MedicationStatement",
            "status": status,
            "medicationCodeableConcept": medicine(feed, product),
            "effectivePeriod": {"start": self.calendar.day(asserted)},
            "dateAsserted": self.calendar.day(asserted),
            "informationSource": self.by(feed, 0),
            "dosage": [dosage(product, dose)],
        });
        self.put(feed, name, asserted, resource)
    }

    /// A line of a medicines administration record.
    pub(in super::super) fn given(
        &mut self,
        feed: Feed,
        name: &str,
        (product, dose): (&Product, &Dose),
        given: &Given<'_>,
    ) -> String {
        let mut resource = json!({
            "resourceType": "MedicationAdministration",
            "status": given.status,
            "medicationCodeableConcept": medicine(feed, product),
            "effectiveDateTime": self.calendar.at(given.ago, given.time),
            "performer": [{"actor": self.by(feed, usize::from(feed == Feed::Acute))}],
            "dosage": {"text": dose.text, "route": route(product), "dose": quantity(dose)},
        });
        if let Some(reason) = given.reason {
            resource["statusReason"] = json!([{"text": reason}]);
        }
        self.put(feed, name, given.ago, resource)
    }
}

/// The product as a feed codes it: practices with SNOMED CT, trusts and care homes with dm+d, pharmacies in words.
fn medicine(feed: Feed, product: &Product) -> Value {
    let system = match feed {
        Feed::Gp => SNOMED,
        Feed::Pharmacy => return json!({"text": product.title}),
        _ => "https://dmd.nhs.uk",
    };
    match product.code {
        Some(code) => {
            json!({"coding": [{"system": system, "code": code, "display": product.title}], "text": product.title})
        }
        None => json!({"text": product.title}),
    }
}

/// A structured dosage with the prescriber's words.
fn dosage(product: &Product, dose: &Dose) -> Value {
    let times = dose.times;
    let mut repeat = json!({"frequency": times.frequency, "period": times.period, "periodUnit": times.unit});
    if let Some(when) = times.when {
        repeat["when"] = json!([when]);
    }
    let mut dosage = json!({
        "text": dose.text,
        "timing": {"repeat": repeat, "code": {"text": times.words}},
        "route": route(product),
        "doseAndRate": [{"doseQuantity": quantity(dose)}],
    });
    if times.as_needed {
        dosage["asNeededBoolean"] = json!(true);
    }
    dosage
}

fn route(product: &Product) -> Value {
    match product.route.coded() {
        (Some(code), word) => {
            json!({"coding": [{"system": SNOMED, "code": code, "display": word}], "text": word})
        }
        (None, word) => json!({"text": word}),
    }
}

/// A dose with its unit; UCUM only for units of mass and volume, since "tablet" and "unit" have no single UCUM code.
fn quantity(dose: &Dose) -> Value {
    let mut quantity = json!({"value": number(dose.amount), "unit": dose.unit});
    let ucum = match dose.unit {
        "mg" => Some("mg"),
        "g" => Some("g"),
        "micrograms" => Some("ug"),
        "mL" => Some("mL"),
        _ => None,
    };
    if let Some(code) = ucum {
        quantity["system"] = json!("http://unitsofmeasure.org");
        quantity["code"] = json!(code);
    }
    quantity
}

fn days(count: u32) -> Value {
    json!({"value": count, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"})
}
