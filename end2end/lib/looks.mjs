// Looking at pages: screenshots, accessibility, and nothing that runs off the side.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import AxeBuilderModule from "@axe-core/playwright";
import { LAPTOP, PHONE } from "./browser.mjs";

const AxeBuilder = AxeBuilderModule.default ?? AxeBuilderModule;
const FOLDER = path.resolve(import.meta.dirname, "../screenshots");
mkdirSync(FOLDER, { recursive: true });

async function picture(page, name) {
    await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: true });
}

/** Screenshots at 360 and 1280 pixels. */
export async function shoot(page, name) {
    const before = page.viewportSize();
    for (const size of [PHONE, LAPTOP]) {
        await page.setViewportSize(size);
        await picture(page, `${name}-${size.width}`);
    }
    await page.setViewportSize(before);
}

/** The same page in the dark. */
export async function shootDark(page, name) {
    await page.emulateMedia({ colorScheme: "dark" });
    await shoot(page, `${name}-dark`);
    await page.emulateMedia({ colorScheme: null });
}

/** The page as it is printed. */
export async function shootPrint(page, name) {
    const before = page.viewportSize();
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 794, height: 1123 });
    await picture(page, `${name}-print`);
    await page.emulateMedia({ media: null });
    await page.setViewportSize(before);
}

/** Fails on a violation of WCAG 2.2 AA that a machine can find. */
export async function audit(page) {
    const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
        .setLegacyMode(true)
        .analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
    assert.deepEqual(found, [], `accessibility of ${new URL(page.url()).pathname}`);
}

/** Fails when something is wider than a screen of this width. */
export async function assertFits(page, width) {
    const before = page.viewportSize();
    await page.setViewportSize({ width, height: 740 });
    const over = await page.evaluate(sideways);
    await page.setViewportSize(before);
    assert.deepEqual(over, [], `${new URL(page.url()).pathname} runs off a screen of ${width} px`);
}

/** Fails when a control is lower than 44 pixels on a phone, or a heading skips a level. Links inside text are free. */
export async function assertEasy(page) {
    const before = page.viewportSize();
    await page.setViewportSize(PHONE);
    const found = await page.evaluate(uneasy);
    await page.setViewportSize(before);
    assert.deepEqual(found, [], `${new URL(page.url()).pathname} on a phone`);
}

/** In the browser: what a finger would miss, and headings that skip a level. */
function uneasy() {
    const found = [];
    const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1;
    for (const control of document.querySelectorAll("main :is(button, summary, select, textarea, input:not([type=hidden]), .app-button)")) {
        const box = control.labels?.[0] && /^(?:checkbox|radio)$/.test(control.type) ? control.labels[0] : control;
        const height = Math.max(box.getBoundingClientRect().height, control.getBoundingClientRect().height);
        if (isShown(control) && height < 43.5) found.push(`${control.tagName} ${control.name || control.innerText}: ${height} px`);
    }
    // An error summary stands above the first heading, with one of its own.
    const headings = [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].filter((heading) => isShown(heading) && !heading.closest("[role=alert]"));
    headings.reduce((level, heading) => {
        const next = Number(heading.tagName[1]);
        if (next > level + 1) found.push(`h${level}, then h${next}: ${heading.innerText}`);
        return next;
    }, 0);
    return found;
}

/** The page with the letters at twice their size (WCAG 1.4.4). */
export async function assertFitsEnlarged(page, width) {
    const before = page.viewportSize();
    await page.setViewportSize({ width, height: 740 });
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    const over = await page.evaluate(sideways);
    await page.evaluate(() => (document.documentElement.style.fontSize = ""));
    await page.setViewportSize(before);
    assert.deepEqual(over, [], `${new URL(page.url()).pathname} at 200 % runs off a screen of ${width} px`);
}

/** In the browser: nothing when all fits, else how wide the page is and what sticks out. */
function sideways() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const outside = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > wide + 1,
    );
    const names = outside.slice(0, 6).map((element) => `${element.tagName}.${element.className}`);
    return [`${document.documentElement.scrollWidth} px`, ...names];
}
