// The provider's own libraries, which sign delivery receipts.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import twilio from "twilio";

const run = promisify(execFile);
const PYTHON = process.env.PEER_PYTHON ?? path.resolve(import.meta.dirname, "../../../target/peers/sms/bin/python");

/** The signature of both libraries; `form` has lists of values by name. They must agree. */
export async function signatureOf(token, address, form) {
    const script = path.join(import.meta.dirname, "sign.py");
    const { stdout } = await run(PYTHON, [script, JSON.stringify({ token, address, form })]);
    const signature = stdout.trim();
    assert.equal(twilio.getExpectedTwilioSignature(token, address, form), signature, "the two libraries agree");
    assert.ok(twilio.validateRequest(token, signature, address, form));
    return signature;
}
