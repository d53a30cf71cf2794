// Notices on a patient's phone: from the act of staff to the words on a locked screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, SPECIALIST, asPatient, lastText, linkIn, signIn } from "../../lib/people.mjs";
import { everyOne, openTexts, startOperated, textsGoTo } from "../../lib/provider.mjs";
import { find, reference } from "../../lib/referrals.mjs";
import { story } from "../../lib/story.mjs";
import { within } from "../../lib/wait.mjs";
import { openPushService } from "./service.mjs";
import { freshKeys, readVapid } from "./vapid.mjs";
import { permit, workerOf } from "./worker.mjs";

const SUBJECT = "mailto:operator@wrenfield-hospitals.example";
const DAY_S = 24 * 3600;
/** Words that a notice must never contain. */
const CLINICAL = /joint|rheum|knee|swollen|blood|heart|skin|eye\b|ear\b|diabet|cancer|clinic\b|diagnos|hospital|doctor|dr\b/i;

test("a notice reaches the phone, reveals nothing, and ends with the subscription", async (t) => {
    const keys = freshKeys();
    const push = await openPushService();
    const texts = await openTexts();
    const browser = await openBrowser();
    let waymark;
    try {
        waymark = await startOperated({
            ...textsGoTo(texts.url),
            WAYMARK_PUSH_SUBJECT: SUBJECT,
            WAYMARK_PUSH_VAPID_PRIVATE_KEY: keys.privateKey,
            WAYMARK_PUSH_ALLOWED_ORIGINS: push.url,
        });
        await notices(t, waymark.url, browser, { push, texts, keys });
    } finally {
        await everyOne(() => browser.close(), () => waymark?.stop(), () => texts.close(), () => push.close());
    }
});

