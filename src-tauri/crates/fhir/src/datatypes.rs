//! The data types of R4 that care records use, a table each.

use crate::date_time::FhirDateTime;
use crate::decimal::Decimal;
use crate::read::element;
use crate::value::Value;

element! {
    /// A code from a system, such as SNOMED CT, dm+d or ICD-10.
    Coding {
        system: Option<String> = "system",
        version: Option<String> = "version",
        code: Option<String> = "code",
        display: Option<String> = "display",
        user_selected: Option<bool> = "userSelected",
    }

    /// A concept: codes for it, and the words the author used. Either may be missing.
    CodeableConcept {
        coding: Vec<Coding> = "coding",
        text: Option<String> = "text",
    }

    /// A business identifier, such as an NHS number.
    Identifier {
        extension: Vec<Extension> = "extension",
        use_: Option<String> = "use",
        type_: Option<CodeableConcept> = "type",
        system: Option<String> = "system",
        value: Option<String> = "value",
        period: Option<Period> = "period",
        assigner: Option<Box<Reference>> = "assigner",
    }

    /// A pointer to another resource: by address, by identifier, or by name alone.
    Reference {
        reference: Option<String> = "reference",
        type_: Option<String> = "type",
        identifier: Option<Box<Identifier>> = "identifier",
        display: Option<String> = "display",
    }

    /// A name of a person.
    HumanName {
        use_: Option<String> = "use",
        text: Option<String> = "text",
        family: Option<String> = "family",
        given: Vec<String> = "given",
        prefix: Vec<String> = "prefix",
        suffix: Vec<String> = "suffix",
        period: Option<Period> = "period",
    }

    /// A postal address.
    Address {
        use_: Option<String> = "use",
        type_: Option<String> = "type",
        text: Option<String> = "text",
        line: Vec<String> = "line",
        city: Option<String> = "city",
        district: Option<String> = "district",
        state: Option<String> = "state",
        postal_code: Option<String> = "postalCode",
        country: Option<String> = "country",
        period: Option<Period> = "period",
        extension: Vec<Extension> = "extension",
    }

    /// A telephone number, e-mail address or the like.
    ContactPoint {
        system: Option<String> = "system",
        value: Option<String> = "value",
        use_: Option<String> = "use",
        rank: Option<i64> = "rank",
        period: Option<Period> = "period",
    }

    /// A stretch of time; an end that is missing is open.
    Period {
        start: Option<FhirDateTime> = "start",
        end: Option<FhirDateTime> = "end",
    }

    /// A measured amount. `unit` is for people, `system` and `code` (usually UCUM) are for comparing.
    Quantity {
        value: Option<Decimal> = "value",
        comparator: Option<String> = "comparator",
        unit: Option<String> = "unit",
        system: Option<String> = "system",
        code: Option<String> = "code",
    }

    /// An amount between two others.
    Range {
        low: Option<Quantity> = "low",
        high: Option<Quantity> = "high",
    }

    /// One amount per another: `400 mg in 5 mL`, or a titre.
    Ratio {
        numerator: Option<Quantity> = "numerator",
        denominator: Option<Quantity> = "denominator",
    }

    /// A series of measurements by a device, such as an ECG.
    SampledData {
        origin: Option<Quantity> = "origin",
        period: Option<Decimal> = "period",
        factor: Option<Decimal> = "factor",
        lower_limit: Option<Decimal> = "lowerLimit",
        upper_limit: Option<Decimal> = "upperLimit",
        dimensions: Option<i64> = "dimensions",
        data: Option<String> = "data",
    }

    /// A document or picture: held here in base64, or by address.
    Attachment {
        content_type: Option<String> = "contentType",
        language: Option<String> = "language",
        data: Option<String> = "data",
        url: Option<String> = "url",
        size: Option<i64> = "size",
        hash: Option<String> = "hash",
        title: Option<String> = "title",
        creation: Option<FhirDateTime> = "creation",
    }

    /// A note, who wrote it and when.
    Annotation {
        author: Option<Value> = "author[x]",
        time: Option<FhirDateTime> = "time",
        text: Option<String> = "text",
    }

    /// When something is to happen.
    Timing {
        event: Vec<FhirDateTime> = "event",
        repeat: Option<TimingRepeat> = "repeat",
        code: Option<CodeableConcept> = "code",
    }

    /// How often something is to happen.
    TimingRepeat {
        bounds: Option<Value> = "bounds[x]",
        count: Option<i64> = "count",
        count_max: Option<i64> = "countMax",
        duration: Option<Decimal> = "duration",
        duration_max: Option<Decimal> = "durationMax",
        duration_unit: Option<String> = "durationUnit",
        frequency: Option<i64> = "frequency",
        frequency_max: Option<i64> = "frequencyMax",
        period: Option<Decimal> = "period",
        period_max: Option<Decimal> = "periodMax",
        period_unit: Option<String> = "periodUnit",
        day_of_week: Vec<String> = "dayOfWeek",
        time_of_day: Vec<String> = "timeOfDay",
        when: Vec<String> = "when",
        offset: Option<i64> = "offset",
    }

    /// How a medicine is to be taken. In England `text` is often all there is.
    Dosage {
        sequence: Option<i64> = "sequence",
        text: Option<String> = "text",
        additional_instruction: Vec<CodeableConcept> = "additionalInstruction",
        patient_instruction: Option<String> = "patientInstruction",
        timing: Option<Timing> = "timing",
        as_needed: Option<Value> = "asNeeded[x]",
        site: Option<CodeableConcept> = "site",
        route: Option<CodeableConcept> = "route",
        method: Option<CodeableConcept> = "method",
        dose_and_rate: Vec<DoseAndRate> = "doseAndRate",
        max_dose_per_period: Option<Ratio> = "maxDosePerPeriod",
        max_dose_per_administration: Option<Quantity> = "maxDosePerAdministration",
        max_dose_per_lifetime: Option<Quantity> = "maxDosePerLifetime",
    }

    /// An amount of medicine, and how fast it is given.
    DoseAndRate {
        type_: Option<CodeableConcept> = "type",
        dose: Option<Value> = "dose[x]",
        rate: Option<Value> = "rate[x]",
    }

    /// Something a profile added: UK Core carries much of the English record this way.
    Extension {
        url: Option<String> = "url",
        value: Option<Value> = "value[x]",
        extension: Vec<Extension> = "extension",
    }

    /// The extensions of a primitive value, which JSON keeps beside it (`_birthDate`).
    PrimitiveExtension {
        extension: Vec<Extension> = "extension",
    }

    /// A resource for people to read. `div` is XHTML from outside: it must be cleaned before it is shown.
    Narrative {
        status: Option<String> = "status",
        div: Option<String> = "div",
    }

    /// What a server says of the version it sent.
    Meta {
        version_id: Option<String> = "versionId",
        last_updated: Option<FhirDateTime> = "lastUpdated",
        source: Option<String> = "source",
        profile: Vec<String> = "profile",
        security: Vec<Coding> = "security",
        tag: Vec<Coding> = "tag",
        extension: Vec<Extension> = "extension",
    }
}

