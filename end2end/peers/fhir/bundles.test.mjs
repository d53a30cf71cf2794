// The demonstration's bundles, judged by validators that others wrote, and as transactions (FHIR R4 section 3.1.0.11).

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { eachReference, writtenBundles } from "./demonstration.mjs";
import { References, assertAccepted, saidAgainst } from "./judges.mjs";

const URN = /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
let bundles;

before(async () => {
    bundles = await writtenBundles();
});

test("each validator refuses what is wrong", async () => {
    const wrong = [
        { resourceType: "Task", id: "without-intent", status: "requested" },
        { resourceType: "Patient", id: "unknown-element", surname: "Hale" },
        { resourceType: "Patient", id: "not-a-list", name: { family: "Hale" } },
        { resourceType: "Referral", id: "no-such-type" },
    ];
    for (const [judge, lines] of Object.entries(await saidAgainst(wrong))) {
        for (const { id } of wrong) assert.ok(lines.some((line) => line.includes(` ${id}: `)), `${judge} takes ${id}`);
    }
    const astray = { resourceType: "Condition", id: "astray", subject: { reference: "Organization/1" } };
    const said = await saidAgainst([astray]);
    assert.ok(said["npm fhir"].length > 0 && said["npm @medplum/core"].length > 0, "a reference to a wrong type");
});

test("there is something of every kind that a referral needs", () => {
    const kinds = new Set(bundles.flatMap(({ bundle }) => bundle.entry.map(({ resource }) => resource.resourceType)));
    const needed = [
        "Appointment", "DiagnosticReport", "DocumentReference", "HealthcareService", "Organization", "Patient", "Practitioner",
        "PractitionerRole", "QuestionnaireResponse", "ServiceRequest", "Task",
    ];
    assert.deepEqual(needed.filter((kind) => !kinds.has(kind)), []);
});

test("every bundle and every resource is accepted by all validators as it is written", async () => {
    await assertAccepted(bundles.map(({ bundle }) => bundle), References.InTransit);
    await assertAccepted(bundles.flatMap(({ bundle }) => bundle.entry.map(({ resource }) => resource)), References.InTransit);
});

test("every resource is accepted by all validators as a server stores it, with every reference followed", async () => {
    await assertAccepted(stored(bundles), References.Stored);
});

test("every entry of a transaction says what is to be done and under which address others refer to it", () => {
    const addresses = new Set();
    const conditions = new Set();
    for (const { name, bundle } of bundles) {
        assert.equal(bundle.type, "transaction", name);
        for (const [index, { fullUrl, request, resource }] of bundle.entry.entries()) {
            const at = `${name} entry[${index}]`;
            assert.match(fullUrl, URN, at);
            assert.ok(!addresses.has(fullUrl), `${at}: ${fullUrl} is there twice`);
            addresses.add(fullUrl);
            assert.equal(fullUrl, `urn:uuid:${resource.id}`, at);
            assert.deepEqual([request.method, request.url], ["POST", resource.resourceType], at);
            if (request.ifNoneExist === undefined) continue;
            const condition = `${resource.resourceType}?${request.ifNoneExist}`;
            assert.ok(identifiersOf(resource).includes(condition), `${at}: ${condition} would not find it again`);
            assert.ok(!conditions.has(condition), `${at}: ${condition} stands for two`);
            conditions.add(condition);
        }
    }
});

test("every reference leads to one resource of its own bundle, or to one that an earlier bundle brought", () => {
    const earlier = [];
    for (const { name, bundle } of bundles) {
        const own = new Set(bundle.entry.map(({ fullUrl }) => fullUrl));
        earlier.push(...bundle.entry.flatMap(({ resource }) => identifiersOf(resource)));
        for (const [index, { resource }] of bundle.entry.entries()) {
            eachReference(resource, ({ reference }, place) => {
                const at = `${name} entry[${index}]${place}: ${reference}`;
                if (reference.includes("?")) assert.equal(earlier.filter((known) => known === reference).length, 1, at);
                else assert.ok(own.has(reference), at);
            });
        }
    }
});

/** The searches that find a resource by one of its identifiers. */
function identifiersOf({ resourceType, identifier }) {
    return [identifier ?? []].flat().map(({ system, value }) => `${resourceType}?identifier=${system}|${value}`);
}

/** All resources with references as a server writes them once it has carried the transactions out. */
function stored(bundles) {
    const places = new Map();
    for (const { fullUrl, resource } of bundles.flatMap(({ bundle }) => bundle.entry)) {
        const place = `${resource.resourceType}/${resource.id}`;
        for (const address of [fullUrl, ...identifiersOf(resource)]) places.set(address, place);
    }
    const resources = structuredClone(bundles.flatMap(({ bundle }) => bundle.entry.map(({ resource }) => resource)));
    eachReference(resources, (value) => {
        value.reference = places.get(value.reference) ?? value.reference;
    });
    return resources;
}
