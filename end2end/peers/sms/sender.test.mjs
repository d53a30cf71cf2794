// The two kinds of sender that the configuration allows, each in the field that the provider's description gives it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, lastText, signIn } from "../../lib/people.mjs";
import { everyOne, startOperated, textsGoTo } from "../../lib/provider.mjs";
import { find } from "../../lib/referrals.mjs";
import { remind } from "./coordinator.mjs";
import { assertFields, described, judged, openPrism } from "./prism.mjs";

const SERVICE = "MG0123456789abcdef0123456789abcdef";

test("a messaging service as the sender is sent in the field for messaging services", async () => {
    const { fields } = await described();
    const prism = await openPrism();
    const browser = await openBrowser();
    let waymark;
    try {
        waymark = await startOperated({ ...textsGoTo(prism.url), WAYMARK_SMS_FROM: SERVICE });
        const { page } = await browser.person(LAPTOP);
        await signIn(page, waymark.url, COORDINATOR);
        const [patient] = await find(page, waymark.url, "accepted", 1);
        await remind(page, waymark.url, patient);
        await lastText(prism.url, patient.mobile);
        const [exchange] = prism.exchanges();
        judged(exchange);
        const form = Object.fromEntries(new URLSearchParams(exchange.asked.body.toString()));
        assert.equal(form.MessagingServiceSid, SERVICE);
        assert.equal(form.From, undefined, "the service picks the number");
        assertFields(exchange, fields);
    } finally {
        await everyOne(() => browser.close(), () => waymark?.stop(), () => prism.close());
    }
});