impl Coding {
    /// Whether this is `code` of `system`.
    pub fn is(&self, system: &str, code: &str) -> bool {
        self.system.as_deref() == Some(system) && self.code.as_deref() == Some(code)
    }
}

impl CodeableConcept {
    /// Whether any coding is `code` of `system`.
    pub fn has(&self, system: &str, code: &str) -> bool {
        self.coding.iter().any(|coding| coding.is(system, code))
    }

    /// The code given for `system`, if any.
    pub fn code_in(&self, system: &str) -> Option<&str> {
        self.coding
            .iter()
            .find(|coding| coding.system.as_deref() == Some(system))?
            .code
            .as_deref()
    }

    /// The author's words: the text, else the display of the coding a person chose, else of the first that has one.
    pub fn words(&self) -> Option<&str> {
        let chosen = self
            .coding
            .iter()
            .filter(|coding| coding.user_selected == Some(true));
        self.text.as_deref().or_else(|| {
            chosen
                .chain(&self.coding)
                .find_map(|coding| coding.display.as_deref())
        })
    }
}

impl Extension {
    /// The extension of this list named by `url`.
    pub fn find<'e>(extensions: &'e [Self], url: &str) -> Option<&'e Self> {
        extensions
            .iter()
            .find(|extension| extension.url.as_deref() == Some(url))
    }
}

impl Period {
    /// Whether `now` may lie inside: an end that is missing is open, a partial one is taken at its widest.
    pub fn contains(&self, now: chrono::DateTime<chrono::Utc>) -> bool {
        self.start
            .as_ref()
            .is_none_or(|start| start.earliest_utc() <= now)
            && self.end.as_ref().is_none_or(|end| now < end.latest_utc())
    }
}
