// Programs that tests start and end: the real server on an installation of its own, and others.

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
export const run = promisify(execFile);

/** A port that nobody uses now. */
export async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

/**
 * Starts the server on an installation in a fresh folder and waits until it is ready. `first` is a verb that is run before
 * it; `host` is how browsers call it; `settings` are more variables of its environment.
 *
 * The answer has `url`, `run(...words)`, which runs another verb on the same installation and answers what it wrote,
 * `said()`, and `stop()`, which asks the server to end and insists on a clean end within 10 seconds.
 */
export async function serve({ verb = ["serve"], first, host = "127.0.0.1", settings = {} }) {
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-"));
    const port = settings.WAYMARK_LISTEN?.split(":")[1] ?? (await freePort());
    const url = `http://${host}:${port}`;
    const env = {
        PATH: process.env.PATH,
        WAYMARK_LISTEN: `127.0.0.1:${port}`,
        WAYMARK_PUBLIC_URL: url,
        WAYMARK_DATA_DIR: folder,
        WAYMARK_SITE_DIR: SITE,
        WAYMARK_LOG: "warn",
        ...settings,
    };
    const tidy = () => rm(folder, { recursive: true, force: true });
    const runVerb = async (...words) => (await run(BINARY, words, { env, cwd: folder })).stdout;
    let program;
    try {
        if (first) await runVerb(...first);
        const isReady = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok;
        program = await started(BINARY, verb, isReady, { env, cwd: folder });
    } catch (error) {
        await tidy();
        throw error;
    }
    return {
        url,
        run: runVerb,
        said: program.said,
        async stop() {
            const before = Date.now();
            program.child.kill("SIGTERM");
            const late = setTimeout(() => program.child.kill("SIGKILL"), 15_000);
            const [code, signal] = await program.ended;
            clearTimeout(late);
            await tidy();
            assert.equal(code, 0, `the server ended with ${code ?? signal}:\n${program.said()}`);
            assert.ok(Date.now() - before < 10_000, `it took ${Date.now() - before} ms to stop`);
        },
    };
}

/** Runs an outside program until `stop()`. It is ready once `isReady` says so; what it wrote is in the error if not. */
export async function startProgram(file, args, isReady, options = {}) {
    const program = await started(file, args, isReady, options);
    return {
        said: program.said,
        async stop() {
            program.child.kill("SIGKILL");
            await program.ended;
        },
    };
}

async function started(file, args, isReady, options) {
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (text += part));
    const said = () => text;
    const ended = once(child, "exit");
    try {
        await within(60_000, `${path.basename(file)} is ready`, async () => {
            assert.equal(child.exitCode, null, `${path.basename(file)} ended early`);
            return isReady().catch(() => false);
        });
    } catch (error) {
        child.kill("SIGKILL");
        throw new Error(`${error.message}\n${said()}`);
    }
    return { child, said, ended };
}
