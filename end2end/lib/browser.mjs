// Debian's Chromium, watched: whatever goes wrong on a page fails the journey.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

export const PHONE = { width: 360, height: 740 };
export const LAPTOP = { width: 1280, height: 800 };

/** Whether pages may run scripts. */
export const Script = { On: "on", Off: "off" };

/**
 * A browser whose people each have a context of their own.
 *
 * `faults` gathers page errors, console errors (among them violations of the content policy) and answers of 400 and
 * above that no journey has announced with `expecting`. `close()` fails when there are any.
 */
export async function openBrowser() {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        headless: true,
        args: FLAGS,
    });
    const faults = [];

    /** A new person at a device: `size` of the screen, `script` on or off, other context options. */
    async function person(size, script = Script.On, options = {}) {
        const context = await browser.newContext({
            viewport: size,
            isMobile: size.width < 600,
            hasTouch: size.width < 600,
            locale: "en-GB",
            timezoneId: "Europe/London",
            javaScriptEnabled: script === Script.On,
            acceptDownloads: true,
            // A view transition that is cut short by a quick redirect reports an error that nobody can act on.
            reducedMotion: "reduce",
            ...options,
        });
        context.setDefaultTimeout(10_000);
        const announced = new Set();
        context.on("page", (page) => watch(page, announced, faults));
        const page = await context.newPage();
        return {
            page,
            context,
            /** Runs `act`, during which answers with this status are right. */
            async expecting(status, act) {
                announced.add(status);
                try {
                    return await act();
                } finally {
                    announced.delete(status);
                }
            },
            leave: () => context.close(),
        };
    }

    return {
        browser,
        person,
        faults,
        /** Runs `act`, during which what the browser itself says in these words is right. */
        async forgiving(words, act) {
            const before = faults.length;
            await act();
            faults.push(...faults.splice(before).filter((fault) => !words.test(fault)));
        },
        async close() {
            await browser.close();
            assert.deepEqual(faults, [], "something went wrong on a page");
        },
    };
}

function watch(page, announced, faults) {
    const at = () => new URL(page.url(), "http://nowhere").pathname;
    page.on("pageerror", (error) => faults.push(`${at()}: ${error.message}`));
    page.on("console", (line) => {
        // The browser's own line about a refused answer; the answer itself is judged below.
        if (line.type() === "error" && !line.text().startsWith("Failed to load resource: the server responded")) {
            faults.push(`${at()}: console: ${line.text()}`);
        }
    });
    page.on("response", (response) => {
        const status = response.status();
        if (status >= 400 && !announced.has(status)) {
            faults.push(`${at()}: ${status} from ${response.request().method()} ${new URL(response.url()).pathname}`);
        }
    });
}
