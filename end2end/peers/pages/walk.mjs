// A walk through the product in a browser, keeping every page as the server wrote it.

import assert from "node:assert/strict";
import { LAPTOP, PHONE } from "../../lib/browser.mjs";
import {
    ADMINISTRATOR, COORDINATOR, MARGARET, QUALITY, REFERRER, SPECIALIST, asPatient, lastText, linkIn, signIn,
    typeBirthDate,
} from "../../lib/people.mjs";
import { fact, find, reference } from "../../lib/referrals.mjs";
import { PASSWORD } from "../../lib/waymark.mjs";

/** All pages, each with `name`, `path`, `html` and `headers`; and `cookie`, with which Margaret stays signed in. */
export async function walk(url, browser) {
    const pages = [];
    const people = {};
    for (const email of [REFERRER, SPECIALIST, COORDINATOR, QUALITY, ADMINISTRATOR]) {
        people[email] = visitor(await browser.person(LAPTOP), url, pages);
        await signIn(people[email].page, url, email);
    }
    await asAnybody(visitor(await browser.person(PHONE), url, pages), url);
    await asReferrer(people[REFERRER], url);
    await asSpecialist(people[SPECIALIST], url);
    const hale = await asCoordinator(people[COORDINATOR], url);
    await people[QUALITY].visit("quality", "/quality");
    await people[ADMINISTRATOR].visit("admin", "/admin");
    const margaret = await asMargaret(visitor(await browser.person(PHONE), url, pages), url, hale);
    await asSurveyed(visitor(await browser.person(PHONE), url, pages), url, people[REFERRER]);
    await asAsked(visitor(await browser.person(PHONE), url, pages), url, people[COORDINATOR].page);
    const cookies = await margaret.page.context().cookies();
    const cookie = cookies.find(({ name }) => /^(__Host-)?waymark$/.test(name));
    assert.ok(cookie, "Margaret has a session");
    return { pages, cookie: `${cookie.name}=${cookie.value}` };
}

async function asAnybody(anybody, url) {
    await anybody.visit("home", "/");
    await anybody.visit("sign-in", "/sign-in");
    await anybody.visit("start", "/start");
    await anybody.visit("offline", "/offline.html");
    await anybody.visit("demo", "/demo");
    await anybody.visit("not-found", "/nothing-of-this-name", 404);
    await anybody.visit("unknown-link", "/r/abcdefghijklmnopqrstuvwxyz012345", 404);
    const { page } = anybody;
    await page.goto(`${url}/start`);
    await anybody.take("start-refused", "/start", () => page.getByRole("button", { name: "Go on" }).click());
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("E-mail address").fill(COORDINATOR);
    await page.getByLabel("Password").fill("not the password");
    const proceed = () => page.getByRole("button", { name: "Continue" }).click();
    await anybody.take("sign-in-refused", "/sign-in", proceed);
    await page.getByLabel("E-mail address").fill(COORDINATOR);
    await page.getByLabel("Password").fill(PASSWORD);
    await anybody.take("sign-in-code", "/sign-in/code", proceed);
}

async function asReferrer(referrer, url) {
    const { page } = referrer;
    await referrer.visit("referrals", "/referrals");
    await referrer.visit("referrals-drafts", "/referrals?state=draft");
    await page.goto(`${url}/referrals?state=draft&mine=own`);
    const draft = await page.locator('table tbody a[href^="/referrals/"]').first().getAttribute("href");
    await referrer.visit("new", "/referrals/new");
    await referrer.visit("new-found", "/referrals/new?words=a");
    await referrer.visit("edit", `${draft}/edit`);
    await page.getByLabel("Reason for referral").fill("");
    await referrer.take("edit-refused", `${draft}/edit`, () => page.getByRole("button", { name: "Send referral" }).click());
    await referrer.visit("not-allowed", "/admin", 403);
}

async function asSpecialist(specialist, url) {
    const { page } = specialist;
    await specialist.visit("worklist", "/worklist");
    await specialist.visit("worklist-empty", "/worklist?q=nobody-of-this-name");
    for (const state of ["received", "info-needed", "booked", "seen", "closed", "declined"]) {
        const [referral] = await find(page, url, state, 1);
        await specialist.visit(`detail-${state}`, referral.path);
    }
    const [received] = await find(page, url, "received", 1);
    await page.goto(url + received.path);
    await page.getByRole("radio", { name: "Decline with advice" }).check();
    await specialist.take("triage-refused", received.path, () => page.getByRole("button", { name: "Record the decision" }).click());
    await specialist.visit("availability", "/availability");
}

/** Margaret's accepted referral, of which she is now reminded. */
async function asCoordinator(coordinator, url) {
    const { page } = coordinator;
    const [hale] = await find(page, url, "accepted", 1, (text) => text.includes("Hale"));
    await coordinator.visit("detail-accepted", hale.path);
    await page.locator("#act-remind > summary").click();
    await coordinator.take("detail-reminded", hale.path, () => page.getByRole("button", { name: "Send the reminder" }).click());
    await coordinator.visit("staff-times", `${hale.path}/times`);
    await coordinator.visit("messages", "/messages");
    const trace = await page.locator('table tbody a[href^="/messages/"]').first().getAttribute("href");
    await coordinator.visit("message-trace", trace);
    return hale;
}

