// Mail over a real line to a server that others wrote: what arrives is read by Python's own reader of mail, what is put off is
// sent again, and what comes back is known as not delivered.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { test } from "node:test";
import { LAPTOP, PHONE, openBrowser } from "../../lib/browser.mjs";
import { COORDINATOR, asPatient, lastText, linkIn, signIn } from "../../lib/people.mjs";
import { everyOne, freePort, openTexts, startOperated, startProgram, textsGoTo } from "../../lib/provider.mjs";
import { fact, find } from "../../lib/referrals.mjs";
import { story } from "../../lib/story.mjs";
import { within } from "../../lib/wait.mjs";

const run = promisify(execFile);
const PYTHON = process.env.PEER_PYTHON ?? path.resolve(import.meta.dirname, "../../../target/peers/mail/bin/python");
const WITH_VISIT = (method) => [
    "multipart/mixed",
    [["multipart/alternative", ["text/plain", "text/html", `text/calendar; method=${method}`]], `application/ics; method=${method}`],
];

test("mail arrives as it should, is sent again when put off, and is known not to have arrived", async (t) => {
    const server = await openServer();
    const texts = await openTexts();
    const browser = await openBrowser();
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-mail-"));
    const database = path.join(folder, "waymark.db");
    let waymark;
    try {
        waymark = await startOperated({
            WAYMARK_DATABASE_URL: `sqlite:${database}`,
            ...textsGoTo(texts.url),
            WAYMARK_EMAIL_HOST: "127.0.0.1",
            WAYMARK_EMAIL_PORT: String(server.port),
            WAYMARK_EMAIL_TLS: "none",
            WAYMARK_EMAIL_FROM: "Waymark <no-reply@waymark.example>",
            WAYMARK_EMAIL_BOUNCES: "bounces@waymark.example",
        });
        await journey(t, waymark, browser, texts, { server, database });
    } finally {
        await everyOne(() => browser.close(), () => waymark?.stop(), () => texts.close(), () => server.stop());
        await rm(folder, { recursive: true, force: true });
    }
});

