// The demonstration as files.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../../..");
const BINARY = path.resolve(ROOT, process.env.WAYMARK_BIN ?? "target/debug/waymark");

/** What `waymark demo --out` writes, in its order: {name, text}. */
export async function writtenFiles() {
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-peer-fhir-"));
    try {
        const { stdout } = await run(BINARY, ["demo", "--out", folder], { env: { PATH: process.env.PATH }, cwd: folder });
        const names = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line).file);
        return await Promise.all(names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), "utf8") })));
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** Its bundles, in the order in which they are to be sent: {name, bundle}. */
export async function writtenBundles() {
    const files = (await writtenFiles()).filter(({ name }) => name.endsWith(".json"));
    return files.map(({ name, text }) => ({ name, bundle: JSON.parse(text) }));
}

/** Calls `visit` with every reference in a value, and with where it stands. */
export function eachReference(value, visit, place = "") {
    if (value === null || typeof value !== "object") return;
    if (typeof value.reference === "string") visit(value, place);
    for (const [name, part] of Object.entries(value)) {
        eachReference(part, visit, Array.isArray(value) ? `${place}[${name}]` : `${place}.${name}`);
    }
}
