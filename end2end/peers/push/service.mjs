// A push service for tests that others wrote, behind a recorder: it hands out subscriptions, checks signatures, decrypts.

import assert from "node:assert/strict";
import path from "node:path";
import { forwarded, freePort, startProgram, startRecorder } from "../../lib/provider.mjs";

const SERVER = path.join(import.meta.dirname, "node_modules/web-push-testing/src/bin/server.js");

/** Starts it. The product is to be given `url`, which is the recorder's. */
export async function openPushService() {
    const port = await freePort();
    // It names itself so in the subscriptions that it hands out.
    const own = `http://localhost:${port}`;
    const server = await startProgram(process.execPath, [SERVER, String(port)], async () => (await post(`${own}/status`)).ok);
    const recorder = await startRecorder((asked) => forwarded(own, asked));

    return {
        url: recorder.url,
        /** A subscription of a browser for this public key (base64url). */
        async subscribe(applicationServerKey) {
            const { data } = await answered(`${own}/subscribe`, { userVisibleOnly: "true", applicationServerKey });
            assert.ok(data.endpoint.startsWith(own), data.endpoint);
            return { hash: data.clientHash, endpoint: data.endpoint.replace(own, recorder.url), ...data.keys };
        },
        /** What reached a browser, decrypted, oldest first. */
        async notices(hash) {
            return (await answered(`${own}/get-notifications`, { clientHash: hash })).data.messages;
        },
        /** What the product sent for a browser, and what it was answered. */
        calls: (hash) => recorder.exchanges.filter(({ asked }) => asked?.path === `/notify/${hash}`),
        /** Everything that the product sent. */
        all: () => recorder.exchanges,
        /** The browser is there no more: from now on the answer is 410. */
        expire: (hash) => post(`${own}/expire-subscription/${hash}`),
        async close() {
            try {
                await recorder.close();
            } finally {
                await server.stop();
            }
        },
    };
}

async function answered(address, body) {
    const answer = await post(address, body);
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
}

function post(address, body = {}) {
    return fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
