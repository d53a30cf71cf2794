// The recurrence engine against engines of others, over rules and calendars drawn by lot. `WAYMARK_ORACLE_SEED` and
// `WAYMARK_ORACLE_CASES` draw others.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const OURS = path.resolve(import.meta.dirname, "../../../target/peers/calendar/bin/python");
const PYTHON = process.env.PEER_PYTHON ?? OURS;
const SEED = process.env.WAYMARK_ORACLE_SEED ?? "20261130";
const CASES = Number(process.env.WAYMARK_ORACLE_CASES ?? 2000);

for (const [kind, number, how] of [
    ["rules", CASES, "as python-dateutil and rrule.js read them where those two agree"],
    ["calendars", CASES, "as recurring-ical-events and ical.js read them where those two agree"],
    ["availabilities", CASES / 2, "as the procedure of RFC 7953 has it over recurring-ical-events"],
]) {
    test(`${number} ${kind} are read ${how}`, (t) => {
        const script = path.join(import.meta.dirname, "oracles.py");
        const line = [script, kind, SEED, String(number)];
        const answer = execFileSync(PYTHON, line, { encoding: "utf8", maxBuffer: 1 << 28 });
        const { seed, counts, wrong } = JSON.parse(answer);
        t.diagnostic(`seed ${seed}: ${Object.entries(counts).map(([what, number]) => `${number} ${what}`).join(", ")}`);
        assert.deepEqual(wrong, []);
        assert.ok(counts["agree, with occurrences"] > number / 5, "enough was compared");
    });
}
