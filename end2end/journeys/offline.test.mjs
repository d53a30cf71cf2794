// Without a connection, and as an app on the phone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, openBrowser } from "../lib/browser.mjs";
import { startWaymark } from "../lib/waymark.mjs";

test("without a connection the page says so, and nothing of a patient is kept", async () => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    try {
        const { page, context } = await browser.person(PHONE);
        await page.goto(`${waymark.url}/start`);
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
        await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
        await page.reload();
        await context.setOffline(true);
        await page.goto(`${waymark.url}/my`);
        await page.getByRole("heading", { name: "There is no connection" }).waitFor();
        const kept = await page.evaluate(async () => {
            const names = await caches.keys();
            const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
            return requests.flat().map((request) => new URL(request.url).pathname);
        });
        for (const path of kept) assert.match(path, /^\/(pkg\/|icons\/|offline\.html$)/);
        await context.setOffline(false);
        await page.goto(`${waymark.url}/start`);
        await page.getByRole("heading", { name: "Find your referral" }).waitFor();
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});

test("the manifest is right and its icons have the sizes it says", async () => {
    const waymark = await startWaymark();
    try {
        const answer = await fetch(`${waymark.url}/manifest.webmanifest`);
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get("content-type"), /application\/manifest\+json/);
        const manifest = await answer.json();
        assert.equal(manifest.start_url, "/my");
        assert.equal(manifest.display, "standalone");
        assert.ok(manifest.icons.some((icon) => icon.purpose === "maskable"));
        for (const icon of manifest.icons) {
            const file = await fetch(waymark.url + icon.src);
            assert.equal(file.headers.get("content-type"), "image/png", icon.src);
            const png = Buffer.from(await file.arrayBuffer());
            assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, icon.sizes, icon.src);
        }
    } finally {
        await waymark.stop();
    }
});
