//! The person, those around them, and those who care for them.

use crate::datatypes::{
    Address, Annotation, Attachment, CodeableConcept, ContactPoint, Extension, HumanName, Identifier, Period,
    PrimitiveExtension, Quantity, Reference,
};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// The person the record is about.
    Patient: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        name: Vec<HumanName> = "name",
        telecom: Vec<ContactPoint> = "telecom",
        gender: Option<String> = "gender",
        birth_date: Option<FhirDateTime> = "birthDate",
        birth_date_extension: Option<PrimitiveExtension> = "_birthDate",
        deceased: Option<Value> = "deceased[x]",
        address: Vec<Address> = "address",
        marital_status: Option<CodeableConcept> = "maritalStatus",
        multiple_birth: Option<Value> = "multipleBirth[x]",
        photo: Vec<Attachment> = "photo",
        contact: Vec<PatientContact> = "contact",
        communication: Vec<PatientCommunication> = "communication",
        general_practitioner: Vec<Reference> = "generalPractitioner",
        managing_organization: Option<Reference> = "managingOrganization",
        link: Vec<PatientLink> = "link",
    }

    /// Somebody to get in touch with about the person.
    PatientContact {
        extension: Vec<Extension> = "extension",
        relationship: Vec<CodeableConcept> = "relationship",
        name: Option<HumanName> = "name",
        telecom: Vec<ContactPoint> = "telecom",
        address: Option<Address> = "address",
        gender: Option<String> = "gender",
        organization: Option<Reference> = "organization",
        period: Option<Period> = "period",
    }

    /// A language the person can be spoken to in.
    PatientCommunication {
        extension: Vec<Extension> = "extension",
        language: Option<CodeableConcept> = "language",
        preferred: Option<bool> = "preferred",
    }

    /// Another record of the same person: `replaced-by`, `replaces`, `refer` or `seealso`.
    PatientLink {
        other: Option<Reference> = "other",
        type_: Option<String> = "type",
    }

    /// Somebody who stands in a relationship to the person.
    RelatedPerson: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        patient: Option<Reference> = "patient",
        relationship: Vec<CodeableConcept> = "relationship",
        name: Vec<HumanName> = "name",
        telecom: Vec<ContactPoint> = "telecom",
        gender: Option<String> = "gender",
        birth_date: Option<FhirDateTime> = "birthDate",
        address: Vec<Address> = "address",
        period: Option<Period> = "period",
        communication: Vec<PatientCommunication> = "communication",
    }

    /// A professional.
    Practitioner: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        name: Vec<HumanName> = "name",
        telecom: Vec<ContactPoint> = "telecom",
        address: Vec<Address> = "address",
        gender: Option<String> = "gender",
        qualification: Vec<Qualification> = "qualification",
    }

    /// What a professional is qualified in.
    Qualification {
        identifier: Vec<Identifier> = "identifier",
        code: Option<CodeableConcept> = "code",
        period: Option<Period> = "period",
        issuer: Option<Reference> = "issuer",
    }

    /// What a professional does for an organisation.
    PractitionerRole: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        period: Option<Period> = "period",
        practitioner: Option<Reference> = "practitioner",
        organization: Option<Reference> = "organization",
        code: Vec<CodeableConcept> = "code",
        specialty: Vec<CodeableConcept> = "specialty",
        location: Vec<Reference> = "location",
        healthcare_service: Vec<Reference> = "healthcareService",
        telecom: Vec<ContactPoint> = "telecom",
    }

    /// An organisation: in England usually known by its ODS code.
    Organization: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        type_: Vec<CodeableConcept> = "type",
        name: Option<String> = "name",
        alias: Vec<String> = "alias",
        telecom: Vec<ContactPoint> = "telecom",
        address: Vec<Address> = "address",
        part_of: Option<Reference> = "partOf",
    }

    /// A place.
    Location: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        name: Option<String> = "name",
        alias: Vec<String> = "alias",
        description: Option<String> = "description",
        mode: Option<String> = "mode",
        type_: Vec<CodeableConcept> = "type",
        telecom: Vec<ContactPoint> = "telecom",
        address: Option<Address> = "address",
        physical_type: Option<CodeableConcept> = "physicalType",
        managing_organization: Option<Reference> = "managingOrganization",
        part_of: Option<Reference> = "partOf",
    }

    /// A service somebody can be referred to.
    HealthcareService: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        provided_by: Option<Reference> = "providedBy",
        category: Vec<CodeableConcept> = "category",
        type_: Vec<CodeableConcept> = "type",
        specialty: Vec<CodeableConcept> = "specialty",
        location: Vec<Reference> = "location",
        name: Option<String> = "name",
        comment: Option<String> = "comment",
        telecom: Vec<ContactPoint> = "telecom",
    }

    /// A list of people, such as a caseload.
    Group: Base {
        identifier: Vec<Identifier> = "identifier",
        active: Option<bool> = "active",
        type_: Option<String> = "type",
        actual: Option<bool> = "actual",
        code: Option<CodeableConcept> = "code",
        name: Option<String> = "name",
        quantity: Option<i64> = "quantity",
        managing_entity: Option<Reference> = "managingEntity",
        member: Vec<GroupMember> = "member",
    }

    /// One of a group.
    GroupMember {
        entity: Option<Reference> = "entity",
        period: Option<Period> = "period",
        inactive: Option<bool> = "inactive",
    }

    /// Equipment: an implant, a hoist, a monitor.
    Device: Base {
        identifier: Vec<Identifier> = "identifier",
        udi_carrier: Vec<UdiCarrier> = "udiCarrier",
        status: Option<String> = "status",
        status_reason: Vec<CodeableConcept> = "statusReason",
        distinct_identifier: Option<String> = "distinctIdentifier",
        manufacturer: Option<String> = "manufacturer",
        manufacture_date: Option<FhirDateTime> = "manufactureDate",
        expiration_date: Option<FhirDateTime> = "expirationDate",
        lot_number: Option<String> = "lotNumber",
        serial_number: Option<String> = "serialNumber",
        device_name: Vec<DeviceName> = "deviceName",
        model_number: Option<String> = "modelNumber",
        type_: Option<CodeableConcept> = "type",
        patient: Option<Reference> = "patient",
        owner: Option<Reference> = "owner",
        location: Option<Reference> = "location",
        note: Vec<Annotation> = "note",
        safety: Vec<CodeableConcept> = "safety",
    }

    /// A device's printed identity.
    UdiCarrier {
        device_identifier: Option<String> = "deviceIdentifier",
        carrier_hrf: Option<String> = "carrierHRF",
    }

    /// A name of a device, and what kind of name it is.
    DeviceName {
        name: Option<String> = "name",
        type_: Option<String> = "type",
    }

    /// That somebody uses a device.
    DeviceUseStatement: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        subject: Option<Reference> = "subject",
        timing: Option<Value> = "timing[x]",
        recorded_on: Option<FhirDateTime> = "recordedOn",
        source: Option<Reference> = "source",
        device: Option<Reference> = "device",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        body_site: Option<CodeableConcept> = "bodySite",
        note: Vec<Annotation> = "note",
    }

    /// Something delivered, such as equipment or dressings.
    SupplyDelivery: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        patient: Option<Reference> = "patient",
        type_: Option<CodeableConcept> = "type",
        supplied_item: Option<SuppliedItem> = "suppliedItem",
        occurrence: Option<Value> = "occurrence[x]",
        supplier: Option<Reference> = "supplier",
        destination: Option<Reference> = "destination",
        receiver: Vec<Reference> = "receiver",
    }

    /// What was delivered, and how much.
    SuppliedItem {
        quantity: Option<Quantity> = "quantity",
        item: Option<Value> = "item[x]",
    }
}
