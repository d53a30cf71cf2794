// Signing on at a certified identity provider, in a browser: discovery, PKCE, consent, code, token, claims.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../../lib/browser.mjs";
import { SPECIALIST, codeOf } from "../../lib/people.mjs";
import { story } from "../../lib/story.mjs";
import { freePort, startWaymark } from "../../lib/waymark.mjs";
import { CLIENT, openProvider } from "./provider.mjs";

const PEOPLE = { daniel: SPECIALIST, stranger: "nobody@elsewhere.example", unverified: SPECIALIST };

/** Types a name into the provider's own pages and consents. */
async function signOnThere(page, name) {
    await page.locator("input[name=login]").fill(name);
    await page.locator("input[name=password]").fill("anything");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
}

test("staff sign on at a certified provider", async (t) => {
    const port = await freePort();
    const provider = await openProvider(PEOPLE, `http://127.0.0.1:${port}/sign-in/elsewhere/back`);
    const browser = await openBrowser();
    let waymark;
    try {
        waymark = await startWaymark("sqlite", {
            WAYMARK_LISTEN: `127.0.0.1:${port}`,
            WAYMARK_PUBLIC_URL: `http://127.0.0.1:${port}`,
            WAYMARK_SIGN_ON_ISSUER: provider.url,
            WAYMARK_SIGN_ON_CLIENT: CLIENT.id,
            WAYMARK_SIGN_ON_SECRET: CLIENT.secret,
            WAYMARK_SIGN_ON_NAME: "Wrenfield",
        });
        await signOns(t, waymark.url, browser, provider);
    } finally {
        await browser.close();
        await waymark?.stop();
        await provider.close();
    }
});

async function signOns(t, url, browser, provider) {
    const step = story(t, browser, "peer-sign-on");

    /** Somebody at a laptop. The provider's pages want a font from the Internet, which is not what is tested. */
    async function person() {
        const { page, context } = await browser.person(LAPTOP);
        await context.route(/^https:/, (route) => route.fulfill({ contentType: "text/css", body: "" }));
        return page;
    }

    await step("whoever is here already gives our second factor and is in", async () => {
        const page = await person();
        await page.goto(`${url}/sign-in`);
        await page.getByRole("link", { name: "Sign on with Wrenfield" }).click();
        await signOnThere(page, "daniel");
        await page.waitForURL("**/sign-in/code");
        await page.getByLabel("Code", { exact: true }).fill(codeOf(SPECIALIST));
        await page.getByRole("button", { name: "Sign in", exact: true }).click();
        await page.waitForURL("**/worklist");
    });

    for (const [name, words] of [
        ["stranger", "Nobody who may sign in here has your address"],
        ["unverified", "has not verified your e-mail address"],
    ]) {
        await step(`${name}: not let in, and told why`, async () => {
            const page = await person();
            await page.goto(`${url}/sign-in`);
            await page.getByRole("link", { name: "Sign on with Wrenfield" }).click();
            await signOnThere(page, name);
            await page.waitForURL("**/sign-in");
            await page.getByText(words).first().waitFor();
        });
    }

    await step("the provider found nothing to refuse", () => {
        assert.deepEqual(provider.faults, []);
    });
}
