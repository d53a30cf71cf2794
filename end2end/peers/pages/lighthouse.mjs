// Lighthouse, with the browser of the other tests, as a person with a phone.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const CLI = path.join(import.meta.dirname, "node_modules/lighthouse/cli/index.js");
const run = promisify(execFile);

/** Times that Lighthouse itself asks to be run again: its recording missed the start of the page's load. */
const AGAIN = 2;

/** The report on an address, opened with more `headers`. */
export async function lighthouse(url, headers = {}) {
    for (let left = AGAIN; ; left -= 1) {
        try {
            return await report(url, headers);
        } catch (error) {
            if (left === 0 || !/\bNO_NAVSTART\b/.test(error.message)) throw error;
        }
    }
}

async function report(url, headers) {
    const folder = await mkdtemp(path.join(tmpdir(), "lighthouse-"));
    const at = (name) => path.join(folder, name);
    try {
        await writeFile(at("headers.json"), JSON.stringify(headers));
        await run(process.execPath, [
            CLI, url, "--quiet", "--form-factor=mobile", "--no-enable-error-reporting",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking",
            "--only-categories=accessibility,best-practices,performance",
            "--output=json", `--output-path=${at("report.json")}`, `--extra-headers=${at("headers.json")}`,
        ], {
            env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" },
            maxBuffer: 64 * 1024 * 1024,
            timeout: 180_000,
        });
        const found = JSON.parse(await readFile(at("report.json"), "utf8"));
        assert.equal(found.runtimeError, undefined);
        return found;
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** The audits that keep a category from a full score, with what they found. */
export function lost(report, category) {
    return report.categories[category].auditRefs
        .filter(({ id, weight }) => weight > 0 && (report.audits[id].score ?? 1) < 1)
        .map(({ id }) => {
            const { title, details } = report.audits[id];
            const items = (details?.items ?? []).slice(0, 5).map((item) => item.node?.snippet ?? JSON.stringify(item));
            return `${id}: ${title} ${items.join(" | ")}`;
        });
}
