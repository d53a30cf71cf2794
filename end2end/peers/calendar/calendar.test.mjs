// Invitations as others read them: the mails that a patient gets when they book, move and cancel a time, and the file
// that their page offers, judged by Python's email package, icalendar, vobject, ical.js and a Cyrus server.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { before, test } from "node:test";
import { startCyrus } from "./cyrus.mjs";
import { tell } from "./visit.mjs";
import { aloneWithIcalJs, feedWithIcalJs, listWithIcalJs, readWithIcalJs } from "./with-ical-js.mjs";

const OURS = path.resolve(import.meta.dirname, "../../../target/peers/calendar/bin/python");
const PYTHON = process.env.PEER_PYTHON ?? OURS;
/** Each step, in order, with the method and the status that RFC 5546 asks of it. */
const EXPECTED = {
    booked: { method: "REQUEST", status: "CONFIRMED" },
    moved: { method: "REQUEST", status: "CONFIRMED" },
    cancelled: { method: "CANCEL", status: "CANCELLED" },
    again: { method: "REQUEST", status: "CONFIRMED" },
};
const STEPS = Object.keys(EXPECTED);
/** Words that tell what somebody suffers from. The names of the clinics come from the page. */
const CLINICAL = [
    "joint", "rheum", "knee", "blood", "heart", "cardi", "skin", "derma", "cancer", "tumour", "onco", "diagnos",
    "suspect", "urgent", "symptom", "treat", "disease", "mental", "two-week",
];
/** Words in the name of a clinic that tell nothing. */
const HARMLESS = new Set(["clinic", "service", "team", "and", "the", "for", "general", "hospital", "of"]);

let story;
let judged;

before(async () => {
    story = await tell();
    const each = (names, judgement) => Object.fromEntries(names.map((name) => [name, judgement(name)]));
    judged = {
        mails: each(STEPS, (step) => judge("mail", story.steps[step].raw)),
        files: each(Object.keys(story.downloads), (step) => judge("calendar", story.downloads[step].bytes)),
        feeds: each(STEPS, (step) => judge("feed", story.feeds[step].text)),
    };
});

for (const step of STEPS) {
    test(`the mail of the step "${step}" has no fault that Python's email package, icalendar or vobject find`, () => {
        assert.deepEqual(judged.mails[step].faults, []);
    });

    test(`the mail of the step "${step}" is built so that mail programs show an invitation`, () => {
        const mail = judged.mails[step];
        // The richest alternative comes last (RFC 2046 section 5.1.4).
        const alternative = "multipart/alternative(text/plain, text/html, text/calendar)";
        const outer = mail.attached.length > 0 ? `multipart/mixed(${alternative}, application/ics)` : alternative;
        assert.equal(mail.structure, outer);
        assert.equal(mail.method, EXPECTED[step].method, "the parameter of the part");
        for (const file of mail.attached) {
            assert.match(file.name, /^\w+\.ics$/);
            assert.ok(file.same, "the attached file is the invitation once more");
            assert.equal(file.method, mail.method);
        }
        assert.deepEqual(mail.to, [story.patient.mail]);
        assert.equal(mail.from.length, 1);
        assert.equal(mail.automatic, "auto-generated");
        assert.ok(Math.abs(Date.parse(mail.date) - Date.now()) < 15 * 60_000, `sent now: ${mail.date}`);
        for (const text of [mail.plain, mail.html]) {
            assert.ok(text.includes(story.steps[step].when), `${story.steps[step].when} is in: ${text}`);
        }
    });

    test(`three readers find the same in the invitation of the step "${step}", and what the page showed`, () => {
        const { content, readers } = judged.mails[step];
        const facts = readWithIcalJs(content);
        assert.deepEqual(readers, { icalendar: facts, vobject: facts });
        assert.equal(facts.method, EXPECTED[step].method);
        assert.equal(facts.status, EXPECTED[step].status);
        assert.equal(facts.start, story.steps[step].at, "the instant that the page showed");
        assert.ok(facts.end > facts.start);
        assert.deepEqual(facts.attendees, [`mailto:${story.patient.mail}`]);
        assert.match(facts.organizer, /^mailto:[^@\s]+@[^@\s]+$/);
        assert.equal(facts.alarms, EXPECTED[step].method === "CANCEL" ? 0 : 1);
    });

    test(`who looks over a shoulder learns nothing from the mail of the step "${step}"`, () => {
        const { subject, content } = judged.mails[step];
        const { summary, description, location } = readWithIcalJs(content);
        for (const shown of [subject, summary, description, location]) {
            for (const word of tellingWords()) assert.doesNotMatch(shown, new RegExp(`\\b${word}`, "i"));
        }
        for (const name of story.patient.name.split(" ")) assert.ok(!subject.includes(name), subject);
    });
}

// Calendars compare the organizer with who sent the mail before they trust an invitation (RFC 6047 section 3), and an
// answer goes to the organizer: so the address must be one that the product sends from, or asks to be answered at.
test("the organizer is who sends the mail", () => {
    for (const step of STEPS) {
        const { from, reply, content } = judged.mails[step];
        const organizer = readWithIcalJs(content).organizer.replace("mailto:", "");
        const known = [...from, ...reply];
        assert.ok(known.includes(organizer), `${step}: ${organizer} is not ${known.join(" or ")}`);
    }
});