async function notices(t, url, browser, { push, texts, keys }) {
    const step = story(t, browser, "peer-push");
    const [specialist, coordinator] = [await browser.person(LAPTOP), await browser.person(LAPTOP)];
    const phone = await browser.person(PHONE);
    let patient;
    let subscription;
    let secrets;
    let payload;
    let worker;

    await step("a patient signs in", async () => {
        await signIn(specialist.page, url, SPECIALIST);
        await signIn(coordinator.page, url, COORDINATOR);
        [patient] = await find(specialist.page, url, "received", 1);
        secrets = [...patient.name.split(" "), patient.mobile.slice(3), patient.born, await number(specialist.page, url, patient)];
        await ask(specialist.page, url, patient);
        const text = await lastText(texts.url, patient.mobile, (body) => body.includes("/r/"));
        await asPatient(phone.page, texts.url, linkIn(text.body), patient);
    });

    await step("notices are offered where they are possible, and not where the browser refuses them", async () => {
        const { page } = phone;
        const offer = page.locator(".app-notices");
        await permit(phone, url, "denied");
        await page.reload();
        await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
        assert.equal(await offer.isVisible(), false);
        for (const setting of ["prompt", "granted"]) {
            await permit(phone, url, setting);
            await page.reload();
            await offer.getByRole("heading", { name: "Notices" }).waitFor();
            await offer.getByText("We can tell you on this phone or computer when something changes.").waitFor();
        }
        await offer.getByRole("button", { name: "Tell me on this device" }).click();
        // This browser has no push service of its own, so that the answer is no; a patient is told, and loses nothing.
        await offer.getByText("Notices could not be switched on here. We still write to you as before.").waitFor();
        await offer.getByRole("button", { name: "Tell me on this device" }).waitFor();
        await forgiven(browser, /does not support the Push API in incognito mode/);
    });

    await step("the page gives browsers the operator's public key", async () => {
        assert.equal(await publicKey(phone.page), keys.publicKey);
    });

    await step("a subscription with a known push service is kept, and one with any other address is not", async () => {
        subscription = await push.subscribe(await publicKey(phone.page));
        const elsewhere = { ...subscription, endpoint: subscription.endpoint.replace("127.0.0.1", "localhost") };
        const keyless = { ...subscription, p256dh: "AAAA" };
        for (const wrong of [elsewhere, keyless]) {
            const status = await phone.expecting(422, () => subscribe(phone.page, patient, wrong));
            assert.equal(status, 422);
        }
        assert.equal(await subscribe(phone.page, patient, subscription), 200);
    });

    await step("an act of staff brings one notice of three parts that reveals nothing", async () => {
        await remind(coordinator.page, url, patient);
        await lastText(texts.url, patient.mobile, (body) => body.includes("still waiting"));
        const [notice] = await arrived(1);
        payload = notice;
        assertHarmless(payload, url, secrets);
        const read = await browser.person(PHONE);
        await read.page.goto(JSON.parse(payload).url);
        await read.page.waitForURL("**/verify");
        await read.leave();
    });

    await step("the request is as RFC 8030, 8188 and 8292 have it", () => {
        const now = Date.now() / 1000;
        const [{ asked, answered }] = push.calls(subscription.hash);
        assert.equal(answered.status, 201, answered.body.toString());
        assert.equal(asked.method, "POST");
        assert.equal(asked.headers["content-encoding"], "aes128gcm");
        assert.equal(asked.headers["content-type"], "application/octet-stream");
        assert.ok(asked.body.length <= 4096, `${asked.body.length} bytes`);
        assert.match(asked.headers.ttl, /^\d+$/);
        assert.match(asked.headers.urgency ?? "normal", /^(very-low|low|normal|high)$/);
        assert.match(asked.headers.topic ?? "none", /^[A-Za-z0-9]{1,32}$/, "a push service refuses others");
        assert.equal(asked.headers.cookie, undefined);
        const { head, claims, key } = readVapid(asked.headers.authorization);
        assert.equal(head.alg, "ES256");
        assert.equal(key, keys.publicKey);
        assert.equal(claims.aud, push.url, "the exact origin, with its port");
        assert.equal(claims.sub, SUBJECT);
        assert.ok(claims.exp > now && claims.exp <= now + DAY_S, `it ends ${claims.exp - now} s from now`);
    });

    await step("another act brings another notice, encrypted anew", async () => {
        await accept(specialist.page, url, patient);
        const both = await arrived(2);
        assertHarmless(both[1], url, secrets);
        assert.notEqual(JSON.parse(both[1]).body, JSON.parse(both[0]).body);
        const [first, second] = push.calls(subscription.hash);
        assert.notDeepEqual(first.asked.body.subarray(0, 86), second.asked.body.subarray(0, 86), "salt and key are new");
    });

    await step("the worker shows the notice on the screen, and where it leads is ours", async () => {
        worker = await workerOf(phone);
        const { title, body, url: address } = JSON.parse(payload);
        assert.deepEqual(await worker.deliver(payload), { title, body, tag: "waymark", data: { url: address } });
    });

    await step("a later notice takes the place of an earlier one", async () => {
        const [earlier, later] = await push.notices(subscription.hash);
        await worker.deliver(earlier);
        await worker.send(later);
        assert.deepEqual((await worker.notices()).map(({ body }) => body), [JSON.parse(later).body]);
    });

    await step("whatever else comes, the worker shows something harmless that leads to our own pages", async () => {
        const strange = [
            "", "{", "not json", "null", "42", '"text"', "[]", "{}", '{"title":5,"body":{"a":1},"url":7}', '{"title":"","body":""}',
            '{"url":"https://elsewhere.example/my"}', '{"url":"//elsewhere.example"}', '{"url":"javascript:alert(1)"}',
            '{"url":"data:text/html,x"}', '{"url":"http://["}', `{"url":"${url.replace("127.0.0.1", "localhost")}/my"}`,
        ];
        for (const data of strange) {
            const notice = await worker.deliver(data);
            assert.equal(notice.title, "Waymark", data);
            assert.equal(notice.body, "There is news. Open Waymark to read it.", data);
            assert.equal(notice.tag, "waymark", data);
            assert.equal(notice.data.url, `${url}/my`, data);
        }
    });

    await step("when the browser is gone it is told so once, the text comes all the same, and staff can see it", async () => {
        await push.expire(subscription.hash);
        const before = texts.texts().length;
        await remind(coordinator.page, url, patient);
        const refused = await within(20_000, "the last call", () => push.calls(subscription.hash)[2]);
        assert.equal(refused.answered.status, 410);
        await within(20_000, "the text", () => texts.texts().length > before);
        assert.match(texts.texts()[0].body, /not chosen an appointment time/);
        await within(20_000, "the log tells of it", async () => {
            await coordinator.page.goto(`${url}/messages?state=permanent-failure`);
            return (await coordinator.page.getByText("the browser no longer takes notices").count()) === 1;
        });
    });

    await step("after that the push service is not called again, and texts still come", async () => {
        await book(phone.page);
        await lastText(texts.url, patient.mobile, (body) => /booked|confirmed|appointment is/i.test(body));
        // Messages leave in the order in which they were written: once this one is here, nothing earlier waits.
        const [other] = await find(coordinator.page, url, "accepted", 1, (text) => !text.includes(patient.name.split(" ").at(-1)));
        await remind(coordinator.page, url, other);
        await lastText(texts.url, other.mobile, (body) => body.includes("/r/"));
        assert.equal(push.calls(subscription.hash).length, 3);
        assert.equal(push.all().length, 3, "nothing was sent elsewhere either");
        assert.equal((await push.notices(subscription.hash)).length, 2);
    });

    await step("a new subscription brings notices again", async () => {
        const fresh = await push.subscribe(await publicKeyOn(phone.page, url));
        assert.equal(await subscribe(phone.page, patient, fresh), 200);
        await remind(coordinator.page, url, patient);
        const [notice] = await within(20_000, "a notice", async () => {
            const all = await push.notices(fresh.hash);
            return all.length > 0 && all;
        });
        assertHarmless(notice, url, secrets);
        assert.equal(push.calls(subscription.hash).length, 3);
    });

    /** The notices so far, once there are this many. */
    async function arrived(count) {
        const all = await within(20_000, `${count} notices`, async () => {
            const all = await push.notices(subscription.hash);
            return all.length >= count && all;
        });
        assert.equal(all.length, count);
        return all;
    }
}

