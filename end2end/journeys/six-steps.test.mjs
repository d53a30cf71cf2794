// One referral from the first word to the survey, each step in the browser of the person concerned.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, Script, openBrowser } from "../lib/browser.mjs";
import { pdf } from "../lib/files.mjs";
import { audit, shoot, shootPrint } from "../lib/looks.mjs";
import {
    COORDINATOR, MARGARET, QUALITY, REFERRER, asPatient, captured, lastMail, lastText, linkIn, signIn,
} from "../lib/people.mjs";
import { find, reference } from "../lib/referrals.mjs";
import { story } from "../lib/story.mjs";
import { within } from "../lib/wait.mjs";
import { POSTGRES, startWaymark } from "../lib/waymark.mjs";

const SPECIALIST = "siobhan.keane@wrenfield-hospitals.example";
const CLINIC = "Joint clinic";
const REASON =
    "Dear colleague, Mrs Hale has had a hot, swollen right knee for two days and cannot bear weight. She has a fever of " +
    "38.6 and felt shivery last night. She has had two further joints swollen over the last six weeks with morning " +
    "stiffness of more than an hour. Could you see her and advise?";
/** Words that a message to a patient must never contain. */
const CLINICAL = /joint|rheum|knee|swollen|blood|heart|skin|cancer|clinic\b|diagnos/i;

for (const on of POSTGRES ? ["sqlite", "postgres"] : ["sqlite"]) {
    test(`a referral goes through all six steps on ${on}`, async (t) => {
        const waymark = await startWaymark(on);
        const browser = await openBrowser();
        try {
            await sixSteps(t, waymark.url, browser, on);
        } finally {
            try {
                await browser.close();
            } finally {
                await waymark.stop();
            }
        }
    });
}

