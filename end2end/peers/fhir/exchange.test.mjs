// FHIR over HTTP, spoken by clients that others wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MedplumClient, OperationOutcomeError, evalFhirPath } from "@medplum/core";
import { Client } from "fhir-kit-client";
import { LAPTOP, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, signIn } from "../../lib/people.mjs";
import { everyOne, startOperated } from "../../lib/provider.mjs";
import { References, assertAccepted } from "./judges.mjs";
import { referralOf } from "./referral.mjs";

const HOSPITAL = "Wrenfield Hospitals NHS Trust";
const FAMILY = "Featherstonehaugh";
/** Element names and places in lists, which is all that an issue's expression may have (FHIR R4, OperationOutcome). */
const PLACE = /^[A-Z][A-Za-z]*(\.[a-z][A-Za-z0-9]*(\[\d+\])?)*$/;

test("other systems send FHIR", async (t) => {
    const waymark = await startOperated();
    const browser = await openBrowser();
    try {
        const { page } = await browser.person(LAPTOP);
        await signIn(page, waymark.url, COORDINATOR);
        await exchange(t, waymark.url, await tokenOf(waymark), page);
    } finally {
        await everyOne(() => browser.close(), () => waymark.stop());
    }
});

async function exchange(t, url, token, page) {
    const base = `${url}/fhir/R4`;
    const medplum = new MedplumClient({ baseUrl: `${url}/`, accessToken: token });
    const kit = new Client({ baseUrl: base, bearerToken: token });

    await t.test("a transaction that @medplum/core sends is taken in, and the coordinator finds the referral", async () => {
        const bundle = referralOf(FAMILY);
        await assertAccepted([bundle], References.InTransit);
        const outcome = await medplum.executeBatch(bundle);
        await assertGood(outcome);
        assert.equal(await found(page, url, FAMILY), 1);
    });

    await t.test("a transaction that fhir-kit-client sends is taken in", async () => {
        const bundle = referralOf(`${FAMILY}-Kit`);
        const outcome = await kit.transaction({ body: bundle });
        await assertGood(outcome);
        assert.equal(await found(page, url, `${FAMILY}-Kit`), 1);
    });

    await t.test("the same transaction again changes nothing and is no error", async () => {
        const bundle = referralOf(`${FAMILY}-Twice`);
        for (let time = 0; time < 2; time++) await assertGood(await medplum.executeBatch(bundle));
        assert.equal(await found(page, url, `${FAMILY}-Twice`), 1);
    });

    await t.test("a transaction repeated with its idempotency key is answered as the first time", async () => {
        const bundle = referralOf(`${FAMILY}-Key`);
        const send = () => post(base, token, JSON.stringify(bundle), { "idempotency-key": "a lost answer" });
        const [first, second] = [await send(), await send()];
        for (const answer of [first, second]) {
            assert.equal(answer.status, 200, JSON.stringify(answer.outcome));
            await assertGood(answer.outcome);
        }
        assert.equal(await found(page, url, `${FAMILY}-Key`), 1);
    });

    await t.test("what is not FHIR is refused with an outcome", async () => {
        const wrong = {
            "no resource": '{"hello":"world"}',
            XML: '<Patient xmlns="http://hl7.org/fhir"/>',
            nothing: "",
            "half a file": '{"resourceType":',
        };
        for (const [what, body] of Object.entries(wrong)) {
            const answer = await post(base, token, body);
            await assertRefused(answer, [400, 422], what);
        }
    });

    await t.test("a referral without a patient is refused whole", async () => {
        for (const bundle of Object.values(withoutPatient())) {
            const { family } = bundle.entry[0].resource.name[0];
            const answer = await post(base, token, JSON.stringify(bundle));
            await assertRefused(answer, [400, 422], family);
            const thrown = await medplum.executeBatch(bundle).then(() => null, (error) => error);
            assert.ok(thrown instanceof OperationOutcomeError, "@medplum/core understands the refusal");
            assert.deepEqual(thrown.outcome.issue, answer.outcome.issue);
            assert.equal(await found(page, url, family), 0, "nothing of it is kept");
        }
    });

    await t.test("a refusal says in which element the fault is", async () => {
        for (const [what, bundle] of Object.entries(withoutPatient())) {
            const { outcome } = await post(base, token, JSON.stringify(bundle));
            assertPlaces(outcome, bundle);
            const places = outcome.issue.flatMap(({ expression }) => expression ?? []);
            assert.ok(places.some((place) => place.startsWith("Bundle.entry[1].resource.subject")), `${what}: ${places}`);
        }
    });

    await t.test("what is here already is named by its place in what was sent", async () => {
        const bundle = referralOf(`${FAMILY}-Named`);
        await medplum.executeBatch(bundle);
        assertPlaces(await medplum.executeBatch(bundle), bundle);
    });

    await t.test("nobody sends anything without a token of ours", async () => {
        const bundle = referralOf(`${FAMILY}-Nobody`);
        for (const wrong of [null, "", "not-a-token", token.slice(1)]) {
            const answer = await post(base, wrong, JSON.stringify(bundle));
            await assertRefused(answer, [401], `token ${wrong}`);
            // RFC 9110 section 15.5.2: an answer of 401 names the way to sign in.
            assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer\b/);
        }
        assert.equal(await found(page, url, `${FAMILY}-Nobody`), 0);
    });
}