async function asMargaret(margaret, url, hale) {
    const { page } = margaret;
    const text = await lastText(url, MARGARET.mobile, (body) => body.includes("/r/"));
    await margaret.take("verify", "/verify", () => page.goto(linkIn(text.body)));
    await typeBirthDate(page, MARGARET.born);
    await page.getByLabel("Month", { exact: true }).fill("13");
    const ask = () => page.getByRole("button", { name: "Send me a code" }).click();
    await margaret.take("verify-refused", "/verify", ask);
    await typeBirthDate(page, MARGARET.born);
    await margaret.take("verify-code", "/verify/code", ask);
    await page.getByLabel("Code", { exact: true }).fill("abc");
    const show = () => page.getByRole("button", { name: "Show my referral" }).click();
    await margaret.take("verify-code-refused", "/verify/code", show);
    await asPatient(page, url, linkIn(text.body), MARGARET);
    await margaret.visit("my", "/my");
    const mine = `/my/${hale.path.split("/").pop()}`;
    await margaret.visit("times", `${mine}/times`);
    await margaret.visit("times-mornings", `${mine}/times?part=morning`);
    await margaret.visit("documents", `${mine}/documents`);
    await margaret.visit("my-messages", "/my/messages");
    await margaret.visit("my-access", "/my/access");
    await page.goto(`${url}${mine}/times`);
    await margaret.take("confirm", `${mine}/confirm`, () => page.getByRole("button", { name: /^Hold this time/ }).first().click());
    await margaret.take("my-booked", "/my", () => page.getByRole("button", { name: "Confirm this time" }).click());
    await margaret.visit("change", `${mine}/change`);
    await margaret.visit("cancel", `${mine}/cancel`);
    await margaret.visit("my-not-found", "/my/00000000-0000-7000-8000-000000000000/times", 404);
    return margaret;
}

/** Somebody whose report the referrer acknowledges, and who is asked how it was. */
async function asSurveyed(patient, url, referrer) {
    const acknowledged = await acknowledge(referrer, url);
    const text = await lastText(url, acknowledged.mobile, (body) => body.includes("how was your appointment?"));
    const { page } = patient;
    await asPatient(page, url, linkIn(text.body), acknowledged);
    await patient.visit("my-closed", "/my");
    const link = page.getByRole("link", { name: "Tell us how it was" }).first();
    const survey = await link.getAttribute("href");
    await patient.visit("survey", survey);
    await patient.take("survey-refused", survey, () => page.getByRole("button", { name: "Send my answer" }).click());
}

/** The patient of a referral whose report has come, and is now acknowledged. */
async function acknowledge({ page, take, visit }, url) {
    await page.goto(`${url}/referrals?state=outcome-received&mine=own`);
    const links = page.locator('table tbody a[href^="/referrals/"]');
    const paths = await links.evaluateAll((found) => found.map((link) => link.getAttribute("href")));
    for (const path of paths) {
        await page.goto(url + path);
        const mobile = (await fact(page, "Phone").catch(() => "")).replaceAll(" ", "").replace(/^0/, "+44");
        if (!mobile.startsWith("+447700900")) continue;
        await visit("detail-outcome", path);
        const born = dateOf(await fact(page, "Born"));
        await take("detail-acknowledged", path, () => page.getByRole("button", { name: "Acknowledge the report" }).click());
        return { mobile, born };
    }
    assert.fail("no report waits for the referrer, of a patient with a mobile telephone");
}

/** "12 April 1967 (59 years)" as "1967-04-12". */
function dateOf(born) {
    const day = new Date(`${born.split(" (")[0]} UTC`);
    assert.ok(!Number.isNaN(day.getTime()), born);
    return day.toISOString().slice(0, 10);
}

/** Somebody who is to send something, and comes in with a reference number. */
async function asAsked(patient, url, desk) {
    const [asked] = await find(desk, url, "info-needed", 1);
    await enter(patient.page, url, desk, asked);
    await patient.visit("my-asked", "/my");
    await patient.visit("documents-asked", `/my/${asked.path.split("/").pop()}/documents`);
}

/** Comes in with the reference number, as somebody without a message would. */
async function enter(page, url, desk, patient) {
    await desk.goto(url + patient.path);
    const number = await reference(desk);
    await page.goto(`${url}/start`);
    await page.getByLabel("Reference number").fill(number);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.waitForURL("**/verify");
    await asPatient(page, url, `${url}/verify`, patient);
}

/** A person whose pages are kept. */
function visitor(person, url, pages) {
    const { page } = person;

    /** Keeps the page to which `act` leads, which must be the one at `path`. */
    async function take(name, path, act, status = 200) {
        await person.expecting(status, async () => {
            const [answer] = await Promise.all([page.waitForResponse(isPage), act()]);
            await page.waitForLoadState("load");
            const { pathname } = new URL(answer.url());
            assert.deepEqual([pathname, answer.status()], [path.split("?")[0], status], name);
            pages.push({ name, path, html: await answer.text(), headers: answer.headers() });
        });
    }

    return { page, take, visit: (name, path, status) => take(name, path, () => page.goto(url + path), status) };
}

function isPage(answer) {
    const isRedirect = answer.status() >= 300 && answer.status() < 400;
    return answer.request().isNavigationRequest() && !isRedirect;
}
