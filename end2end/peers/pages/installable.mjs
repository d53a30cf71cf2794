// What Chromium itself says of the manifest and of installing the app.

import { chromium } from "playwright-core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * Opens an address in a browser with a profile on disk (a private one can install nothing) and asks. The answer has the
 * `errors` of installing, and `manifest` as the browser read it, with the errors found in it.
 */
export async function askToInstall(url) {
    const profile = await mkdtemp(path.join(tmpdir(), "profile-"));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        headless: true,
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    try {
        const [page = await context.newPage()] = context.pages();
        await page.goto(url);
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
        const debugging = await context.newCDPSession(page);
        const { installabilityErrors } = await debugging.send("Page.getInstallabilityErrors");
        const manifest = await debugging.send("Page.getAppManifest");
        return { errors: installabilityErrors, manifest };
    } finally {
        await context.close();
        await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
}
