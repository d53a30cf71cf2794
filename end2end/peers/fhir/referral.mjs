// A referral of a new patient as another system sends it: to a service of the demonstration, from one of its doctors.

import { randomUUID } from "node:crypto";

const NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number";
const OTHER_SYSTEM = "https://records.example/referral";

/** A transaction with a patient and a request. Every call is another patient, all with this family name. */
export function referralOf(family) {
    const [patient, request] = [randomUUID(), randomUUID()];
    const number = nhsNumber();
    return {
        resourceType: "Bundle",
        type: "transaction",
        entry: [
            entry(patient, `identifier=${NHS_NUMBER}|${number}`, {
                resourceType: "Patient",
                id: patient,
                active: true,
                identifier: [{ system: NHS_NUMBER, value: number }],
                name: [{ use: "official", family, given: ["Ottoline"] }],
                gender: "female",
                birthDate: "1961-05-17",
                telecom: [{ system: "phone", use: "mobile", value: "07700 900987" }],
            }),
            entry(request, `identifier=${OTHER_SYSTEM}|${request}`, {
                resourceType: "ServiceRequest",
                id: request,
                identifier: [{ system: OTHER_SYSTEM, value: request }],
                status: "active",
                intent: "order",
                priority: "routine",
                code: { coding: [{ system: "http://snomed.info/sct", code: "3457005", display: "Patient referral" }] },
                subject: { reference: `urn:uuid:${patient}` },
                requester: known("Practitioner", "staff|amara-osei"),
                performer: [known("HealthcareService", "service|heart")],
                authoredOn: new Date().toISOString(),
                note: [{ text: "Thank you for seeing this lady with palpitations over three months." }],
            }),
        ],
    };
}

function entry(id, ifNoneExist, resource) {
    return { fullUrl: `urn:uuid:${id}`, resource, request: { method: "POST", url: resource.resourceType, ifNoneExist } };
}

/** A reference to something of the demonstration. */
function known(type, identifier) {
    return { type, reference: `${type}?identifier=https://waymark.example/id/${identifier}` };
}

/** A number with its check digit (modulus 11), from the range that is kept for tests. */
function nhsNumber() {
    for (;;) {
        const nine = `999${String(Math.floor(Math.random() * 1e6)).padStart(6, "0")}`;
        const sum = [...nine].reduce((sum, digit, index) => sum + Number(digit) * (10 - index), 0);
        const check = (11 - (sum % 11)) % 11;
        if (check < 10) return nine + check;
    }
}
