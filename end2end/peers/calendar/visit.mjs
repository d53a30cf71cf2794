// A patient of the demonstration books a time, changes it, cancels it and books again, in a browser. What the product
// says on its pages and sends by mail at each of these steps is gathered here, to be judged elsewhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { LAPTOP, PHONE, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, asPatient, captured, lastText, linkIn, signIn } from "../../lib/people.mjs";
import { fact, find } from "../../lib/referrals.mjs";
import { within } from "../../lib/wait.mjs";
import { startWaymark } from "../../lib/waymark.mjs";
import { afterTheChange, instantIn } from "./clock.mjs";

/** Where all clinics of the demonstration are. */
const ZONE = "Europe/London";

/**
 * The whole story: `patient`, the mails `steps.booked`, `.moved`, `.cancelled`, `.again` (each with `when` and `at`, the
 * time that the page showed, as text and as instant), `downloads`, the files of "Add to your calendar" at the steps
 * that have one, and `feeds`, what the patient's secret address answers after each step, once it was read, and once it was
 * stopped.
 */
export async function tell() {
    // Far enough ahead for a time on the other side of a change of the clocks.
    const waymark = await startWaymark("sqlite", { WAYMARK_BOOKING_HORIZON_DAYS: "250" });
    const browser = await openBrowser();
    try {
        return await live(waymark.url, browser);
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
}

async function live(url, browser) {
    const desk = await browser.person(LAPTOP);
    await signIn(desk.page, url, COORDINATOR);
    const patient = await whoHasMail(desk.page, url);
    const phone = await browser.person(PHONE);
    const { page } = phone;
    await asPatient(page, url, await invite(desk.page, url, patient), patient);
    const mine = `${url}/my/${patient.path.split("/").pop()}`;
    patient.clinic = await clinicOf(page);

    const address = await subscribe(page, url);
    const booked = await sent(url, patient, () => choose(page, `${mine}/times`));
    const first = await download(page);
    const feeds = { booked: await feed(address) };
    const moved = await sent(url, patient, () => choose(page, `${mine}/change?from=${afterTheChange(booked.at, ZONE)}`));
    const second = await download(page);
    feeds.moved = await feed(address, feeds.booked.headers.etag);
    const cancelled = { ...(await sent(url, patient, () => cancel(page, mine))), when: moved.when, at: moved.at };
    feeds.cancelled = await feed(address);
    feeds.unchanged = await feed(address, feeds.cancelled.headers.etag);
    const gone = await phone.expecting(404, () => page.request.get(`${mine}/appointment.ics`));
    const again = await sent(url, patient, () => choose(page, `${mine}/times`));
    feeds.again = await feed(address);
    await page.goto(`${url}/my/calendar`);
    await page.getByRole("button", { name: "Stop the address" }).click();
    await page.getByText("The address no longer works.").waitFor();
    feeds.stopped = await feed(address);
    assert.equal((await invitations(url)).length, 4, "one mail with a calendar for each step");
    return {
        patient,
        steps: { booked, moved, cancelled, again },
        downloads: { booked: first, moved: second },
        feeds,
        statusOfFileOnceCancelled: gone.status(),
    };
}

/** An accepted referral whose patient has a mobile telephone and an address for mail. */
async function whoHasMail(page, url) {
    for (const patient of await find(page, url, "accepted", 6)) {
        await page.goto(url + patient.path);
        const mail = await fact(page, "E-mail");
        if (mail.includes("@")) return { ...patient, mail };
    }
    assert.fail("nobody who may book has an address for mail");
}

/** The link of a reminder that staff send. */
async function invite(page, url, patient) {
    await page.goto(url + patient.path);
    await page.locator("#act-remind > summary").click();
    await page.getByRole("button", { name: "Send the reminder" }).click();
    await page.getByText("The reminder is on its way.").waitFor();
    return linkIn((await lastText(url, patient.mobile, (body) => body.includes("/r/"))).body);
}

async function clinicOf(page) {
    return (await page.locator(".app-card__title").first().innerText()).split(",")[0];
}

/** Holds the first time that is offered and confirms it; what the page then shows. */
async function choose(page, from) {
    await page.goto(from);
    await page.getByRole("button", { name: /^Hold this time/ }).first().click();
    await page.waitForURL("**/confirm");
    await page.getByRole("button", { name: "Confirm this time" }).click();
    await page.waitForURL("**/my");
    await page.getByText(/Booked: \w+ \d/).waitFor();
    const when = (await page.locator(".app-visit__when").first().innerText()).trim();
    return { when, at: instantIn(when, ZONE).toISOString() };
}

async function cancel(page, mine) {
    await page.goto(`${mine}/cancel`);
    await page.getByRole("button", { name: "Cancel my visit" }).click();
    await page.waitForURL("**/my");
    await page.getByText("Your time is cancelled.").waitFor();
}

/** Does something as the patient; what the page then shows, and the mail with a calendar that it brought. */
async function sent(url, patient, act) {
    const before = (await invitations(url)).length;
    const seen = await act();
    const fresh = await within(20_000, "a mail with a calendar", async () => {
        const all = await invitations(url);
        return all.length > before && all.slice(0, all.length - before);
    });
    assert.deepEqual(fresh.map(({ to }) => to), [[patient.mail]], "one mail with a calendar, and to the patient");
    return { ...seen, raw: fresh[0].raw };
}

/** Every mail with a calendar, newest first. */
async function invitations(url) {
    return (await captured(url)).mails.filter((mail) => /text\/calendar/i.test(mail.raw));
}

/** The file behind "Add to your calendar", as the browser saves it, and the head of the answer that brought it. */
async function download(page) {
    const link = page.getByRole("link", { name: "Add to your calendar" }).first();
    const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
    const answer = await page.request.get(saved.url());
    const addresses = await page.locator("a").evaluateAll((links) => links.map((line) => line.href));
    return {
        name: saved.suggestedFilename(),
        bytes: await readFile(await saved.path()),
        headers: answer.headers(),
        // Whatever else on the page a calendar program could take.
        others: addresses.filter((address) => /^webcals?:|\.ics\b|\bfeed\b/i.test(address) && address !== saved.url()),
    };
}

/** Makes a secret address on the patient's page, and copies it as they would. */
async function subscribe(page, url) {
    await page.goto(`${url}/my/calendar`);
    await page.getByRole("button", { name: "Make a secret address" }).click();
    const address = await page.getByLabel("Your secret address").inputValue();
    await page.getByRole("button", { name: "Copy the address" }).click();
    await page.getByText("Copied.").waitFor();
    return address;
}

/** As a calendar program asks, which is no browser and has no cookie. */
async function feed(address, etag) {
    const headers = { "user-agent": "Google-Calendar-Importer", ...(etag && { "if-none-match": etag }) };
    const answer = await fetch(address, { headers });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}