test("all invitations are about one event, and each is newer than the one before", () => {
    const all = STEPS.map((step) => readWithIcalJs(judged.mails[step].content));
    assert.equal(new Set(all.map((event) => event.uid)).size, 1);
    assert.equal(new Set(all.map((event) => event.organizer)).size, 1);
    for (const [index, event] of all.entries()) {
        if (index === 0) continue;
        const older = all[index - 1];
        assert.ok(event.sequence > older.sequence, `${STEPS[index]}: ${event.sequence} after ${older.sequence}`);
        assert.ok(event.stamp >= older.stamp, `${STEPS[index]}: ${event.stamp} after ${older.stamp}`);
    }
    assert.notEqual(story.steps.moved.at, story.steps.booked.at, "the time did move");
    assert.match(all[0].zone, /\//, "the wall clock of a place is meant, whose changes count");
    assert.equal(new Set(STEPS.map((step) => judged.mails[step].messageId)).size, STEPS.length);
});

for (const step of ["booked", "moved"]) {
    test(`the file that the page offers after the step "${step}" says the same as the mail`, () => {
        const file = story.downloads[step];
        const { faults, content, readers } = judged.files[step];
        assert.deepEqual(faults, []);
        const facts = readWithIcalJs(content);
        assert.deepEqual(readers, { icalendar: facts, vobject: facts });
        const { stamp, ...same } = facts;
        const { stamp: sent, ...mailed } = readWithIcalJs(judged.mails[step].content);
        assert.deepEqual(same, mailed);
        assert.ok(stamp >= sent);
        assert.match(file.name, /^\w+\.ics$/);
        assert.match(file.headers["content-type"], /^text\/calendar; charset=utf-8/);
        assert.match(file.headers["content-disposition"], /^attachment/);
        assert.match(file.headers["cache-control"], /private|no-store/);
        // An address to subscribe to would have to be judged here as well.
        assert.deepEqual(file.others, []);
    });
}

test("there is no file for a time that is cancelled", () => {
    assert.equal(story.statusOfFileOnceCancelled, 404);
});

test("a calendar server enters the visit, moves it, takes it out, and enters it again", async (t) => {
    const cyrus = await startCyrus(story.patient.mail);
    try {
        const { uid } = readWithIcalJs(judged.mails.booked.content);
        assert.deepEqual(listWithIcalJs(await cyrus.calendar()), []);
        for (const step of STEPS) {
            await t.test(step, async () => {
                await cyrus.deliver(story.steps[step].raw);
                const events = listWithIcalJs(await cyrus.calendar());
                const taken = EXPECTED[step].method === "CANCEL";
                const { status } = EXPECTED[step];
                assert.deepEqual(events, taken ? [] : [{ uid, status, start: story.steps[step].at }]);
            });
        }
    } finally {
        await cyrus.stop();
    }
});

for (const step of STEPS) {
    test(`three readers find in the patient's feed after the step "${step}" what the mail said`, () => {
        const mailed = readWithIcalJs(judged.mails[step].content);
        const { faults, readers } = judged.feeds[step];
        assert.deepEqual(faults, []);
        const facts = feedWithIcalJs(story.feeds[step].text, mailed.uid);
        assert.deepEqual({ icalendar: readers.icalendar[mailed.uid], vobject: readers.vobject[mailed.uid] }, {
            icalendar: facts,
            vobject: facts,
        });
        for (const name of ["sequence", "status", "zone", "start", "end", "summary", "description", "location", "alarms"]) {
            assert.deepEqual(facts[name], mailed[name], name);
        }
        for (const shown of [facts.summary, facts.description, facts.location, facts.name]) {
            for (const word of tellingWords()) assert.doesNotMatch(shown, new RegExp(`\\b${word}`, "i"));
        }
    });
}

test("the patient's feed is asked for again as HTTP knows it, and is not there once it was stopped", () => {
    const { booked, moved, cancelled, unchanged, stopped } = story.feeds;
    for (const { status, headers } of [booked, moved, cancelled]) {
        assert.equal(status, 200);
        assert.match(headers["content-type"], /^text\/calendar; charset=utf-8/);
        assert.match(headers["cache-control"], /private/);
        assert.equal(headers["set-cookie"], undefined);
        assert.ok(Math.abs(Date.parse(headers["last-modified"]) - Date.now()) < 15 * 60_000);
    }
    assert.notEqual(booked.headers.etag, moved.headers.etag);
    assert.deepEqual([unchanged.status, unchanged.text], [304, ""]);
    assert.equal(unchanged.headers.etag, cancelled.headers.etag);
    assert.equal(stopped.status, 404);
});

test("a calendar server keeps what the feed says of the visit, and what it says later in its place", async (t) => {
    const cyrus = await startCyrus(story.patient.mail);
    try {
        const { uid } = readWithIcalJs(judged.mails.booked.content);
        for (const step of STEPS) {
            await t.test(step, async () => {
                const { status, said } = await cyrus.put(uid, aloneWithIcalJs(story.feeds[step].text, uid));
                assert.equal(status, step === "booked" ? 201 : 204, said);
                const [{ start, ...kept }] = listWithIcalJs(await cyrus.calendar());
                assert.deepEqual(kept, { uid, status: EXPECTED[step].status });
                assert.equal(start, story.steps[step].at);
            });
        }
    } finally {
        await cyrus.stop();
    }
});

/** What Python's readers say of a mail or a calendar. */
function judge(kind, content) {
    const program = path.join(import.meta.dirname, "judge.py");
    return JSON.parse(execFileSync(PYTHON, [program, kind], { input: content, encoding: "utf8" }));
}

function tellingWords() {
    const ofClinic = story.patient.clinic.toLowerCase().match(/[a-z]{3,}/g) ?? [];
    assert.ok(ofClinic.length > 0, "the clinic has a name");
    return [...CLINICAL, ...ofClinic.filter((word) => !HARMLESS.has(word))];
}