/** Referrals whose patient cannot be known: none is named, nobody here has the number, the address leads nowhere. */
function withoutPatient() {
    const [none, unknown, astray] = ["None", "Unknown", "Astray"].map((how) => referralOf(`${FAMILY}-${how}`));
    delete none.entry[1].resource.subject;
    unknown.entry[1].resource.subject.reference = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018";
    astray.entry[1].resource.subject.reference = "urn:uuid:00000000-0000-4000-8000-000000000000";
    return { none, unknown, astray };
}

/** A bearer token for another system of the hospital. */
async function tokenOf(waymark) {
    const known = await waymark.command("user", "list");
    const { organisation } = known.find((line) => line.organisation && line.name === HOSPITAL);
    const [{ token }] = await waymark.command("user", "token", "--name", "Records", "--organisation", organisation);
    return token;
}

async function post(base, token, body, more = {}) {
    const headers = { "content-type": "application/fhir+json", ...more };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(base, { method: "POST", headers, body });
    assert.match(answer.headers.get("content-type"), /^application\/fhir\+json/);
    return { status: answer.status, headers: answer.headers, outcome: await answer.json() };
}

/** Fails unless it is an outcome that the validators accept, and that tells of no error. */
async function assertGood(outcome) {
    await assertAccepted([outcome]);
    assert.equal(outcome.resourceType, "OperationOutcome");
    assert.deepEqual(outcome.issue.filter(({ severity }) => severity !== "information"), []);
}

async function assertRefused({ status, outcome }, statuses, what) {
    assert.ok(statuses.includes(status), `${what}: ${status}`);
    await assertAccepted([outcome]);
    assert.equal(outcome.resourceType, "OperationOutcome", what);
    const errors = outcome.issue.filter(({ severity }) => severity === "error" || severity === "fatal");
    assert.ok(errors.length > 0 && errors.every(({ diagnostics }) => diagnostics?.length > 10), what);
}

/** Every expression of an outcome leads to an element of what was sent, or to where one is missing. */
function assertPlaces({ issue }, bundle) {
    for (const expression of issue.flatMap((issue) => issue.expression ?? [])) {
        assert.match(expression, PLACE);
        const parent = expression.replace(/\.[^.]*$/, "");
        assert.ok(evalFhirPath(expression, bundle).length + evalFhirPath(parent, bundle).length > 0, expression);
    }
}

/** How many referrals of patients with exactly this family name the coordinator finds. */
async function found(page, url, family) {
    await page.goto(`${url}/worklist?q=${encodeURIComponent(family)}`);
    return page.getByRole("link", { name: `${family}, Ottoline`, exact: true }).count();
}
