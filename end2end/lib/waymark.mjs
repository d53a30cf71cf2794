// The real server, with the demonstration in a database of its own.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { within } from "./wait.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const BINARY = path.resolve(ROOT, process.env.WAYMARK_BIN ?? "target/debug/waymark");
const SITE = path.resolve(ROOT, process.env.WAYMARK_SITE_DIR ?? "target/site");
const run = promisify(execFile);

/** The address of the PostgreSQL server of this run, when there is one. */
export const POSTGRES = process.env.WAYMARK_TEST_POSTGRES;

/** Everybody's password in the demonstration. */
export const PASSWORD = "try-waymark-here";

/** A port that nobody uses now. */
export async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

async function freshPostgres() {
    const name = `journeys_${process.pid}_${Date.now()}`;
    await run("psql", [POSTGRES, "--quiet", "--command", `create database ${name}`]);
    const address = new URL(POSTGRES);
    address.pathname = `/${name}`;
    return address.href;
}

/**
 * Starts `waymark serve --demo` on a free port with an empty database, and waits until it is ready.
 *
 * `on` is "sqlite" or "postgres"; `settings` are more variables of its environment; `host` is how browsers call it (passkeys
 * need a name: "localhost"). The answer has `url`, and `stop()`,
 * which asks it to end and insists on a clean end within 10 seconds.
 */
export async function startWaymark(on = "sqlite", settings = {}, host = "127.0.0.1") {
    return start(on, settings, host, ["serve", "--demo"]);
}

/** The same with an installation in which there is nothing yet. */
export async function startEmpty(on = "sqlite", settings = {}) {
    return start(on, settings, "127.0.0.1", ["serve"]);
}

async function start(on, settings, host, verb) {
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-journey-"));
    const port = settings.WAYMARK_LISTEN?.split(":")[1] ?? (await freePort());
    const listen = `127.0.0.1:${port}`;
    const url = `http://${host}:${port}`;
    const env = {
        PATH: process.env.PATH,
        WAYMARK_LISTEN: listen,
        WAYMARK_PUBLIC_URL: url,
        WAYMARK_DATA_DIR: folder,
        WAYMARK_SITE_DIR: SITE,
        WAYMARK_LOG: "warn",
        ...settings,
    };
    if (on === "postgres") env.WAYMARK_DATABASE_URL = await freshPostgres();
    const child = spawn(BINARY, verb, { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    const ended = once(child, "exit");
    try {
        await within(60_000, "the server is ready", async () => {
            assert.equal(child.exitCode, null, `the server ended early:\n${said}`);
            return (await fetch(`${url}/readyz`).catch(() => null))?.ok;
        });
    } catch (error) {
        child.kill("SIGKILL");
        throw new Error(`${error.message}\n${said}`);
    }
    return {
        url,
        /** Runs another verb on the same installation; answers what it wrote. */
        run: async (...words) => (await run(BINARY, words, { env, cwd: folder })).stdout,
        /** What it has written so far. */
        said: () => said,
        async stop() {
            const before = Date.now();
            child.kill("SIGTERM");
            const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
            const [code, signal] = await ended;
            clearTimeout(late);
            await rm(folder, { recursive: true, force: true });
            assert.equal(code, 0, `the server ended with ${code ?? signal}:\n${said}`);
            assert.ok(Date.now() - before < 10_000, `it took ${Date.now() - before} ms to stop`);
        },
    };
}
