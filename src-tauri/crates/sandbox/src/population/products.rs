//! Medicines, with dm+d product codes where we could verify them in public lists; text alone otherwise.
//!
//! A wrong code is worse than none: it joins medicines that differ. A test holds every code to its
//! SNOMED CT check digit.

/// A product as prescribed.
pub(super) struct Product {
    /// Name as dm+d writes it for a virtual medicinal product.
    pub(super) title: &'static str,
    /// dm+d code of the virtual product.
    pub(super) code: Option<&'static str>,
    /// Route: word and SNOMED CT code.
    pub(super) route: Route,
}

/// Routes of administration.
#[derive(Clone, Copy)]
pub(super) enum Route {
    Oral,
    Subcutaneous,
    Intravenous,
    Inhaled,
    Topical,
    Transdermal,
}

impl Route {
    /// SNOMED CT code, where verified, and the word shown.
    pub(super) fn coded(self) -> (Option<&'static str>, &'static str) {
        match self {
            Route::Oral => (Some("26643006"), "Oral"),
            Route::Subcutaneous => (Some("34206005"), "Subcutaneous"),
            Route::Intravenous => (Some("47625008"), "Intravenous"),
            Route::Inhaled => (Some("18679011000001101"), "Inhalation"),
            Route::Topical => (Some("6064005"), "Topical"),
            Route::Transdermal => (None, "Transdermal"),
        }
    }
}

/// How often, as words and as a FHIR repeat (`frequency` times per `period` `unit`).
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) words: &'static str,
    pub(super) frequency: u32,
    pub(super) period: u32,
    pub(super) unit: &'static str,
    /// FHIR event timing, for example `HS` for bed time.
    pub(super) when: Option<&'static str>,
    pub(super) as_needed: bool,
}

const fn daily(words: &'static str, frequency: u32) -> Times {
    Times {
        words,
        frequency,
        period: 1,
        unit: "d",
        when: None,
        as_needed: false,
    }
}

pub(super) const ONCE: Times = daily("once a day", 1);
pub(super) const TWICE: Times = daily("twice a day", 2);
pub(super) const THREE: Times = daily("three times a day", 3);
pub(super) const FOUR: Times = daily("four times a day", 4);
pub(super) const MORNING: Times = Times {
    when: Some("MORN"),
    ..daily("in the morning", 1)
};
pub(super) const NIGHT: Times = Times {
    when: Some("HS"),
    ..daily("at night", 1)
};
pub(super) const WEEKLY: Times = Times {
    unit: "wk",
    ..daily("once a week", 1)
};
pub(super) const SIX_HOURLY: Times = Times {
    as_needed: true,
    ..daily("up to four times a day when needed", 4)
};
pub(super) const HOURLY: Times = Times {
    words: "up to every hour when needed",
    frequency: 1,
    period: 1,
    unit: "h",
    when: None,
    as_needed: true,
};
pub(super) const SEVENTY_TWO_HOURS: Times = Times {
    words: "every 72 hours",
    frequency: 1,
    period: 72,
    unit: "h",
    when: None,
    as_needed: false,
};

/// A dose: how much, how often, and the words of the prescriber.
#[derive(Clone, Copy)]
pub(super) struct Dose {
    pub(super) amount: f64,
    pub(super) unit: &'static str,
    pub(super) times: Times,
    /// What the label says.
    pub(super) text: &'static str,
}

/// A dose in one line.
pub(super) const fn dose(amount: f64, unit: &'static str, times: Times, text: &'static str) -> Dose {
    Dose {
        amount,
        unit,
        times,
        text,
    }
}

const fn oral(title: &'static str, code: Option<&'static str>) -> Product {
    Product {
        title,
        code,
        route: Route::Oral,
    }
}

pub(super) const APIXABAN_5: Product = oral("Apixaban 5mg tablets", Some("42206511000001102"));
pub(super) const WARFARIN_3: Product = oral("Warfarin 3mg tablets", Some("42217611000001104"));
pub(super) const RIVAROXABAN_20: Product = oral("Rivaroxaban 20mg tablets", Some("19842211000001107"));
pub(super) const BISOPROLOL_2_5: Product = oral("Bisoprolol 2.5mg tablets", None);
pub(super) const FUROSEMIDE_40: Product = oral("Furosemide 40mg tablets", Some("317972000"));
pub(super) const RAMIPRIL_5: Product = oral("Ramipril 5mg capsules", Some("318902004"));
pub(super) const RAMIPRIL_2_5: Product = oral("Ramipril 2.5mg capsules", None);
pub(super) const AMLODIPINE_5: Product = oral("Amlodipine 5mg tablets", None);
pub(super) const ATORVASTATIN_20: Product = oral("Atorvastatin 20mg tablets", None);
pub(super) const SIMVASTATIN_40: Product = oral("Simvastatin 40mg tablets", Some("320000009"));
pub(super) const METFORMIN_500: Product = oral("Metformin 500mg tablets", None);
pub(super) const GLICLAZIDE_80: Product = oral("Gliclazide 80mg tablets", None);
pub(super) const INSULIN_GLARGINE: Product = Product {
    title: "Insulin glargine 100units/ml solution for injection 3ml pre-filled disposable devices",
    code: None,
    route: Route::Subcutaneous,
};
pub(super) const PARACETAMOL_500: Product = oral("Paracetamol 500mg tablets", Some("322236009"));
pub(super) const CODEINE_30: Product = oral("Codeine 30mg tablets", Some("42010411000001105"));
pub(super) const CO_CODAMOL: Product = oral("Co-codamol 30mg/500mg tablets", Some("42009811000001101"));
pub(super) const MORPHINE_MR: Product = oral(
    "Morphine 10mg modified-release tablets",
    Some("36126511000001106"),
);
pub(super) const IBUPROFEN_400: Product = oral("Ibuprofen 400mg tablets", None);
pub(super) const OMEPRAZOLE_20: Product = oral("Omeprazole 20mg gastro-resistant capsules", None);
pub(super) const LEVOTHYROXINE_75: Product = oral("Levothyroxine sodium 75microgram tablets", None);
pub(super) const SERTRALINE_50: Product = oral("Sertraline 50mg tablets", None);
pub(super) const CITALOPRAM_20: Product = oral("Citalopram 20mg tablets", Some("321987003"));
pub(super) const FLUOXETINE_20: Product = oral("Fluoxetine 20mg capsules", Some("321949006"));
pub(super) const QUETIAPINE_25: Product = oral("Quetiapine 25mg tablets", None);
pub(super) const ZOPICLONE: Product = oral("Zopiclone 3.75mg tablets", Some("321177003"));
pub(super) const MEMANTINE_10: Product = oral("Memantine 10mg tablets", None);
pub(super) const DONEPEZIL_10: Product = oral("Donepezil 10mg tablets", None);
pub(super) const SENNA: Product = oral("Senna 7.5mg tablets", Some("42358311000001108"));
pub(super) const MACROGOL: Product = oral("Macrogol compound oral powder sachets NPF sugar free", None);
pub(super) const FERROUS_FUMARATE: Product =
    oral("Ferrous fumarate 210mg tablets", Some("41984711000001104"));
