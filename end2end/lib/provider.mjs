// The real server as an operator runs it, without the demonstration's capture page, and the providers that it is told
// to use: servers of our own, so that a test sees every word that leaves.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { freePort, serve, startProgram } from "./program.mjs";

export { freePort, startProgram };

/** The account with the provider of text messages, in the form that Twilio gives its accounts. */
export const ACCOUNT = {
    sid: "AC0123456789abcdef0123456789abcdef",
    token: "a-token-of-letters-and-digits-42",
    from: "+441632960123",
};

/** Settings with which text messages go to `address` at any hour, beside a notice and not after it. */
export function textsGoTo(address) {
    return {
        WAYMARK_SMS_PROVIDER_BASE_URL: address,
        WAYMARK_SMS_ACCOUNT_SID: ACCOUNT.sid,
        WAYMARK_SMS_AUTH_TOKEN: ACCOUNT.token,
        WAYMARK_SMS_FROM: ACCOUNT.from,
        WAYMARK_MESSAGES_QUIET_FROM: "",
        WAYMARK_MESSAGES_QUIET_TO: "",
        WAYMARK_MESSAGES_FALL_BACK_HOURS: "0",
    };
}

/**
 * Loads the demonstration into a fresh folder and starts `waymark serve` on it; `settings` are more variables of its
 * environment.
 *
 * The answer has `url`, `command(...args)`, which runs another verb of the program on the same data and gives the JSON
 * lines that it prints, and `stop()`, which insists on a clean end within 10 seconds.
 */
export async function startOperated(settings = {}) {
    const { run, ...server } = await serve({ first: ["demo"], settings });
    return { ...server, command: async (...args) => jsonLines(await run(...args)) };
}

function jsonLines(text) {
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/**
 * An HTTP server that hands each request to `answer` and keeps both in `exchanges`, oldest first.
 *
 * `answer` gets {method, path, headers, body} and gives {status, headers, body}; with `isLost` we hang up instead.
 */
export async function startRecorder(answer) {
    const exchanges = [];
    const server = createHttpServer(async (request, response) => {
        try {
            const { method, url, headers } = request;
            const asked = { method, path: url, headers, body: await wholeBody(request) };
            const answered = await answer(asked);
            exchanges.push({ asked, answered });
            if (answered.isLost) return request.socket.destroy();
            response.writeHead(answered.status, answered.headers).end(answered.body);
        } catch (error) {
            exchanges.push({ error });
            request.socket.destroy();
        }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        exchanges,
        async close() {
            server.closeAllConnections();
            server.close();
            await once(server, "close");
            const broken = exchanges.find((exchange) => exchange.error);
            assert.ifError(broken?.error);
        },
    };
}

async function wholeBody(stream) {
    const parts = [];
    for await (const part of stream) parts.push(part);
    return Buffer.concat(parts);
}

/** Headers that belong to one connection (RFC 9110 section 7.6.1), or that are worked out anew. */
const HOP = ["connection", "content-length", "host", "keep-alive", "transfer-encoding"];

function without(headers, names) {
    return Object.fromEntries(headers.filter(([name]) => !names.includes(name)));
}

/** Passes a request on to `origin`, and gives its answer as a recorder wants it. */
export async function forwarded(origin, asked) {
    const answer = await fetch(origin + asked.path, {
        method: asked.method,
        headers: without(Object.entries(asked.headers), HOP),
        body: asked.body.length > 0 ? asked.body : undefined,
        redirect: "manual",
    });
    const body = Buffer.from(await answer.arrayBuffer());
    // The client has unpacked the body.
    return { status: answer.status, headers: without([...answer.headers], [...HOP, "content-encoding"]), body };
}

/**
 * A provider of text messages with the paths of Twilio. It takes every message, unless `answer` decides instead (see
 * `startRecorder`). What it took can also be read where the demonstration shows what it captured, so that `lastText`
 * and `asPatient` work with its address in place of the product's.
 */
export async function openTexts(answer = taken) {
    let losing = 0;
    const recorder = await startRecorder(async (asked) => {
        if (asked.path === "/demo/messages.json") return json(200, { texts: texts(), mails: [] });
        const answered = await answer(asked);
        const isLost = asked.method === "POST" && losing > 0;
        if (isLost) losing -= 1;
        return { ...answered, isLost };
    });

    /** What the product asked of the provider, oldest first. */
    function exchanges() {
        return recorder.exchanges.filter(({ asked }) => asked && asked.path !== "/demo/messages.json");
    }

    /** Texts that were taken, newest first. */
    function texts() {
        return exchanges()
            .filter(({ asked, answered }) => asked.method === "POST" && answered.status === 201)
            .map(({ asked }) => {
                const form = new URLSearchParams(asked.body.toString());
                return { to: form.get("To"), body: form.get("Body"), callback: form.get("StatusCallback") };
            })
            .reverse();
    }

    return {
        url: recorder.url,
        exchanges,
        texts,
        /** The next message is taken, but the product never hears of it. */
        loseNextAnswer: () => (losing += 1),
        close: recorder.close,
    };
}

function taken(asked) {
    if (asked.method === "POST") return json(201, { sid: `SM${randomBytes(16).toString("hex")}`, status: "queued" });
    return json(200, { messages: [], next_page_uri: null });
}

function json(status, value) {
    return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** Does every one, in order, even after one has failed; the first failure is the outcome. */
export async function everyOne(...acts) {
    const failures = [];
    for (const act of acts) {
        try {
            await act();
        } catch (error) {
            failures.push(error);
        }
    }
    if (failures.length > 0) throw failures[0];
}