async function openServer() {
    const [port, control] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${control}`;
    const script = path.join(import.meta.dirname, "server.py");
    const isReady = async () => (await fetch(`${url}/mails`)).ok;
    const program = await startProgram(PYTHON, [script, String(port), String(control)], isReady);
    const read = async (what) => (await fetch(url + what)).json();
    return {
        port,
        to: async (address) => (await read("/mails")).map((mail, at) => ({ ...mail, at })).filter(({ envelope }) => envelope.to.includes(address)),
        replies: async (address) => (await read("/replies")).filter(({ to }) => to === address).map(({ reply }) => reply),
        next: (to, reply) => fetch(`${url}/next`, { method: "POST", body: JSON.stringify({ to, reply }) }),
        report: async (at, to) => (await fetch(`${url}/report/${at}?to=${encodeURIComponent(to)}`)).text(),
        stop: program.stop,
    };
}

async function journey(t, waymark, browser, texts, { server, database }) {
    const { url } = waymark;
    const step = story(t, browser, "peer-mail");
    const desk = await browser.person(LAPTOP);
    const phone = await browser.person(PHONE);
    const { page } = phone;
    let patient;
    let mine;

    /** What `act` brings to the patient's mailbox: the first mail with a calendar that was not there before. */
    const brought = async (act, patience = 20_000) => {
        const before = (await server.to(patient.mail)).length;
        await act();
        return within(patience, "a mail with a calendar", async () =>
            (await server.to(patient.mail)).slice(before).find((mail) => mail.calendar),
        );
    };
    const states = async (state) => {
        await desk.page.goto(`${url}/messages?state=${state}`);
        return desk.page.locator("main").innerText();
    };

    await step("a patient with a mailbox comes in", async () => {
        await signIn(desk.page, url, COORDINATOR);
        patient = await whoHasMail(desk.page, url);
        await remind(desk.page, url, patient);
        const text = await lastText(texts.url, patient.mobile, (body) => body.includes("/r/"));
        await asPatient(page, texts.url, linkIn(text.body), patient);
        mine = `${url}/my/${patient.path.split("/").pop()}`;
    });

    await step("a booked time arrives as text, HTML and calendar, without a defect", async () => {
        const mail = await brought(() => choose(page, `${mine}/times`));
        assert.deepEqual(mail.shape, WITH_VISIT("REQUEST"));
        assert.deepEqual(mail.defects, []);
        assert.equal(mail.bare_line_ends, 0);
        assert.ok(mail.longest_line <= 998, `a line of ${mail.longest_line}`);
        assert.match(mail.text, /\w/);
        assert.match(mail.html, /<html/i);
        assert.match(mail.calendar, /^BEGIN:VCALENDAR\r?\n[^]*METHOD:REQUEST/);
        const { headers, envelope } = mail;
        assert.deepEqual(envelope.to, [patient.mail]);
        assert.match(envelope.from, /^bounces\+[\w-]+@waymark\.example$/);
        assert.equal(headers.from, "Waymark <no-reply@waymark.example>");
        assert.match(headers["message-id"], /^<[\w-]+@waymark\.example>$/);
        assert.equal(headers["auto-submitted"], "auto-generated");
        assert.ok(Math.abs(Date.parse(headers.date) - Date.now()) < 60_000, headers.date);
        assert.equal(headers["list-unsubscribe"], undefined, "what somebody booked is theirs to know");
    });

    await step("a reminder by mail can be ended with one click", async () => {
        const other = await whoHasMail(desk.page, url, patient.mail);
        await prefersMail(database, other.mail);
        await remind(desk.page, url, other);
        const mail = await within(20_000, "a reminder", async () => (await server.to(other.mail))[0]);
        assert.deepEqual([mail.shape, mail.defects], [["multipart/alternative", ["text/plain", "text/html"]], []]);
        const { headers } = mail;
        assert.equal(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
        const address = /^<(http\S*\/unsubscribe\/[\w-]+)>$/.exec(headers["list-unsubscribe"])[1];
        const form = { "content-type": "application/x-www-form-urlencoded" };
        const answer = await fetch(address, { method: "POST", headers: form, body: "List-Unsubscribe=One-Click" });
        assert.equal(answer.status, 200);
        assert.match(await answer.text(), /no more e-mails/);
    });

    await step("what the server puts off is sent again, and arrives once", async () => {
        const before = (await server.replies(patient.mail)).length;
        await server.next(patient.mail, "451 4.7.1 Come back later");
        const mail = await brought(() => choose(page, `${mine}/change`), 60_000);
        const replies = (await server.replies(patient.mail)).slice(before).map((reply) => reply.slice(0, 3));
        assert.deepEqual(replies.filter((code) => code === "451"), ["451"]);
        assert.deepEqual(mail.shape, WITH_VISIT("REQUEST"));
        const same = (await server.to(patient.mail)).filter(({ headers }) => headers["message-id"] === mail.headers["message-id"]);
        assert.equal(same.length, 1);
    });

    await step("a report that a mail came back is believed at its own address alone", async () => {
        const [mail] = (await server.to(patient.mail)).filter(({ calendar }) => calendar).slice(-1);
        const token = /\+([\w-]+)@/.exec(mail.envelope.from)[1];
        const body = await server.report(mail.at, patient.mail);
        const post = (name) => fetch(`${url}/hooks/bounces/${name}`, { method: "POST", body });
        assert.equal((await post(`${token}0`)).status, 403);
        assert.equal((await post(token)).status, 204);
        assert.match(await states("permanent-failure"), /the mailbox is full/);
    });

    await step("what the server refuses for good is not sent again", async () => {
        const before = (await server.to(patient.mail)).length;
        const replies = (await server.replies(patient.mail)).length;
        await server.next(patient.mail, "550 5.1.1 No such mailbox");
        await cancel(page, mine);
        await within(20_000, "a refusal", async () => (await server.replies(patient.mail)).length > replies);
        await within(20_000, "its state", async () => /5\.1\.1/.test(await states("permanent-failure")));
        assert.equal((await server.to(patient.mail)).length, before);
        assert.deepEqual((await server.replies(patient.mail)).slice(replies).filter((reply) => reply.startsWith("550")).length, 1);
    });
}

async function remind(page, url, patient) {
    await page.goto(url + patient.path);
    await page.locator("#act-remind > summary").click();
    await page.getByRole("button", { name: "Send the reminder" }).click();
    await page.getByText("The reminder is on its way.").waitFor();
}

/** As if the patient had said so. */
async function prefersMail(database, mail) {
    const words = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10); "
        + "db.execute(\"update patient set prefers = 'email' where email = ?\", [sys.argv[2]]); db.commit()";
    await run(PYTHON, ["-c", words, database, mail]);
}

/** An accepted referral whose patient has a mobile telephone and an address for mail, other than this one. */
async function whoHasMail(page, url, not = "") {
    for (const patient of await find(page, url, "accepted", 6)) {
        await page.goto(url + patient.path);
        const mail = await fact(page, "E-mail");
        if (mail.includes("@") && mail !== not) return { ...patient, mail };
    }
    assert.fail("nobody who may book has an address for mail");
}

/** Holds the first time that is offered and confirms it. */
async function choose(page, from) {
    await page.goto(from);
    await page.getByRole("button", { name: /^Hold this time/ }).first().click();
    await page.waitForURL("**/confirm");
    await page.getByRole("button", { name: "Confirm this time" }).click();
    await page.waitForURL("**/my");
    await page.getByText(/Booked: \w+ \d/).waitFor();
}

async function cancel(page, mine) {
    await page.goto(`${mine}/cancel`);
    await page.getByRole("button", { name: "Cancel my visit" }).click();
    await page.waitForURL("**/my");
    await page.getByText("Your time is cancelled.").waitFor();
}
