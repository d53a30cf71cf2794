// Text messages: what leaves is judged by the provider's own description, and receipts are signed by its own libraries.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, SPECIALIST, asPatient, lastText, linkIn, signIn } from "../../lib/people.mjs";
import { ACCOUNT, everyOne, startOperated, textsGoTo } from "../../lib/provider.mjs";
import { fact, find } from "../../lib/referrals.mjs";
import { story } from "../../lib/story.mjs";
import { within } from "../../lib/wait.mjs";
import { remind } from "./coordinator.mjs";
import { assertFields, described, judged, openPrism } from "./prism.mjs";
import { signatureOf } from "./signer.mjs";

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT.sid}/Messages.json`;
/** Words that a message to a patient must never contain. */
const CLINICAL = /joint|rheum|knee|swollen|blood|heart|skin|cancer|clinic\b|diagnos/i;

test("texts fit the provider's description, and its signed receipts are believed", async (t) => {
    const description = await described();
    const prism = await openPrism();
    const browser = await openBrowser();
    let waymark;
    try {
        waymark = await startOperated(textsGoTo(prism.url));
        await textsAndReceipts(t, waymark.url, browser, prism, description);
    } finally {
        await everyOne(() => browser.close(), () => waymark?.stop(), () => prism.close());
    }
});

async function textsAndReceipts(t, url, browser, prism, { fields, parameters }) {
    const step = story(t, browser, "peer-sms");
    const coordinator = await browser.person(LAPTOP);
    const specialist = await browser.person(LAPTOP);
    let reminded;

    await step("the mock complains about what is wrong", async () => {
        const headers = { "content-type": "application/x-www-form-urlencoded", authorization: credentials() };
        const post = (path, form) => prism.ask({ method: "POST", path, headers, body: Buffer.from(form) });
        assert.equal((await post(MESSAGES, "To=%2B447700900123&From=%2B441632960123&Body=Hello")).status, 201);
        assert.equal((await post(MESSAGES, "From=%2B441632960123&Body=Hello")).status, 422, "nobody to send to");
        assert.equal((await post("/2010-04-01/Accounts/AC1/Messages.json", "To=%2B447700900123")).status, 422);
        const list = (query) => prism.ask({ method: "GET", path: `${MESSAGES}?${query}`, headers, body: Buffer.alloc(0) });
        assert.equal((await list("PageSize=100")).status, 200);
        assert.equal((await list("PageSize=many")).status, 422);
        delete headers.authorization;
        assert.equal((await post(MESSAGES, "To=%2B447700900123")).status, 401);
    });

    await step("what staff and patients do sends texts", async () => {
        await signIn(coordinator.page, url, COORDINATOR);
        await signIn(specialist.page, url, SPECIALIST);
        const [first, second] = await find(coordinator.page, url, "accepted", 2);
        const [booked] = await find(coordinator.page, url, "booked", 1);
        reminded = [first, second, booked];
        for (const patient of reminded) {
            await remind(coordinator.page, url, patient);
            await lastText(prism.url, patient.mobile, (body) => body.includes("/r/"));
        }
        const [declined] = await find(specialist.page, url, "received", 1);
        await decline(specialist.page, url, declined, "Please see your doctor, who has our advice.");
        await lastText(prism.url, declined.mobile, (body) => body.includes("/r/"));
        const phone = await browser.person(PHONE);
        const text = await lastText(prism.url, first.mobile, (body) => body.includes("/r/"));
        await asPatient(phone.page, prism.url, linkIn(text.body), first);
        assert.ok(prism.texts().length >= 5);
        await phone.leave();
    });

    await step("the mock takes every one without a complaint", () => {
        for (const exchange of prism.exchanges()) judged(exchange);
    });

    await step("every field that is sent stands in the description, once, and fits its form", () => {
        for (const exchange of prism.exchanges()) assertFields(exchange, fields);
    });

    await step("account, receiver, sender, words and callback are those that were meant", () => {
        const ids = new Set();
        for (const { asked } of prism.exchanges()) {
            assert.equal(asked.path, MESSAGES);
            assert.equal(asked.headers.authorization, credentials());
            const form = Object.fromEntries(new URLSearchParams(asked.body.toString()));
            assert.deepEqual(Object.keys(form).toSorted(), ["Body", "From", "StatusCallback", "To"]);
            assert.equal(form.From, ACCOUNT.from);
            assert.match(form.To, /^\+447700900\d{3}$/);
            assert.ok(form.Body.trim() === form.Body && form.Body.length > 0 && form.Body.length <= 1600, form.Body);
            assert.doesNotMatch(form.Body, CLINICAL);
            const callback = new URL(form.StatusCallback);
            assert.equal(callback.origin + callback.pathname, `${url}/hooks/twilio/status`);
            assert.deepEqual([...callback.searchParams.keys()], ["id"]);
            assert.equal(callback.hash, "");
            ids.add(callback.searchParams.get("id"));
        }
        assert.equal(ids.size, prism.exchanges().length, "each message has an id of its own");
        for (const patient of reminded) {
            const { body } = prism.texts().find((text) => text.to === patient.mobile && text.body.includes(`${url}/r/`));
            assert.match(body, /^Wrenfield Hospitals NHS Trust: /, "who is speaking");
            assert.ok(!body.includes(patient.name.split(" ").at(-1)), `first name at most: ${body}`);
        }
    });

    await step("a receipt that is not the provider's is refused and changes nothing", async () => {
        const { callback } = textTo(reminded[0]);
        const good = receiptFor("delivered");
        const before = await shown(coordinator.page, url, callback);
        assert.equal(before.delivery, "Accepted for sending");
        const signature = await signatureOf(ACCOUNT.token, callback, good);
        const elsewhere = textTo(reminded[1]).callback;
        const foreign = callback.replace(url, "https://elsewhere.example");
        const forged = {
            "without a signature": [callback, good, null],
            "with an empty signature": [callback, good, ""],
            "signed with another token": [callback, good, await signatureOf(`${ACCOUNT.token}x`, callback, good)],
            "with a changed parameter": [callback, { ...good, MessageStatus: ["sent"] }, signature],
            "with a parameter more": [callback, { ...good, ErrorCode: ["30003"] }, signature],
            "with a parameter less": [callback, { MessageStatus: ["delivered"] }, signature],
            "with a value twice as a new one": [callback, { ...good, To: ["+447700900123", "+447700900124"] }, signature],
            "for another message": [elsewhere, good, signature],
            "with more in the address": [`${callback}&more=1`, good, signature],
            "signed for another address": [callback, good, await signatureOf(ACCOUNT.token, foreign, good)],
        };
        for (const [how, [address, form, header]] of Object.entries(forged)) {
            assert.equal(await post(address, form, header), 403, how);
        }
        assert.equal((await fetch(callback)).status, 405, "a receipt is posted");
        assert.deepEqual(await shown(coordinator.page, url, callback), before);
        assert.equal((await shown(coordinator.page, url, elsewhere)).delivery, "Accepted for sending");
    });

    await step("a genuine receipt moves the message, whatever else the provider sends with it", async () => {
        const { callback } = textTo(reminded[0]);
        const more = { City: ["Łódź – Çeşme"], Wörter: ["ä ö ü + & = %"], Note: ["b", "a", "b"], Empty: [""] };
        assert.equal(await receive(callback, { ...receiptFor("sent"), ...more }), 204);
        assert.equal((await shown(coordinator.page, url, callback)).delivery, "Sent");
        assert.equal(await receive(callback, { ...receiptFor("delivered"), ...more }), 204);
        assert.equal((await shown(coordinator.page, url, callback)).delivery, "Delivered");
        await coordinator.page.goto(`${url}/messages`);
        const line = coordinator.page.locator("tr", { has: coordinator.page.locator(`a[href="/messages/${idIn(callback)}"]`) });
        await line.getByText("Delivered", { exact: true }).waitFor();
    });

    await step("receipts that come again or too late change nothing", async () => {
        const { callback } = textTo(reminded[0]);
        const before = await shown(coordinator.page, url, callback);
        for (const status of ["delivered", "sent", "queued", "undelivered", "a-word-of-tomorrow"]) {
            assert.equal(await receive(callback, receiptFor(status)), 204, status);
        }
        assert.deepEqual(await shown(coordinator.page, url, callback), before);
    });

    await step("a receipt that tells of a landline says that the text cannot be delivered", async () => {
        const { callback } = textTo(reminded[1]);
        assert.equal(await receive(callback, { ...receiptFor("undelivered"), ErrorCode: ["30006"] }), 204);
        const { delivery, words } = await shown(coordinator.page, url, callback);
        assert.equal(delivery, "Cannot be delivered");
        assert.match(words, /30006/);
    });

    await step("a genuine receipt for a message that we never sent is not found", async () => {
        const callback = textTo(reminded[0]).callback.replace(/id=.*/, "id=01990000-0000-7000-8000-000000000000");
        assert.equal(await receive(callback, receiptFor("delivered")), 404);
    });

    await step("a text whose answer was lost is looked up before it is sent again", async () => {
        const [asked] = await find(specialist.page, url, "received", 1);
        const before = prism.exchanges().length;
        prism.loseNextAnswer();
        await decline(specialist.page, url, asked, "Please see your doctor, who has our advice.");
        // The provider has half a minute to list it.
        const search = await within(60_000, "a search for the message", async () =>
            prism.exchanges().slice(before).find((exchange) => exchange.asked.method === "GET"),
        );
        judged(search);
        assert.equal(search.asked.headers.authorization, credentials());
        const { pathname, searchParams } = new URL(search.asked.path, url);
        assert.equal(pathname, MESSAGES);
        assert.deepEqual([...searchParams.keys()].filter((name) => !parameters.includes(name)), []);
        assert.equal(searchParams.get("To"), asked.mobile);
        const since = prism.exchanges().slice(before);
        assert.deepEqual(since.slice(0, since.indexOf(search)).map(({ asked: { method } }) => method), ["POST"]);
        assert.equal(since[0].answered.isLost, true);
    });

    function textTo(patient) {
        return prism.texts().findLast((text) => text.to === patient.mobile && text.body.includes("/r/"));
    }
}

function credentials() {
    return `Basic ${Buffer.from(`${ACCOUNT.sid}:${ACCOUNT.token}`).toString("base64")}`;
}

/** What the provider says of a message, as lists of values by name. */
function receiptFor(status) {
    const sid = "SM0123456789abcdef0123456789abcdef";
    const receipt = {
        AccountSid: ACCOUNT.sid, ApiVersion: "2010-04-01", From: ACCOUNT.from, MessageSid: sid, MessageStatus: status,
        SmsSid: sid, SmsStatus: status, To: "+447700900123",
    };
    return Object.fromEntries(Object.entries(receipt).map(([name, value]) => [name, [value]]));
}

/** Posts a receipt as the provider does, signed; gives the answer's status. */
async function receive(address, form) {
    return post(address, form, await signatureOf(ACCOUNT.token, address, form));
}

async function post(address, form, signature) {
    const pairs = Object.entries(form).flatMap(([name, values]) => values.map((value) => [name, value]));
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    if (signature !== null) headers["x-twilio-signature"] = signature;
    const body = new URLSearchParams(pairs).toString();
    return (await fetch(address, { method: "POST", headers, body, redirect: "manual" })).status;
}

/** What the coordinator reads about the message of a callback. */
async function shown(page, url, callback) {
    await page.goto(`${url}/messages/${idIn(callback)}`);
    return { delivery: await fact(page, "Delivery"), words: await page.locator("main").innerText() };
}

function idIn(callback) {
    return new URL(callback).searchParams.get("id");
}

async function decline(page, url, referral, words) {
    await page.goto(url + referral.path);
    await page.getByRole("radio", { name: "Decline with advice" }).check();
    await page.getByLabel("Reason, when you decline").selectOption({ label: "It can be looked after in general practice" });
    await page.getByRole("textbox", { name: "For the patient" }).fill(words);
    await page.getByRole("button", { name: "Record the decision" }).click();
    await page.getByText("Declined. The referrer and the patient are told").waitFor();
}
