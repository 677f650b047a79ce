//! Problems, procedures and allergens as SNOMED CT concepts; text alone where no code was verified.

use serde_json::{Value, json};

/// Code system of SNOMED CT.
pub(super) const SNOMED: &str = "http://snomed.info/sct";

/// A concept: its words and, where we are sure of it, its SNOMED CT code.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) text: &'static str,
    pub(super) code: Option<&'static str>,
}

impl Term {
    /// A `CodeableConcept`.
    pub(super) fn concept(self) -> Value {
        match self.code {
            Some(code) => {
                json!({"coding": [{"system": SNOMED, "code": code, "display": self.text}], "text": self.text})
            }
            None => json!({"text": self.text}),
        }
    }
}

/// A coded term.
pub(super) const fn coded(text: &'static str, code: &'static str) -> Term {
    Term {
        text,
        code: Some(code),
    }
}

/// A term in words only.
pub(super) const fn words(text: &'static str) -> Term {
    Term { text, code: None }
}

pub(super) const HYPERTENSION: Term = coded("Essential hypertension", "59621000");
pub(super) const DIABETES_2: Term = coded("Type 2 diabetes mellitus", "44054006");
pub(super) const COPD: Term = coded("Chronic obstructive lung disease", "13645005");
pub(super) const COPD_FLARE: Term = coded(
    "Acute exacerbation of chronic obstructive airways disease",
    "195951007",
);
pub(super) const ASTHMA: Term = coded("Asthma", "195967001");
pub(super) const ATRIAL_FIBRILLATION: Term = coded("Atrial fibrillation", "49436004");
pub(super) const HEART_FAILURE: Term = coded("Heart failure", "84114007");
pub(super) const CKD_3B: Term = coded("Chronic kidney disease stage 3B", "700379002");
pub(super) const ALZHEIMERS: Term = coded("Alzheimer's disease", "26929004");
pub(super) const VASCULAR_DEMENTIA: Term = coded("Vascular dementia", "429998004");
pub(super) const PNEUMONIA: Term = coded("Community acquired pneumonia", "385093006");
pub(super) const FALL: Term = coded("Fall", "1912002");
pub(super) const DELIRIUM: Term = coded("Delirium", "2776000");
pub(super) const FRAILTY: Term = words("Severe frailty (Clinical Frailty Scale 7)");
pub(super) const KNEE_OSTEOARTHRITIS: Term = coded("Osteoarthritis of knee", "239873007");
pub(super) const OSTEOARTHRITIS: Term = coded("Osteoarthritis", "396275006");
pub(super) const BACK_PAIN: Term = coded("Low back pain", "279039007");
pub(super) const OSTEOPOROSIS: Term = coded("Osteoporosis", "64859006");
pub(super) const NECK_OF_FEMUR: Term = coded("Fracture of neck of femur", "5913000");
pub(super) const DEPRESSION: Term = coded("Depressive disorder", "35489007");
pub(super) const ANXIETY: Term = coded("Generalised anxiety disorder", "21897009");
pub(super) const UNSTABLE_PERSONALITY: Term = coded("Borderline personality disorder", "20010003");
pub(super) const SUICIDE_RISK: Term = coded("At risk for suicide", "225444004");
pub(super) const HYPOTHYROIDISM: Term = coded("Hypothyroidism", "40930008");
pub(super) const EPILEPSY: Term = coded("Epilepsy", "84757009");
pub(super) const STROKE: Term = coded("Cerebrovascular accident", "230690007");
pub(super) const MYOCARDIAL_INFARCTION: Term = coded("Myocardial infarction", "22298006");
pub(super) const ISCHAEMIC_HEART: Term = coded("Ischaemic heart disease", "414545008");
pub(super) const LUNG_CANCER: Term = coded("Non-small cell lung cancer", "254637007");
pub(super) const PROSTATE_CANCER: Term = coded("Malignant tumour of prostate", "399068003");
pub(super) const ECZEMA: Term = coded("Eczema", "43116000");
pub(super) const FOOT_ULCER: Term = coded("Ulcer of foot due to diabetes mellitus", "371087003");
pub(super) const PRESSURE_ULCER: Term = coded("Pressure ulcer", "399912005");
pub(super) const DOWN_SYNDROME: Term = coded("Down syndrome", "41040004");
pub(super) const LEARNING_DISABILITY: Term = coded("Intellectual disability", "110359009");
pub(super) const CONSTIPATION: Term = coded("Constipation", "14760008");
pub(super) const IRON_DEFICIENCY: Term = coded("Iron deficiency anaemia", "87522002");
pub(super) const PULMONARY_EMBOLISM: Term = coded("Pulmonary embolism", "59282003");
pub(super) const GOUT: Term = coded("Gout", "90560007");
pub(super) const REFLUX: Term = coded("Gastro-oesophageal reflux disease", "235595009");
pub(super) const CHOLESTEROL: Term = coded("Hypercholesterolaemia", "13644009");
pub(super) const OBESITY: Term = coded("Obesity", "414916001");
pub(super) const PARKINSONS: Term = coded("Parkinson's disease", "49049000");
pub(super) const URINARY_INFECTION: Term = coded("Urinary tract infection", "68566005");
pub(super) const SEPSIS: Term = coded("Sepsis", "91302008");
pub(super) const PREGNANCY: Term = coded("Pregnancy", "77386006");
pub(super) const HEARING_LOSS: Term = words("Hearing loss, left ear");
pub(super) const CHILD_PROTECTION: Term = coded("Subject to child protection plan", "342191000000101");
pub(super) const CHILD_SAFEGUARDING: Term =
    coded("Child is cause for safeguarding concern", "836881000000105");
