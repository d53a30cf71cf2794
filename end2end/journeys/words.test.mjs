// Words of messages: written in another language while their cost is counted, approved, tried out, and shown with a referral.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../lib/browser.mjs";
import { assertEasy, assertFits, audit, shoot } from "../lib/looks.mjs";
import { ADMINISTRATOR, COORDINATOR, lastMail, signIn } from "../lib/people.mjs";
import { find } from "../lib/referrals.mjs";
import { story } from "../lib/story.mjs";
import { startWaymark } from "../lib/waymark.mjs";

test("an administrator writes, approves and tries out words in another language", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    const { url } = waymark;
    const step = story(t, browser, "words");
    const { page } = await browser.person(LAPTOP);

    async function look(name) {
        await shoot(page, name);
        await audit(page);
        await assertEasy(page);
        await assertFits(page, 320);
        await assertFits(page, LAPTOP.width / 2);
    }

    try {
        await step("the cost of a text message is counted while it is written", async () => {
            await signIn(page, url, ADMINISTRATOR);
            await page.goto(`${url}/admin/templates/booking-confirmed`);
            await page.getByLabel("Language", { exact: true }).selectOption("pl");
            await page.getByRole("button", { name: "Show this language" }).click();
            await page.waitForURL("**/booking-confirmed/in/pl");
            const sms = page.getByLabel("Text message", { exact: true });
            const counted = page.getByText(/^Counts as /).last();
            await sms.pressSequentially("do zobaczenia {when}. Szczegoly:");
            await page.getByText("As you write it, with example data:").waitFor();
            await page.getByText(/Counts as 1 text message.*of the 160 units/).last().waitFor();
            await sms.fill("do zobaczenia {when}. Szczegóły:");
            await page.getByText(/of which one message has only 70/).last().waitFor();
            assert.match(await counted.innerText(), /^Counts as [23] text messages/);
            await look("words-counted");
        });

        await step("what is half written, or says too much, is refused beside its text", async () => {
            await page.getByLabel("Notice on a phone").fill("Wizyta u kardiologa");
            await page.getByRole("button", { name: "Save the words" }).click();
            await page.getByText("Waymark has no words of its own in this language.").first().waitFor();
            await page.getByText("Leave “kardiologa” out.").first().waitFor();
            await look("words-refused");
        });

        await step("a whole version waits, and is approved by whoever is alone", async () => {
            await page.getByLabel("Subject of the mail").fill("Twoja wizyta");
            await page.getByLabel("Text message", { exact: true }).fill("do zobaczenia {when}. Zobacz:");
            await page.getByLabel("Mail", { exact: true }).fill("Wizyta: {when}.\n\nDo zobaczenia.");
            await page.getByLabel("Words on the mail’s link").fill("Zobacz");
            await page.getByLabel("Notice on a phone").fill("Jest nowa wiadomosc.");
            await page.getByRole("button", { name: "Save the words" }).click();
            await page.getByRole("heading", { name: "Version 1 waits to be approved" }).waitFor();
            await look("words-waits");
            await page.goto(`${url}/admin/templates`);
            await page.getByText("To approve").waitFor();
            await look("words-list");
            await page.getByRole("link", { name: "Polish" }).click();
            await page.getByRole("button", { name: "Approve version 1" }).click();
            await page.getByText("It is approved. From the next message on it is sent.").waitFor();
        });

        await step("a test arrives as a mail, and the next one has to wait", async () => {
            await page.getByRole("button", { name: "Send the test" }).click();
            await page.getByText("The test is on its way.").waitFor();
            const mail = await lastMail(url, ADMINISTRATOR, ({ subject }) => subject.startsWith("Test: "));
            assert.equal(mail.subject, "Test: Twoja wizyta");
            await page.getByLabel("A text message to this number").check();
            await page.getByLabel("Mobile number").fill("07700 900456");
            await page.getByRole("button", { name: "Send the test" }).click();
            await page.getByText("You sent a test a moment ago.").first().waitFor();
        });

        await step("older words come back as a new version", async () => {
            await page.getByLabel("Subject of the mail").fill("Twoja nowa wizyta");
            await page.getByRole("button", { name: "Save the words" }).click();
            await page.getByRole("heading", { name: "Version 2 waits to be approved" }).waitFor();
            for (const summary of await page.locator("section", { hasText: "Versions" }).locator("summary").all()) await summary.click();
            await look("words-versions");
            await page.getByRole("button", { name: "Bring version 1 back" }).click();
            await page.getByRole("heading", { name: "Version 3 waits to be approved" }).waitFor();
            await page.getByRole("button", { name: "Approve version 3" }).click();
            await page.getByText("It is approved. From the next message on it is sent.").waitFor();
        });

        await step("it is shown as it would say it about a referral", async () => {
            const coordinator = (await browser.person(LAPTOP)).page;
            await signIn(coordinator, url, COORDINATOR);
            const [booked] = await find(coordinator, url, "booked", 1);
            await coordinator.goto(url + booked.path);
            const reference = /WM-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await coordinator.locator("main").innerText())[0];
            await page.getByLabel("Number of a referral").fill(reference);
            await page.getByRole("button", { name: "Show it with this referral" }).click();
            await page.getByText(`As it would say it about ${reference}`).waitFor();
            const text = await page.locator("main").innerText();
            assert.match(text, /do zobaczenia \d\d\.\d\d\.\d{4}, \d\d:\d\d\. Zobacz: /);
            assert.ok(!text.includes(booked.name.split(" ").at(-1)), "first name at most");
            await look("words-real");
        });
    } finally {
        await browser.close();
        await waymark.stop();
    }
});