/** Takes the one fault that is meant out of what went wrong. */
async function forgiven({ faults }, meant) {
    const at = await within(10_000, String(meant), () => faults.findIndex((fault) => meant.test(fault)) + 1);
    faults.splice(at - 1, 1);
}

/** Fails unless a notice may be read by anyone who sees the phone. */
function assertHarmless(payload, url, secrets) {
    const notice = JSON.parse(payload);
    assert.deepEqual(Object.keys(notice).toSorted(), ["body", "title", "url"]);
    const words = `${notice.title} ${notice.body}`;
    assert.ok(notice.title.length > 0 && notice.body.length > 0 && words.length < 160, words);
    assert.doesNotMatch(words, CLINICAL);
    for (const secret of secrets) assert.ok(!payload.toLowerCase().includes(secret.toLowerCase()), `${secret} in ${payload}`);
    assert.equal(new URL(notice.url).origin, url);
}

/** The key for browsers that stands in the page. */
async function publicKey(page) {
    const island = page.locator('leptos-island[data-component^="PushOptIn"]');
    return JSON.parse(await island.getAttribute("data-props")).vapid_public_key;
}

async function publicKeyOn(page, url) {
    await page.goto(`${url}/my`);
    return publicKey(page);
}

/** Sends a subscription as the page does; the answer's status. */
function subscribe(page, patient, { endpoint, p256dh, auth }) {
    const fields = { referral: patient.path.split("/").pop(), endpoint, p256dh, auth };
    return page.evaluate(async (fields) => {
        const answer = await fetch("/api/push-subscribe", { method: "POST", body: new URLSearchParams(fields) });
        return answer.status;
    }, fields);
}

async function number(page, url, referral) {
    await page.goto(url + referral.path);
    return reference(page);
}

async function ask(page, url, referral) {
    await page.goto(url + referral.path);
    await page.getByRole("radio", { name: "Ask for information" }).check();
    await page.getByLabel("Reason, when you ask").selectOption({ label: "The list of medicines is missing" });
    await page.getByRole("textbox", { name: "For the patient" }).fill("Please send us a photo of your list of medicines.");
    await page.getByRole("button", { name: "Record the decision" }).click();
    await page.getByText("The question is sent to whoever is asked.").waitFor();
}

async function accept(page, url, referral) {
    await page.goto(url + referral.path);
    await page.getByRole("radio", { name: "Accept", exact: true }).check();
    await page.getByLabel("Priority, when you accept").selectOption("urgent");
    await page.getByRole("button", { name: "Record the decision" }).click();
    await page.getByText("Accepted. The patient is asked to choose a time.").waitFor();
}

async function remind(page, url, referral) {
    await page.goto(url + referral.path);
    await page.locator("#act-remind > summary").click();
    await page.getByRole("button", { name: "Send the reminder" }).click();
    await page.getByText("The reminder is on its way.").waitFor();
}

/** The patient takes the first time that is offered. */
async function book(page) {
    await page.reload();
    await page.getByRole("link", { name: "Choose a time" }).first().click();
    await page.waitForURL("**/times");
    await page.getByRole("button", { name: /^Hold this time/ }).first().click();
    await page.waitForURL("**/confirm");
    await page.getByRole("button", { name: "Confirm this time" }).click();
    await page.waitForURL("**/my");
    await page.getByText(/Booked: \w+ \d/).first().waitFor();
}
