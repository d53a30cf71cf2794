// The provider's own description of its interface, and a mock that holds every request against it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { forwarded, freePort, openTexts, startProgram } from "../../lib/provider.mjs";

const DESCRIPTION = path.join(process.env.WAYMARK_SAMPLES ?? "/work/shared/data", "interop/sms/twilio-messages.openapi.json");
const PRISM = path.join(import.meta.dirname, "node_modules/.bin/prism");

/** What the description says of sending and listing: names and forms of fields, names of search parameters. */
export async function described() {
    const { paths } = JSON.parse(await readFile(DESCRIPTION, "utf8"));
    const messages = paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
    return {
        fields: messages.post.requestBody.content["application/x-www-form-urlencoded"].schema.properties,
        parameters: messages.get.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
    };
}

/** The mock behind a recorder: give the product the recorder's address. */
export async function openPrism() {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const mock = await startProgram(
        PRISM,
        ["mock", "-h", "127.0.0.1", "-p", String(port), "--errors", DESCRIPTION],
        async () => (await fetch(origin)).status === 404,
    );
    const ask = (asked) => forwarded(origin, asked.method === "GET" ? invented(asked) : asked);
    const texts = await openTexts(ask);
    return {
        ...texts,
        /** The mock itself, for questions that the product would never ask. */
        ask,
        async close() {
            try {
                await texts.close();
            } finally {
                await mock.stop();
            }
        },
    };
}

/** Asks for an invented answer: the examples of lists in the description do not fit the description. */
function invented(asked) {
    return { ...asked, headers: { ...asked.headers, prefer: "dynamic=true" } };
}

/** Fails unless the mock took a request, found nothing amiss in it, and answered as described. */
export function judged({ asked, answered }) {
    const said = answered.body.toString();
    assert.equal(answered.status, asked.method === "POST" ? 201 : 200, said);
    assert.equal(answered.headers["sl-violations"], undefined, said);
}

/** Fails unless every field stands in the description, once, and fits its form. */
export function assertFields({ asked }, fields) {
    assert.match(asked.headers["content-type"], /^application\/x-www-form-urlencoded(;|$)/);
    const form = [...new URLSearchParams(asked.body.toString())];
    const names = form.map(([name]) => name);
    assert.deepEqual(names.filter((name) => !Object.hasOwn(fields, name)), [], "not in the description");
    assert.equal(new Set(names).size, names.length, "a field is sent twice");
    for (const [name, value] of form) assertForm(name, value, fields[name]);
}

/** What a mock does not look at: the form of a single value. */
function assertForm(name, value, { format, pattern, minLength = 0, maxLength = Infinity }) {
    if (pattern) assert.match(value, new RegExp(pattern), name);
    if (format === "phone-number") assert.match(value, /^\+[1-9]\d{6,14}$/, name);
    if (format === "uri") assert.match(new URL(value).protocol, /^https?:$/, name);
    assert.ok(value.length >= minLength && value.length <= maxLength, name);
}
