// How people of the demonstration come in, and what reaches them.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { PASSWORD } from "./waymark.mjs";
import { within } from "./wait.mjs";

export const REFERRER = "amara.osei@alder-street.example";
export const SPECIALIST = "daniel.okafor@wrenfield-hospitals.example";
export const COORDINATOR = "grace.whitlock@wrenfield-hospitals.example";
export const QUALITY = "ruth.castellan@wrenfield-hospitals.example";
export const ADMINISTRATOR = "owen.blackwood@wrenfield-hospitals.example";
/** The first patient of the demonstration. */
export const MARGARET = { name: "Margaret Hale", born: "1948-03-31", mobile: "+447700900123" };

/** The code that an authenticator would show (RFC 6238: SHA-1, 6 digits, 30 seconds) with the demonstration's secret. */
export function codeOf(email, at = Date.now()) {
    const secret = createHash("sha256").update(`waymark demonstration ${email}`).digest().subarray(0, 20);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
    const mac = createHmac("sha1", secret).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
}

/** Signs a member of staff in with password and code. A code works once, so each person signs in once a journey. */
export async function signIn(page, url, email) {
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL("**/sign-in/code");
    await page.getByLabel("Code", { exact: true }).fill(codeOf(email));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((to) => !to.pathname.startsWith("/sign-in"));
}

/** Everything that the demonstration has captured, newest first. */
export async function captured(url) {
    return (await fetch(`${url}/demo/messages.json`)).json();
}

/** The newest text message to a number that `fits`; waits for it. */
export async function lastText(url, to, fits = () => true) {
    return within(20_000, `a text message to ${to}`, async () =>
        (await captured(url)).texts.find((text) => text.to === to && fits(text.body)),
    );
}

/** The newest mail that `fits`; waits for it. */
export async function lastMail(url, to, fits = () => true) {
    return within(20_000, `a mail to ${to}`, async () =>
        (await captured(url)).mails.find((mail) => mail.to.includes(to) && fits(mail)),
    );
}

/** The link in a message. */
export function linkIn(text) {
    const found = /https?:\/\/\S+\/r\/\S+/.exec(text);
    assert.ok(found, `no link in: ${text}`);
    return found[0];
}

/** Types a date of birth, "1948-03-31". */
export async function typeBirthDate(page, born) {
    const [year, month, day] = born.split("-");
    await page.getByLabel("Day", { exact: true }).fill(String(Number(day)));
    await page.getByLabel("Month", { exact: true }).fill(String(Number(month)));
    await page.getByLabel("Year", { exact: true }).fill(year);
}

/** Opens a link as a patient and proves who it is: date of birth, then the code from the text message. */
export async function asPatient(page, url, link, patient) {
    await page.goto(link);
    assert.ok(!page.url().includes("/r/"), "the link's secret leaves the address");
    await typeBirthDate(page, patient.born);
    const before = (await captured(url)).texts.length;
    await page.getByRole("button", { name: "Send me a code" }).click();
    await page.waitForURL("**/verify/code");
    const sent = await within(20_000, "the code", async () => {
        const { texts } = await captured(url);
        const fresh = texts.slice(0, texts.length - before);
        return fresh.find((text) => text.to === patient.mobile && /\b\d{6}\b/.test(text.body));
    });
    await page.getByLabel("Code", { exact: true }).fill(/\b\d{6}\b/.exec(sent.body)[0]);
    await page.getByRole("button", { name: "Show my referral" }).click();
    await page.waitForURL("**/my");
}
