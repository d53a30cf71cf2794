// The real server as an operator runs it, without the demonstration's capture page, and the providers that it is told
// to use: servers of our own, so that a test sees every word that leaves.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { within } from "./wait.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const BINARY = path.resolve(ROOT, process.env.WAYMARK_BIN ?? "target/debug/waymark");
const SITE = path.resolve(ROOT, process.env.WAYMARK_SITE_DIR ?? "target/site");
const run = promisify(execFile);

/** The account with the provider of text messages, in the form that Twilio gives its accounts. */
export const ACCOUNT = {
    sid: "AC0123456789abcdef0123456789abcdef",
    token: "a-token-of-letters-and-digits-42",
    from: "+441632960123",
};

/** A port that nobody listens on. */
export async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

/** Settings with which text messages go to `address` at any hour. */
export function textsGoTo(address) {
    return {
        WAYMARK_SMS_PROVIDER_BASE_URL: address,
        WAYMARK_SMS_ACCOUNT_SID: ACCOUNT.sid,
        WAYMARK_SMS_AUTH_TOKEN: ACCOUNT.token,
        WAYMARK_SMS_FROM: ACCOUNT.from,
        WAYMARK_MESSAGES_QUIET_FROM: "",
        WAYMARK_MESSAGES_QUIET_TO: "",
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
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-peer-"));
    const listen = `127.0.0.1:${await freePort()}`;
    const url = `http://${listen}`;
    const env = {
        PATH: process.env.PATH,
        WAYMARK_LISTEN: listen,
        WAYMARK_PUBLIC_URL: url,
        WAYMARK_DATA_DIR: folder,
        WAYMARK_SITE_DIR: SITE,
        WAYMARK_LOG: "warn",
        ...settings,
    };
    const command = async (...args) => jsonLines((await run(BINARY, args, { env, cwd: folder })).stdout);
    let server;
    try {
        await command("demo");
        server = await serve(url, env, folder);
    } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
    return {
        url,
        command,
        /** What it has written so far. */
        said: server.said,
        async stop() {
            try {
                await server.stop();
            } finally {
                await rm(folder, { recursive: true, force: true });
            }
        },
    };
}

async function serve(url, env, folder) {
    const child = spawn(BINARY, ["serve"], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const program = watched(child);
    try {
        await within(60_000, "the server is ready", async () => {
            assert.equal(child.exitCode, null, "the server ended early");
            return (await fetch(`${url}/readyz`).catch(() => null))?.ok;
        });
    } catch (error) {
        child.kill("SIGKILL");
        throw new Error(`${error.message}\n${program.said()}`);
    }
    return {
        said: program.said,
        async stop() {
            const before = Date.now();
            child.kill("SIGTERM");
            const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
            const [code, signal] = await program.ended;
            clearTimeout(late);
            assert.equal(code, 0, `the server ended with ${code ?? signal}:\n${program.said()}`);
            assert.ok(Date.now() - before < 10_000, `it took ${Date.now() - before} ms to stop`);
        },
    };
}

/** Runs an outside program until `stop()`. It is ready once `isReady` says so; what it wrote is in the error if not. */
export async function startProgram(file, args, isReady, options = {}) {
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const program = watched(child);
    try {
        await within(60_000, `${path.basename(file)} is ready`, async () => {
            assert.equal(child.exitCode, null, "it ended early");
            return isReady().catch(() => false);
        });
    } catch (error) {
        child.kill("SIGKILL");
        throw new Error(`${error.message}\n${program.said()}`);
    }
    return {
        said: program.said,
        async stop() {
            child.kill("SIGKILL");
            await program.ended;
        },
    };
}

function watched(child) {
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    return { said: () => said, ended: once(child, "exit") };
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
