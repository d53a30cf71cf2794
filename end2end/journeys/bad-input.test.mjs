// What people and browsers do that no form expects: each has an outcome that the page says in words, and nothing typed is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../lib/browser.mjs";
import { pdf } from "../lib/files.mjs";
import { ADMINISTRATOR, COORDINATOR, REFERRER, SPECIALIST, signIn } from "../lib/people.mjs";
import { find } from "../lib/referrals.mjs";
import { story } from "../lib/story.mjs";
import { PASSWORD, startWaymark } from "../lib/waymark.mjs";

const OTHER_SPECIALIST = "siobhan.keane@wrenfield-hospitals.example";
/** A suspended person's open page closes within this long (PROMISES P8). */
const CLOSES_MS = 5_000;
/** Hebrew and Arabic, with Latin words and digits between. */
const FROM_THE_RIGHT = "כאבים בחזה מזה שבועיים, ECG תקין. نبضات قلب سريعة منذ 3 أشهر.";

test("whatever is sent wrongly has a clear outcome", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    try {
        await badInput(t, waymark.url, browser);
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});

async function badInput(t, url, browser) {
    const step = story(t, browser, "bad-input");
    const people = {};
    for (const email of [REFERRER, SPECIALIST, COORDINATOR, ADMINISTRATOR, OTHER_SPECIALIST]) {
        people[email] = await browser.person(LAPTOP);
        await signIn(people[email].page, url, email);
    }
    const { page } = people[SPECIALIST];
    const coordinator = people[COORDINATOR].page;
    const referrer = people[REFERRER].page;
    const received = await find(page, url, "received", 3);
    await referrer.goto(`${url}/referrals?state=draft&mine=own`);
    const draft = await referrer.locator('table tbody a[href^="/referrals/"]').first().getAttribute("href");

    await step("a button pressed twice does its act once", async () => {
        await page.goto(url + received[0].path);
        await page.getByRole("radio", { name: "Accept", exact: true }).check();
        await page.getByRole("button", { name: "Record the decision" }).dblclick();
        await page.getByText("Accepted. The patient is asked to choose a time.").waitFor();
        assert.equal(await page.locator(".app-timeline__item", { hasText: "Accepted by" }).count(), 1);
    });

    await step("an old form: the second writer reads what happened, and keeps the words", async () => {
        await coordinator.goto(url + received[1].path);
        await page.goto(url + received[1].path);
        await page.getByRole("radio", { name: "Accept", exact: true }).check();
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByText("Accepted. The patient is asked to choose a time.").waitFor();
        await coordinator.getByRole("textbox", { name: "For the patient" }).fill("Which tablets do you take?");
        await coordinator.getByRole("button", { name: "Record the decision" }).click();
        const told = coordinator.locator(".app-card", { hasText: "What changed while you were writing" });
        await told.getByText("Accepted by Dr Daniel Okafor").waitFor();
        assert.equal(await coordinator.getByLabel("Write to colleagues").inputValue(), "Which tablets do you take?");
    });

    await step("going back after an act shows what is so now", async () => {
        await page.goto(`${url}/worklist?state=received`);
        await page.goto(url + received[2].path);
        await page.getByRole("radio", { name: "Accept", exact: true }).check();
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByText("Accepted. The patient is asked to choose a time.").waitFor();
        await page.goBack();
        await page.goForward();
        assert.equal(await page.getByRole("button", { name: "Record the decision" }).count(), 0);
        await page.getByText("Accepted, to book").first().waitFor();
    });

    await step("an act that the state no longer allows is named, and its words stay", async () => {
        const open = await people[SPECIALIST].context.newPage();
        await open.goto(url + received[2].path);
        await coordinator.goto(url + received[2].path);
        await coordinator.locator("#act-enter-in-error > summary").click();
        await coordinator.getByLabel("What is wrong with it?").fill("Sent for another patient.");
        await coordinator.getByRole("button", { name: "Entered in error" }).click();
        await coordinator.getByText("Taken back as entered in error.").waitFor();
        await open.locator("#act-note > summary").click();
        await open.getByLabel("Note to the referrer").fill("We saw her on Tuesday.");
        await open.getByRole("button", { name: "Send a note" }).click();
        await open.getByText("so this can no longer be done").first().waitFor();
        await open.getByText("We saw her on Tuesday.").first().waitFor();
        await open.close();
    });

    await step("two tabs: both texts stand side by side before one is saved", async () => {
        const other = await people[REFERRER].context.newPage();
        await referrer.goto(`${url}${draft}/edit`);
        await other.goto(`${url}${draft}/edit`);
        const reason = (tab) => tab.getByLabel("Reason for referral");
        await reason(referrer).fill("Words of the first tab.");
        await referrer.getByRole("button", { name: "Save draft" }).click();
        await referrer.getByText("The draft is saved.").waitFor();
        await reason(other).fill("Words of the second tab.");
        await other.getByRole("button", { name: "Save draft" }).click();
        await other.getByRole("heading", { name: "As it is now" }).waitFor();
        await other.getByRole("heading", { name: "As you wrote it" }).waitFor();
        assert.match(await reason(other).inputValue(), /second tab/);
        await other.getByRole("button", { name: "Save mine with these changes" }).click();
        await other.getByText("The draft is saved.").waitFor();
        await other.close();
    });

    await step("a lost connection: the form stays with its words, and goes once it is back", async () => {
        const { context } = people[COORDINATOR];
        await coordinator.goto(url + received[0].path);
        await coordinator.getByLabel("Write to colleagues").fill("Rang the patient, no answer.");
        await browser.forgiving(/net::ERR/, async () => {
            await context.setOffline(true);
            await coordinator.getByRole("button", { name: "Write it" }).click();
            await coordinator.getByRole("alert").getByText("You have no connection").waitFor();
            assert.equal(await coordinator.getByLabel("Write to colleagues").inputValue(), "Rang the patient, no answer.");
            await context.setOffline(false);
            await coordinator.getByText("You have no connection").waitFor({ state: "detached" });
        });
        await coordinator.getByRole("button", { name: "Write it" }).click();
        await coordinator.getByText("It is in the thread.").waitFor();
        await coordinator.locator(".app-note", { hasText: "Rang the patient, no answer." }).waitFor();
    });

    await step("a comment of 100,000 characters is refused with a reason, and is still there", async () => {
        const words = "Long story. ".repeat(8_334).slice(0, 100_000);
        await coordinator.getByLabel("Write to colleagues").fill(words);
        await coordinator.getByText("Too long by 80,000 characters.").waitFor();
        await coordinator.getByRole("button", { name: "Write it" }).click();
        await coordinator.getByRole("link", { name: /100000 characters long. Shorten it to 20000/ }).waitFor();
        // The server keeps text without the spaces at its end.
        assert.equal((await coordinator.getByLabel("Write to colleagues").inputValue()).trim(), words.trim());
    });

    await step("a file that is too large is refused before it leaves, and the words beside it stay", async () => {
        await coordinator.goto(url + received[0].path);
        await coordinator.getByLabel("Write to colleagues").fill("The scan is attached.");
        const file = coordinator.locator("#f-write-note-file");
        const said = coordinator.locator("#f-write-note-file + .app-field__error");
        const scan = { name: "scan.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(20 * 1024 * 1024 + 1, "%PDF-1.4 ") };
        await file.setInputFiles(scan);
        await said.getByText("This file is larger than 20 MB. Choose a smaller one.").waitFor();
        await coordinator.getByRole("button", { name: "Write it" }).click();
        assert.equal(await coordinator.getByLabel("Write to colleagues").inputValue(), "The scan is attached.");
        await file.setInputFiles(pdf("scan.pdf", "A scan"));
        await said.waitFor({ state: "hidden" });
        await coordinator.getByRole("button", { name: "Write it" }).click();
        await coordinator.getByText("It is in the thread.").waitFor();
        await coordinator.locator(".app-note", { hasText: "The scan is attached." }).waitFor();
    });

    await step("what was wrong with a file is not said of the next one", async () => {
        const wrong = { name: "letter.pdf", mimeType: "application/pdf", buffer: Buffer.from("<html></html>") };
        await referrer.goto(`${url}${draft}/edit`);
        await referrer.getByLabel("File").setInputFiles(wrong);
        await referrer.getByRole("button", { name: "Add the document" }).click();
        await referrer.locator("#f-file-error").waitFor();
        await referrer.getByLabel("File").setInputFiles(pdf("letter.pdf", "A letter"));
        await referrer.locator("#f-file-error").waitFor({ state: "detached" });
    });

    await step("a file whose content is not its name is refused, or kept as what it is", async () => {
        const disguised = { name: "letter.pdf", mimeType: "application/pdf", buffer: Buffer.from("<html><script>alert(1)</script></html>") };
        await referrer.goto(`${url}${draft}/edit`);
        await referrer.getByLabel("File").setInputFiles(disguised);
        await referrer.getByRole("button", { name: "Add the document" }).click();
        await referrer.getByRole("heading", { name: "There is a problem" }).waitFor();
        await referrer.locator("#f-file-error").getByText(/PDF/).waitFor();
        await referrer.getByLabel("File").setInputFiles(pdf("letter.txt", "A letter"));
        await referrer.getByRole("button", { name: "Add the document" }).click();
        await referrer.getByText("letter.txt was received.").waitFor();
    });

    await step("text from the right is read from the right", async () => {
        await coordinator.goto(url + received[0].path);
        await coordinator.getByLabel("Write to colleagues").fill(FROM_THE_RIGHT);
        const direction = (locator) => locator.evaluate((element) => getComputedStyle(element).direction);
        assert.equal(await direction(coordinator.getByLabel("Write to colleagues")), "rtl");
        await coordinator.getByRole("button", { name: "Write it" }).click();
        await coordinator.getByText("It is in the thread.").waitFor();
        const note = coordinator.locator(".app-note__text", { hasText: FROM_THE_RIGHT });
        assert.equal(await direction(note), "rtl");
        assert.equal(await note.innerText(), FROM_THE_RIGHT);
    });

    await step("the open page of somebody who is suspended closes within seconds", async () => {
        const open = people[OTHER_SPECIALIST].page;
        await open.goto(`${url}/worklist`);
        const administrator = people[ADMINISTRATOR].page;
        await administrator.goto(`${url}/admin`);
        await administrator.getByRole("button", { name: "Suspend Dr Siobhan Keane" }).click();
        // Visits with them are shown first.
        const suspend = administrator.getByRole("button", { name: "Suspend them" });
        await administrator.getByText("They are suspended").or(suspend).first().waitFor();
        if (await suspend.isVisible()) {
            await suspend.click();
        }
        await administrator.getByText("They are suspended").waitFor();
        const since = Date.now();
        await open.getByRole("heading", { name: "You are signed out" }).waitFor();
        assert.ok(Date.now() - since < CLOSES_MS, `${Date.now() - since} ms`);
        assert.equal(await open.locator("table").count(), 0, "nothing of patients is left on it");
    });

    await step("signed out elsewhere: what was typed waits until the same person is back", async () => {
        const open = people[ADMINISTRATOR].page;
        await open.goto(`${url}/account`);
        await open.getByRole("button", { name: "Make new recovery codes" }).click();
        const code = await open.locator(".app-codes code").first().innerText();
        await open.goto(`${url}/admin/reasons/new`);
        await open.getByLabel("Reason", { exact: true }).fill("The patient has moved away");
        const other = await people[ADMINISTRATOR].context.newPage();
        await other.goto(`${url}/account`);
        await other.getByRole("button", { name: "Sign out", exact: true }).click();
        await open.getByRole("heading", { name: "You are signed out" }).waitFor();
        await open.getByText("What you typed is kept in this window.").waitFor();
        assert.equal(await open.getByLabel("Reason", { exact: true }).count(), 0);
        await other.goto(`${url}/sign-in`);
        await other.getByLabel("E-mail address").fill(ADMINISTRATOR);
        await other.getByLabel("Password").fill(PASSWORD);
        await other.getByRole("button", { name: "Continue" }).click();
        await other.getByRole("link", { name: /use a recovery code/ }).click();
        await other.getByLabel("Recovery code").fill(code);
        await other.getByRole("button", { name: "Sign in" }).click();
        await other.waitForURL("**/admin");
        // A window of a headless browser never loses the focus, so that it cannot get it back either.
        await open.evaluate(() => dispatchEvent(new Event("focus")));
        await open.getByRole("heading", { name: "Add a reason" }).waitFor();
        assert.equal(await open.getByLabel("Reason", { exact: true }).inputValue(), "The patient has moved away");
    });
}