pub(super) const ADULT_SAFEGUARDING: Term = coded("Adult safeguarding concern", "766561000000109");

pub(super) const CATARACT_SURGERY: Term = coded("Cataract surgery", "110473004");
pub(super) const HIP_REPLACEMENT: Term = coded("Total replacement of hip", "52734007");
pub(super) const KNEE_REPLACEMENT: Term = coded("Total replacement of knee joint", "609588000");
pub(super) const APPENDICECTOMY: Term = coded("Appendicectomy", "80146002");
pub(super) const CAESAREAN: Term = coded("Caesarean section", "11466000");
pub(super) const DEBRIDEMENT: Term = coded("Debridement", "36777000");
pub(super) const CHEST_XRAY: Term = coded("Plain chest X-ray", "399208008");
pub(super) const CT_HEAD: Term = coded("Computed tomography of head", "303653007");
pub(super) const ECG: Term = coded("Electrocardiographic procedure", "29303009");
pub(super) const MEDICATION_REVIEW: Term = coded("Medication review", "182836005");

pub(super) const PENICILLIN_ALLERGY: Term = coded("Allergy to penicillin", "91936005");
pub(super) const AMOXICILLIN_ALLERGY: Term = coded("Allergy to amoxicillin", "294505008");
pub(super) const PEANUT_ALLERGY: Term = coded("Allergy to peanut", "91935009");
pub(super) const LATEX_ALLERGY: Term = coded("Latex allergy", "300916003");
pub(super) const EGG_ALLERGY: Term = coded("Allergy to egg protein", "91930004");
pub(super) const NO_KNOWN_ALLERGIES: Term = coded("No known allergy", "716186003");

pub(super) const ANAPHYLAXIS: Term = coded("Anaphylaxis", "39579001");
pub(super) const RASH: Term = coded("Rash", "271807003");
pub(super) const URTICARIA: Term = coded("Urticaria", "126485001");
pub(super) const NAUSEA: Term = coded("Nausea", "422587007");
pub(super) const SWELLING: Term = coded("Angioedema", "41291007");

pub(super) const NOT_FOR_CPR: Term = coded("Not for cardiopulmonary resuscitation", "450476008");
