// Pages as others judge them: the Nu Html Checker, csp_evaluator, Lighthouse, and Chromium's own view of the app.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LAPTOP, openBrowser } from "../../lib/browser.mjs";
import { startWaymark } from "../../lib/waymark.mjs";
import { check } from "./checker.mjs";
import { askToInstall } from "./installable.mjs";
import { lighthouse, lost } from "./lighthouse.mjs";
import { findings, withoutNonce } from "./policy.mjs";
import { forOlderReaders, understood, written } from "./sheet.mjs";
import { walk } from "./walk.mjs";

let waymark;
let pages;
let cookie;

before(async () => {
    waymark = await startWaymark();
    const browser = await openBrowser();
    try {
        ({ pages, cookie } = await walk(waymark.url, browser));
    } finally {
        await browser.close();
    }
});

after(() => waymark?.stop());

test("every page is HTML without an error", async (t) => {
    const faults = await check("html", Object.fromEntries(pages.map(({ name, html }) => [name, html])));
    for (const { name, path, headers } of pages) {
        await t.test(`${name} (${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")})`, () => {
            assert.match(headers["content-type"], /^text\/html(; ?charset=utf-8)?$/i);
            assert.deepEqual(faults[name], []);
        });
    }
});

test("every stylesheet is CSS without an error", async (t) => {
    const sheets = await stylesheets();
    const texts = Object.fromEntries(sheets.map(({ text }, index) => [`sheet-${index}`, forOlderReaders(text)]));
    const faults = await check("css", texts);
    for (const [index, { path, text }] of sheets.entries()) {
        await t.test(path, () => assert.deepEqual(faults[`sheet-${index}`], []));
        await t.test(`${path}: the browser understands what the checker does not know`, async () => {
            assert.deepEqual(await asTheBrowserReads(path), written(text));
        });
    }
});

test("the icon is SVG without an error", async () => {
    const icon = await fetch(`${waymark.url}/favicon.svg`);
    assert.deepEqual(await check("svg", { favicon: await icon.text() }), { favicon: [] });
});

test("no policy has a weakness that matters", async (t) => {
    const policies = new Map();
    for (const { name, headers } of pages) {
        const policy = headers["content-security-policy"];
        assert.ok(policy, `${name} has a policy`);
        policies.set(withoutNonce(policy).shape, { name, policy });
    }
    for (const { name, policy } of policies.values()) {
        await t.test(`the one of ${name}`, () => assert.deepEqual(findings(policy), []));
    }
});

test("the nonce of a policy is never the same twice, and is the one of the page's scripts", () => {
    const seen = new Set();
    for (const { name, headers, html } of pages) {
        const { nonce } = withoutNonce(headers["content-security-policy"]);
        const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
        for (const tag of scripts) assert.ok(tag.includes(`nonce="${nonce}"`), `${name}: ${tag}`);
        if (nonce === null) continue;
        assert.ok(nonce.length >= 22, `${name}: at least 128 bits: ${nonce}`);
        assert.ok(!seen.has(nonce), `${name}: ${nonce} again`);
        seen.add(nonce);
    }
});

for (const [path, signedIn] of [["/", false], ["/my", true]]) {
    test(`Lighthouse gives ${path} the full score for accessibility and best practices`, async (t) => {
        const report = await lighthouse(waymark.url + path, signedIn ? { Cookie: cookie } : {});
        assert.equal(new URL(report.finalDisplayedUrl).pathname, path, "the page that was meant");
        // How fast it is depends on the machine: told, and never a reason to fail.
        t.diagnostic(`performance of ${path}: ${report.categories.performance.score}`);
        for (const category of ["accessibility", "best-practices"]) {
            assert.deepEqual(lost(report, category), [], category);
            assert.equal(report.categories[category].score, 1, category);
        }
    });
}

test("Chromium finds nothing that speaks against installing the app", async () => {
    const { errors, manifest } = await askToInstall(waymark.url);
    assert.deepEqual(errors, []);
    assert.deepEqual(manifest.errors, []);
    assert.equal(new URL(manifest.url).pathname, "/manifest.webmanifest");
    assert.equal(JSON.parse(manifest.data).start_url, "/my");
});

/** Whatever stylesheets the pages name. */
async function stylesheets() {
    const links = pages.flatMap(({ html }) => html.match(/<link[^>]*rel="stylesheet"[^>]*>/g) ?? []);
    const paths = [...new Set(links.map((link) => /href="([^"]*)"/.exec(link)[1]))];
    assert.ok(paths.length > 0, "there is a stylesheet");
    return Promise.all(paths.map(async (path) => {
        const answer = await fetch(waymark.url + path);
        assert.equal(answer.status, 200, path);
        return { path, text: await answer.text() };
    }));
}

async function asTheBrowserReads(path) {
    const browser = await openBrowser();
    try {
        const { page } = await browser.person(LAPTOP);
        await page.goto(waymark.url);
        assert.ok((await page.content()).includes(path), `${path} is a sheet of the first page`);
        return await page.evaluate(understood);
    } finally {
        await browser.close();
    }
}