async function sixSteps(t, url, browser, on) {
    const step = story(t, browser, `six-steps-${on}`);
    const looked = on === "sqlite";
    const [referrer, specialist, coordinator, quality] = [
        await browser.person(LAPTOP), await browser.person(LAPTOP), await browser.person(LAPTOP), await browser.person(LAPTOP),
    ];
    const patient = await browser.person(PHONE);
    let path;
    let mine;
    let answeredBefore;

    await step("1 create: what is missing is named while the reason is typed, and a document is attached", async () => {
        const { page } = referrer;
        await signIn(page, url, REFERRER);
        await page.getByRole("link", { name: "Begin a referral" }).click();
        await page.getByLabel("Name or NHS number").fill("hale");
        await page.getByRole("button", { name: "Search" }).click();
        await page.getByRole("radio", { name: /Margaret Hale/ }).check();
        await page.getByRole("button", { name: "Find a service" }).click();
        await page.getByRole("checkbox", { name: new RegExp(CLINIC) }).check();
        await page.getByRole("button", { name: "Compare the ticked ones" }).click();
        await page.getByRole("button", { name: "Write the referral" }).click();
        await page.waitForURL("**/edit");
        path = new URL(page.url()).pathname.replace("/edit", "");
        await page.getByRole("radio", { name: "Urgent" }).check();
        await page.getByLabel("Reason for referral").pressSequentially("Swollen knee. ");
        const state = page.locator(".app-draft__state");
        await state.getByText("Still missing before it can be sent").waitFor();
        await state.getByText(/blood/i).waitFor();
        await state.getByText(/Saved at/).waitFor();
        await page.getByLabel("Reason for referral").fill(REASON);
        await page.getByRole("button", { name: "Save draft" }).click();
        await page.getByText("The draft is saved.").waitFor();
        assert.equal(await page.getByLabel("Reason for referral").inputValue(), REASON);
        await page.getByRole("button", { name: "Send referral" }).click();
        await page.getByRole("heading", { name: "There is a problem" }).waitFor();
        assert.equal(await page.getByLabel("Reason for referral").inputValue(), REASON, "nothing typed is lost");
        if (looked) await shoot(page, "edit-refused");
        await page.getByLabel("File").setInputFiles(pdf("blood-results.pdf", "CRP 84, ESR 60"));
        await page.getByRole("button", { name: "Add the document" }).click();
        await page.getByText("blood-results.pdf was received.").waitFor();
    });

    await step("2 submit: a reference number, receipt, notices to both sides, and a text that reveals nothing", async () => {
        const { page } = referrer;
        await page.getByRole("button", { name: "Send referral" }).click();
        await page.waitForURL(url + path);
        await page.getByText("The referral is sent.").waitFor();
        mine = { ...MARGARET, reference: await reference(page) };
        const text = await lastText(url, MARGARET.mobile);
        assert.doesNotMatch(text.body, CLINICAL);
        assert.match(text.body, /Margaret/);
        assert.ok(!text.body.includes("Hale"), "first name at most");
        const mail = await lastMail(url, COORDINATOR);
        assert.ok(!mail.subject.includes("Hale"), mail.subject);
        await asPatient(patient.page, url, linkIn(text.body), MARGARET);
        await card(patient.page).getByText("Sent", { exact: true }).first().waitFor();
    });

    await step("3 triage: suggested urgency with the words that led to it, then accepted with a priority", async () => {
        const { page } = specialist;
        await signIn(page, url, SPECIALIST);
        await page.goto(`${url}/worklist?q=${mine.reference}`);
        await page.getByRole("link", { name: "Hale, Margaret" }).click();
        await page.getByRole("heading", { name: "Suggested urgency" }).waitFor();
        await page.getByText("Because the letter says:").waitFor();
        assert.ok((await page.locator("mark").count()) > 0, "words of the letter are marked");
        if (looked) await shoot(page, "triage");
        await patient.page.evaluate(() => (window.stillTheSamePage = true));
        await page.getByRole("radio", { name: "Accept", exact: true }).check();
        await page.getByLabel("Priority, when you accept").selectOption("urgent");
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByText("Accepted. The patient is asked to choose a time.").waitFor();
        await referrer.page.reload();
        await referrer.page.getByText("Accepted, to book").first().waitFor();
    });

    await step("3 triage: the patient's page changes by itself when staff act", async () => {
        await card(patient.page).getByText("Accepted – choose a time").first().waitFor();
        assert.equal(await patient.page.evaluate(() => window.stillTheSamePage), true, "without a reload");
    });

    await step("3 triage: another referral is declined with a line that the patient can read", async () => {
        const { page } = specialist;
        const [declined] = await find(page, url, "received", 1);
        await page.goto(url + declined.path);
        await page.getByRole("radio", { name: "Decline with advice" }).check();
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByRole("heading", { name: "There is a problem" }).waitFor();
        await page.getByLabel("Reason, when you decline").selectOption({ label: "It can be looked after in general practice" });
        await page.getByRole("textbox", { name: "For the patient" }).fill("Please see your doctor again, who has our advice about tablets.");
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByText("Declined. The referrer and the patient are told").waitFor();
        const text = await lastText(url, declined.mobile);
        assert.doesNotMatch(text.body, CLINICAL);
        const other = await browser.person(PHONE);
        await asPatient(other.page, url, linkIn(text.body), declined);
        await other.page.getByText("who has our advice about tablets").waitFor();
        if (looked) await shoot(other.page, "my-declined");
        await other.leave();
    });

    await step("4 schedule: the patient holds a time on the phone, sees the clock, and confirms", async () => {
        const { page } = patient;
        await card(page).getByRole("link", { name: "Choose a time" }).click();
        await page.waitForURL("**/times");
        await page.getByRole("heading", { name: "Good choices" }).waitFor();
        await page.getByRole("button", { name: /^Hold this time/ }).first().click();
        await page.waitForURL("**/confirm");
        const clock = page.locator(".app-hold-clock");
        const first = await clock.innerText();
        assert.match(first, /^[45]:\d\d$/);
        await within(5_000, "the clock moves", async () => (await clock.innerText()) !== first);
        if (looked) {
            await shoot(page, "confirm");
            await audit(page);
        }
        await page.getByRole("button", { name: "Confirm this time" }).click();
        await page.waitForURL("**/my");
        await page.getByText(/Booked: \w+ \d/).waitFor();
        const mail = await lastMail(url, "margaret.hale@post.example", (mail) => /text\/calendar/i.test(mail.raw));
        assert.match(mail.raw, /text\/calendar[^\n]*(\r?\n[ \t][^\n]*)*method="?REQUEST/i);
        const [download] = await Promise.all([
            page.waitForEvent("download"),
            card(page).getByRole("link", { name: "Add to your calendar" }).click(),
        ]);
        assert.equal(download.suggestedFilename(), "appointment.ics");
        if (looked) {
            await shoot(page, "my-booked");
            await shootPrint(page, "my-booked");
        }
    });

    await step("4 schedule: two browsers race for one time; one wins, the other gets three alternatives", async () => {
        await signIn(coordinator.page, url, COORDINATOR);
        const pair = await racers(coordinator.page, url);
        const phones = [];
        // One of them without wasm: the page must do the same.
        for (const [index, racer] of pair.entries()) {
            await coordinator.page.goto(url + racer.path);
            await press(coordinator.page, "remind", "Send the reminder");
            const text = await lastText(url, racer.mobile, (body) => body.includes("/r/"));
            const phone = await browser.person(PHONE, index === 0 ? Script.On : Script.Off);
            await asPatient(phone.page, url, linkIn(text.body), racer);
            await phone.page.goto(`${url}/my/${racer.path.split("/").pop()}/times`);
            phones.push(phone);
        }
        const wanted = await phones[0].page.locator("button[name=slot]").first().getAttribute("value");
        const answers = await Promise.all(
            phones.map((phone) =>
                phone.expecting(409, async () => {
                    const [answer] = await Promise.all([
                        phone.page.waitForResponse((response) => response.request().method() === "POST"),
                        phone.page.locator(`button[name=slot][value="${wanted}"]`).first().click(),
                    ]);
                    await phone.page.waitForLoadState("load");
                    return answer.status();
                }),
            ),
        );
        assert.deepEqual(answers.toSorted(), [303, 409], "one wins and one is told");
        const loser = phones[answers.indexOf(409)];
        await loser.page.getByText(/Someone just took .*These are still free:/).waitFor();
        assert.equal(await loser.page.getByRole("button", { name: /^Hold this time/ }).count(), 3);
        if (looked) await shoot(loser.page, `taken`);
        await loser.page.getByRole("button", { name: /^Hold this time/ }).first().click();
        for (const phone of phones) {
            await phone.page.waitForURL("**/confirm");
            await phone.page.getByText("We hold this time for you for").filter({ visible: true }).waitFor();
            await phone.page.getByRole("button", { name: "Confirm this time" }).click();
            await phone.page.waitForURL("**/my");
            await phone.page.getByText(/Booked: \w+ \d/).waitFor();
            await phone.leave();
        }
    });

    await step("5 coordinate: asked for a document, reminded, and the delivery of the reminder is seen", async () => {
        const { page } = specialist;
        const [asked] = await find(page, url, "received", 1);
        await page.goto(url + asked.path);
        await page.getByRole("radio", { name: "Ask for information" }).check();
        await page.getByLabel("Reason, when you ask").selectOption({ label: "The list of medicines is missing" });
        await page.getByRole("textbox", { name: "For the patient" }).fill("Please send us a photo of your list of medicines.");
        await page.getByRole("button", { name: "Record the decision" }).click();
        await page.getByText("The question is sent to whoever is asked.").waitFor();
        await coordinator.page.goto(url + asked.path);
        await press(coordinator.page, "remind", "Send the reminder");
        await coordinator.page.getByText("The reminder is on its way.").waitFor();
        const line = coordinator.page.locator("tr", { hasText: "Reminder to send a document" }).filter({ hasText: "Text message" });
        await within(20_000, "the reminder is delivered", async () => {
            await coordinator.page.reload();
            return (await line.getByText("Delivered", { exact: true }).count()) > 0;
        });

        const text = await lastText(url, asked.mobile);
        assert.doesNotMatch(text.body, CLINICAL);
        const phone = await browser.person(PHONE);
        await asPatient(phone.page, url, linkIn(text.body), asked);
        await phone.page.getByText("Please send us a photo of your list of medicines.").waitFor();
        await phone.page.locator(".app-live .app-button--primary").click();
        await phone.page.waitForURL("**/documents");
        if (looked) await shoot(phone.page, "documents");
        const network = await phone.context.newCDPSession(phone.page);
        await network.send("Network.emulateNetworkConditions", {
            offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 400_000,
        });
        await phone.page.getByLabel("File or photo").setInputFiles(pdf("medicines.pdf", "Ramipril 5 mg", 600_000));
        await phone.page.getByRole("button", { name: "Send it" }).click();
        await phone.page.locator("progress").waitFor();
        await phone.page.getByText("medicines.pdf was received.").waitFor();
        await network.detach();
        await coordinator.page.reload();
        await coordinator.page.getByText("medicines.pdf").waitFor();
        await phone.leave();
    });

    await step("6 close: the visit, the report, its acknowledgement, and the survey that the quality page counts", async () => {
        await signIn(quality.page, url, QUALITY);
        answeredBefore = await answered(quality.page, url);

        const { page } = specialist;
        await page.goto(url + path);
        await press(page, "record-visit", "Record the visit");
        await page.getByText(/The appointment is only on/).first().waitFor();
        await page.getByLabel("Note for the record").first().fill("Seen today in the urgent clinic.");
        await press(page, "record-visit", "Record the visit");
        await page.getByText("The visit is recorded.").waitFor();
        await page.getByLabel("Report to the referrer").fill("Inflammatory arthritis. Started treatment; please check bloods in four weeks.");
        await page.getByRole("button", { name: "Send the report" }).click();
        await page.getByText("The report is sent to the referrer.").waitFor();

        await referrer.page.goto(url + path);
        await referrer.page.getByText("please check bloods in four weeks").first().waitFor();
        await referrer.page.getByRole("button", { name: "Acknowledge the report" }).click();
        await referrer.page.getByText("The report is acknowledged.").waitFor();

        await lastText(url, MARGARET.mobile, (body) => body.includes("how was your appointment?"));
        await card(patient.page).getByText("Finished").first().waitFor();
        await card(patient.page).getByRole("link", { name: "Tell us how it was" }).click();
        await patient.page.getByRole("radio", { name: "Very good", exact: true }).check();
        await patient.page.getByLabel("Please tell us why").fill("Everybody explained things well.");
        if (looked) {
            await shoot(patient.page, "survey");
            await audit(patient.page);
        }
        await patient.page.getByRole("button", { name: "Send my answer" }).click();
        await patient.page.getByText("Your answer is in. Thank you.").waitFor();
        assert.equal(await answered(quality.page, url), answeredBefore + 1);
        assert.ok((await captured(url)).texts.length > 0);
    });

    /** The card of the journey's referral among Margaret's. */
    function card(page) {
        return page.locator(".app-live").filter({ hasText: CLINIC });
    }
}

/** Opens one of the acts of a referral, unless it stands open, and presses its button. */
async function press(page, form, button) {
    const act = page.locator(`#act-${form}`);
    if (!(await act.evaluate((details) => details.open))) await act.locator("summary").click();
    await act.getByRole("button", { name: button }).click();
    await page.waitForLoadState("load");
}

/** Two accepted referrals to the same service. */
async function racers(page, url) {
    await page.goto(`${url}/worklist?state=accepted`);
    const services = await page.locator('table tbody tr:has(a[href^="/referrals/"])').evaluateAll((rows) => rows.map((row) => row.cells[1].innerText.trim()));
    for (const service of new Set(services)) {
        if (services.filter((other) => other === service).length < 2) continue;
        const pair = await find(page, url, "accepted", 2, (text) => text.includes(service) && !text.includes("Hale")).catch(() => null);
        if (pair) return pair;
    }
    assert.fail("there are no two accepted referrals to one service");
}

/** How many surveys the quality page counts as answered. */
async function answered(page, url) {
    await page.goto(`${url}/quality`);
    const row = page.locator("tr", { has: page.getByText("Answered", { exact: true }) });
    return Number((await row.locator("td, th").last().innerText()).trim());
}
