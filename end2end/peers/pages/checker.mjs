// The Nu Html Checker, the one behind validator.w3.org.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const JAR = path.join(import.meta.dirname, "node_modules/vnu-jar/build/dist/vnu.jar");

/** Judges texts by name, all of one `kind`: "html", "css" or "svg". The answer has the errors of each name. */
export async function check(kind, texts) {
    const folder = await mkdtemp(path.join(tmpdir(), "checked-"));
    try {
        const files = await Promise.all(Object.entries(texts).map(async ([name, text]) => {
            const file = path.join(folder, `${name}.${kind}`);
            await writeFile(file, text);
            return file;
        }));
        return sorted(Object.keys(texts), kind, run(kind, files));
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

function run(kind, files) {
    const options = ["-jar", JAR, `--${kind}`, "--errors-only", "--format", "json"];
    const room = { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 };
    const { error, stderr } = spawnSync("java", [...options, ...files], room);
    assert.ifError(error);
    const begin = stderr.indexOf("{");
    assert.ok(begin >= 0, stderr);
    return JSON.parse(stderr.slice(begin)).messages;
}

/** What was found in each of the files, with the same fault said once and counted. */
function sorted(names, kind, messages) {
    const found = Object.fromEntries(names.map((name) => [name, new Map()]));
    for (const { type, url = "", message, extract = "" } of messages) {
        const name = path.basename(new URL(url || "file:///").pathname, `.${kind}`);
        assert.ok(found[name], `the checker itself failed: ${type}: ${message}`);
        const fault = found[name].get(message) ?? { fault: message, times: 0, first: extract.replaceAll("\n", " ") };
        found[name].set(message, { ...fault, times: fault.times + 1 });
    }
    return Object.fromEntries(names.map((name) => [name, [...found[name].values()]]));
}
