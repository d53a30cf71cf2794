// The command line's answers on text messages and signatures, beside those of libraries that others wrote.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import path from "node:path";
import { test } from "node:test";
import calculator from "sms-segments-calculator";
import { Webhook } from "standardwebhooks";
import twilio from "twilio";

const PYTHON = process.env.PEER_PYTHON ?? path.resolve(import.meta.dirname, "../../../target/peers/sms/bin/python");

/** Characters that sit on every side of a boundary: one septet, two, one UTF-16 unit, two, and half of a pair. */
const POOLS = {
    "letters of the default alphabet": [..."abc XYZ0189@£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r"],
    "the extension": [..."ab€[]{}|~^\\\f"],
    "national letters and marks": [..."açáíóúÀâêŵłşğ’“–…`\t\u00a0"],
    "other scripts and emoji": [..."aжع中한😀👋𝒜𐍈"],
    "halves of pairs": ["a", "ж", "\ud83d", "\ude00", "😀"],
};

/** The same numbers each time, so that a failure can be seen again (mulberry32). */
function random(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** What the command answers to these lines, by id. */
function answers(verb, lines, status) {
    const input = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
    const run = spawnSync(process.env.WAYMARK_BIN, [...verb, "-"], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    assert.equal(run.status, status, run.stderr);
    const all = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(all.length, lines.length);
    return new Map(all.map((answer) => [answer.id, answer]));
}

test("texts cost what two other libraries say they cost", () => {
    const next = random(7);
    const lines = [];
    for (const [name, pool] of Object.entries(POOLS)) {
        for (const edge of [1, 67, 70, 134, 153, 160, 201, 306, 459]) {
            for (let more = -3; more <= 3; more++) {
                for (let time = 0; time < 12; time++) {
                    const length = Math.max(1, edge + more);
                    const text = Array.from({ length }, () => pool[Math.floor(next() * pool.length)]).join("");
                    lines.push({ id: `${name} ${lines.length}`, text });
                }
            }
        }
    }
    const ours = answers(["message", "segments"], lines, 0);
    // The calculator keeps clusters of code points on one part, which networks do not; no pool has one of several.
    for (const { id, text } of lines) {
        const theirs = new calculator.SegmentedMessage(text);
        const { encoding, segments, characters } = ours.get(id);
        assert.deepEqual([encoding, segments], [theirs.encodingName, theirs.segments.length], `${id}: ${JSON.stringify(text)}`);
        assert.equal(characters, [...text].length, id);
    }
    const whole = lines.filter(({ text }) => text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text));
    const input = whole.map(({ text }) => `${JSON.stringify(text)}\n`).join("");
    const run = spawnSync(PYTHON, [path.join(import.meta.dirname, "segments.py")], { input, encoding: "utf8", maxBuffer: 2 ** 26 });
    assert.equal(run.status, 0, run.stderr);
    const theirs = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(theirs.length, whole.length);
    whole.forEach(({ id, text }, at) => {
        const { encoding, segments } = ours.get(id);
        assert.deepEqual([encoding, segments], theirs[at], `${id}: ${JSON.stringify(text)}`);
    });
    assert.ok(whole.length > 3000, `${whole.length} texts`);
});

test("a line that cannot be read is named, and the others are answered", () => {
    const lines = ['{"id":1,"text":"a"}', "not json", "", '{"id":2}', '{"id":3,"text":"\\ud83d"}'];
    const run = spawnSync(process.env.WAYMARK_BIN, ["message", "segments", "-"], { input: lines.join("\n"), encoding: "utf8" });
    assert.equal(run.status, 1);
    const said = (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(said(run.stdout).map(({ id, encoding }) => [id, encoding]), [[1, "GSM-7"], [3, "UCS-2"]]);
    assert.deepEqual(said(run.stderr).map(({ line }) => line), [2, 4]);
});

test("signatures of the provider's library are judged as that library judges them", () => {
    const next = random(11);
    const one = (all) => all[Math.floor(next() * all.length)];
    const words = ["", "a", "delivered", "+447700900123", "ü & = %", "日本", "b a", "30003"];
    const hosts = ["clinic.example", "clinic.example:443", "clinic.example:8443", "[::1]", "[::1]:8080", "u:p@clinic.example"];
    const lines = [];
    const expected = new Map();
    for (let at = 0; at < 3000; at++) {
        const scheme = one(["https", "http"]);
        const address = `${scheme}://${one(hosts)}/hooks/it's?id=${at}&x=${encodeURIComponent(one(words))}`;
        const params = {};
        for (let field = 0; field < Math.floor(next() * 6); field++) {
            params[one(["To", "From", "SmsStatus", "Body", "ähm", "A", "a"])] =
                next() < 0.3 ? Array.from({ length: Math.floor(next() * 4) }, () => one(words)) : one(words);
        }
        const secret = one(["12345", "another", "ключ"]);
        const signature = twilio.getExpectedTwilioSignature(secret, address, params);
        // Each is checked as it is, or after something on the way was changed.
        const called = { id: at, url: address, params, signature, secret };
        switch (Math.floor(next() * 8)) {
            case 0: called.params = { ...params, A: "changed" }; break;
            case 1: called.url = address.replace("clinic.example/", "clinic.example:8443/"); break;
            case 2: called.url = address.replace(/:\d+\//, "/"); break;
            case 3: called.url = address.replace("hooks", "hook"); break;
            case 4: called.secret = "12346"; break;
            case 5: called.url = address.replace(/^https?/, one(["http", "https"])); break;
            default: break;
        }
        lines.push(called);
        expected.set(at, twilio.validateRequest(called.secret, signature, called.url, called.params));
    }
    const ours = answers(["webhook", "verify"], lines, 1);
    for (const called of lines) {
        const { valid, why } = ours.get(called.id);
        assert.equal(valid, expected.get(called.id), JSON.stringify(called));
        assert.equal(why === "", valid);
    }
    const count = [...expected.values()].filter(Boolean).length;
    assert.ok(count > 1000 && count < 2600, `${count} of 3000 are valid`);
});

test("calls with a body in JSON are judged as the provider's library judges them", () => {
    const next = random(13);
    const lines = [];
    const expected = new Map();
    for (let at = 0; at < 500; at++) {
        const body = JSON.stringify({ at, status: "delivered", text: "ü 😀" });
        const digest = createHash("sha256").update(body).digest("hex");
        const url = `https://clinic.example/hooks?bodySHA256=${digest}&at=${at}`;
        const signature = twilio.getExpectedTwilioSignature("12345", url, {});
        const called = { id: at, url, body, signature, secret: "12345" };
        const kind = Math.floor(next() * 4);
        if (kind === 0) called.body = body.replace("delivered", "sent");
        if (kind === 1) called.url = url.replace("&at", "&it");
        if (kind === 2) called.url = url.replace("example/", "example:443/");
        lines.push(called);
        expected.set(at, twilio.validateRequestWithBody(called.secret, signature, called.url, called.body));
    }
    const ours = answers(["webhook", "verify"], lines, 1);
    for (const called of lines) assert.equal(ours.get(called.id).valid, expected.get(called.id), JSON.stringify(called));
});

test("deliveries by the standard are judged as its own library judges them", () => {
    const next = random(17);
    const key = createHmac("sha256", "seed").update("key").digest("base64");
    const webhook = new Webhook(`whsec_${key}`);
    const now = Math.floor(Date.now() / 1000);
    const lines = [];
    const expected = new Map();
    for (let at = 0; at < 1000; at++) {
        // The library reads its own clock: nothing that a second could decide.
        const signedAt = now + [0, -240, 240, -400, 400, -86_400][Math.floor(next() * 6)];
        const body = JSON.stringify({ at, text: "ü 😀" });
        const id = `msg_${at}`;
        const signature = webhook.sign(id, new Date(signedAt * 1000), body);
        const headers = { "webhook-id": id, "webhook-timestamp": String(signedAt), "webhook-signature": signature };
        const called = { id: at, body, headers, secret: `whsec_${key}` };
        const kind = Math.floor(next() * 6);
        if (kind === 0) called.body = body.replace("text", "test");
        if (kind === 1) headers["webhook-id"] = `${id}0`;
        if (kind === 2) headers["webhook-signature"] = `v1,AAAA v2,x ${signature}`;
        if (kind === 3) headers["webhook-timestamp"] = String(signedAt + 1);
        lines.push(called);
        let isValid = true;
        try {
            webhook.verify(called.body, headers);
        } catch {
            isValid = false;
        }
        expected.set(at, isValid);
    }
    const ours = answers(["webhook", "verify"], lines, 1);
    for (const called of lines) {
        assert.equal(ours.get(called.id).valid, expected.get(called.id), JSON.stringify([called, ours.get(called.id)]));
    }
    assert.ok([...expected.values()].filter(Boolean).length > 200);
});
