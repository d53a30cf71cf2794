// Steps of one story: each needs the ones before it, so the first that fails ends it.

import { mkdirSync } from "node:fs";
import path from "node:path";

const FOLDER = path.resolve(import.meta.dirname, "../screenshots");

/** Tells a story's steps to the test `t`; on a failure every page of `browser` is photographed. */
export function story(t, browser, prefix) {
    let ended = false;
    return async function step(name, act) {
        if (ended) return;
        await t.test(name, async () => {
            try {
                await act();
            } catch (error) {
                ended = true;
                await photographs(browser, prefix);
                throw error;
            }
        });
    };
}

async function photographs(browser, prefix) {
    mkdirSync(FOLDER, { recursive: true });
    const pages = browser.browser.contexts().flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
        const file = path.join(FOLDER, `failed-${prefix}-${index}.png`);
        await page.screenshot({ path: file, fullPage: true }).catch(() => {});
    }
}