pub(super) const FOLIC_ACID: Product = oral("Folic acid 400microgram tablets", None);
pub(super) const FOLIC_ACID_5: Product = oral("Folic acid 5mg tablets", None);
pub(super) const ALENDRONIC_ACID: Product = oral("Alendronic acid 70mg tablets", None);
pub(super) const COLECALCIFEROL: Product = oral("Colecalciferol 800unit capsules", None);
pub(super) const TAMSULOSIN: Product = oral(
    "Tamsulosin 400microgram modified-release capsules",
    Some("38754011000001109"),
);
pub(super) const SOLIFENACIN: Product = oral("Solifenacin 5mg tablets", Some("42042911000001105"));
pub(super) const ALLOPURINOL: Product = oral("Allopurinol 100mg tablets", None);
pub(super) const SPIRONOLACTONE: Product = oral("Spironolactone 25mg tablets", None);
pub(super) const ASPIRIN_75: Product = oral("Aspirin 75mg dispersible tablets", None);
pub(super) const PREDNISOLONE_5: Product = oral("Prednisolone 5mg tablets", Some("325427002"));
pub(super) const AMOXICILLIN: Product = oral("Amoxicillin 500mg capsules", Some("39732411000001106"));
pub(super) const DOXYCYCLINE: Product = oral("Doxycycline 100mg capsules", Some("41948311000001104"));
pub(super) const FLUCLOXACILLIN: Product = oral("Flucloxacillin 500mg capsules", Some("39692211000001107"));
pub(super) const CLARITHROMYCIN: Product = oral("Clarithromycin 500mg tablets", Some("41946511000001109"));
pub(super) const TRIMETHOPRIM: Product = oral("Trimethoprim 200mg tablets", Some("41956211000001109"));
pub(super) const NITROFURANTOIN: Product = oral(
    "Nitrofurantoin 100mg modified-release capsules",
    Some("39108511000001108"),
);
pub(super) const CO_AMOXICLAV: Product = oral("Co-amoxiclav 500mg/125mg tablets", Some("39732211000001107"));
pub(super) const LEVETIRACETAM: Product = oral("Levetiracetam 500mg tablets", None);
pub(super) const METHOTREXATE: Product = oral("Methotrexate 2.5mg tablets", None);
pub(super) const SALBUTAMOL: Product = Product {
    title: "Salbutamol 100micrograms/dose inhaler CFC free",
    code: Some("39113611000001102"),
    route: Route::Inhaled,
};
pub(super) const TIOTROPIUM: Product = Product {
    title: "Tiotropium bromide 18microgram inhalation powder capsules with device",
    code: None,
    route: Route::Inhaled,
};
pub(super) const EMOLLIENT: Product = Product {
    title: "White soft paraffin 50% / Liquid paraffin 50% ointment",
    code: None,
    route: Route::Topical,
};
pub(super) const BUPRENORPHINE: Product = Product {
    title: "Buprenorphine 10micrograms/hour transdermal patches",
    code: None,
    route: Route::Transdermal,
};
pub(super) const MORPHINE_INJECTION: Product = Product {
    title: "Morphine sulfate 10mg/1ml solution for injection ampoules",
    code: None,
    route: Route::Subcutaneous,
};
pub(super) const MIDAZOLAM: Product = Product {
    title: "Midazolam 10mg/2ml solution for injection ampoules",
    code: None,
    route: Route::Subcutaneous,
};
pub(super) const LEVOMEPROMAZINE: Product = Product {
    title: "Levomepromazine 25mg/1ml solution for injection ampoules",
    code: None,
    route: Route::Subcutaneous,
};
pub(super) const GLYCOPYRRONIUM: Product = Product {
    title: "Glycopyrronium bromide 200micrograms/1ml solution for injection ampoules",
    code: None,
    route: Route::Subcutaneous,
};
pub(super) const VANCOMYCIN: Product = Product {
    title: "Vancomycin 1g powder for solution for infusion vials",
    code: None,
    route: Route::Intravenous,
};
