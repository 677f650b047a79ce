#!/usr/bin/env python3
"""Counts what is in each Synthea bundle, straight from the JSON and without Curlew.

    synthea_counts.py FOLDER

One line of JSON for each file in name order:

    {"file": ..., "patient": ..., "conditions_active": n, "conditions_past": n, "allergies": n,
     "medication_products": n, "medication_lines": n, "immunisations": n, "encounters": n}

What is counted:

* Conditions are active when their clinical status is active, recurrence or relapse; past otherwise.
* Allergies, immunisations and encounters: one for each resource, whatever its status.
* medication_products: distinct coded products (system and code) among MedicationRequest, MedicationStatement,
  MedicationDispense and MedicationAdministration.
* medication_lines: the same products, those taken as one whose names are alike once strengths (numbers, with or
  without a unit) and the words of plain oral forms (tablet, capsule, oral) are left out. Two strengths of one
  tablet are one line; a cream, an inhaler or a modified-release tablet of the same drug is another.

Resources that say they were entered in error are left out. Only Python's standard library is used.
"""

import json
import pathlib
import re
import sys

STRENGTH_UNITS = (
    "mg g mcg microgram micrograms nanogram nanograms ml l unit units iu mmol hr hour actuat ug".split()
)
PLAIN_FORMS = "tablet tablets tab tabs capsule capsules cap caps caplet caplets oral".split()
MEDICINES = {"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"}


def codes(concept):
    return [coding.get("code") for coding in (concept or {}).get("coding", [])]


def entered_in_error(resource):
    return (
        resource.get("status") == "entered-in-error"
        or "entered-in-error" in codes(resource.get("verificationStatus"))
    )


def substance(name):
    """The words of a product's name that tell it from another."""
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", name.lower())
    kept = []
    for word in words:
        number = re.match(r"[0-9]+", word)
        rest = word[number.end():] if number else word
        if number and (rest in ("", "h") or rest in STRENGTH_UNITS or rest in PLAIN_FORMS):
            continue
        if word in STRENGTH_UNITS or word in PLAIN_FORMS:
            continue
        kept.append(word)
    return " ".join(kept)


def product(resource, medications):
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        reference = (resource.get("medicationReference") or {}).get("reference", "")
        concept = (medications.get(reference) or {}).get("code")
    concept = concept or {}
    keys = [f"{c.get('system')}|{c['code']}" for c in concept.get("coding", []) if c.get("code")]
    displays = [c["display"] for c in concept.get("coding", []) if c.get("display")]
    name = concept.get("text") or (displays[0] if displays else "")
    return keys, name


def medication_lines(products):
    """How many sets the products fall into, one when they share a code or a substance."""
    sets = []
    for keys, name in products:
        own = set(keys) | ({"name " + substance(name)} if substance(name) else set())
        touched = [one for one in sets if one & own]
        sets = [one for one in sets if not one & own]
        sets.append(own.union(*touched))
    return len(sets)


def count(bundle):
    resources = [entry["resource"] for entry in bundle["entry"] if "resource" in entry]
    medications = {}
    for entry in bundle["entry"]:
        resource = entry.get("resource", {})
        if resource.get("resourceType") == "Medication":
            medications[entry.get("fullUrl")] = resource
            medications["Medication/" + resource.get("id", "")] = resource
    kept = [resource for resource in resources if not entered_in_error(resource)]

    def of(*types):
        return [resource for resource in kept if resource["resourceType"] in types]

    conditions = of("Condition")
    active = [
        condition
        for condition in conditions
        if set(codes(condition.get("clinicalStatus"))) & {"active", "recurrence", "relapse"}
    ]
    products = [product(resource, medications) for resource in of(*MEDICINES)]
    return {
        "patient": of("Patient")[0]["id"],
        "conditions_active": len(active),
        "conditions_past": len(conditions) - len(active),
        "allergies": len(of("AllergyIntolerance")),
        "medication_products": len({tuple(keys) or name for keys, name in products}),
        "medication_lines": medication_lines(products),
        "immunisations": len(of("Immunization")),
        "encounters": len(of("Encounter")),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        with path.open(encoding="utf-8") as file:
            counted = count(json.load(file))
        print(json.dumps({"file": path.name, **counted}, ensure_ascii=False))


if __name__ == "__main__":
    main()
