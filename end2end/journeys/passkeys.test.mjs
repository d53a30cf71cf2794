// A passkey from its making to its end, in a browser with an authenticator of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, Script, openBrowser } from "../lib/browser.mjs";
import { SPECIALIST, signIn } from "../lib/people.mjs";
import { story } from "../lib/story.mjs";
import { startWaymark } from "../lib/waymark.mjs";

/** Gives the page's browser a device that knows its owner. */
async function withDevice(person) {
    const cdp = await person.context.newCDPSession(person.page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
        options: {
            protocol: "ctap2",
            transport: "internal",
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
            automaticPresenceSimulation: true,
        },
    });
    return {
        async credentials() {
            return (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
        },
        knows: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    };
}

async function signOut(page, url) {
    await page.getByRole("button", { name: "Sign out", exact: true }).filter({ visible: true }).click();
    await page.waitForURL(`${url}/`);
}

test("a passkey signs in, is refused without its owner, and ends when it is removed", async (t) => {
    const waymark = await startWaymark("sqlite", {}, "localhost");
    const browser = await openBrowser();
    const { url } = waymark;
    const step = story(t, browser, "passkeys");
    try {
        const person = await browser.person(LAPTOP);
        const { page } = person;
        const device = await withDevice(person);

        await step("somebody who has signed in adds a passkey", async () => {
            await signIn(page, url, SPECIALIST);
            await page.getByRole("link", { name: "Your account" }).click();
            await page.waitForURL("**/account");
            await page.getByLabel("Name of the device").fill("Work laptop");
            await page.getByRole("button", { name: "Add a passkey" }).click();
            await page.getByText("The passkey is added").waitFor();
            await page.getByRole("rowheader", { name: "Work laptop", exact: true }).waitFor();
            const [credential, ...others] = await device.credentials();
            assert.equal(others.length, 0);
            assert.ok(credential.isResidentCredential, "it can name its owner by itself");
        });

        await step("the same device is not added twice", async () => {
            await page.getByLabel("Name of the device").fill("The same laptop");
            await page.getByRole("button", { name: "Add a passkey" }).click();
            await page.getByText("The device gave no passkey").waitFor();
            assert.equal((await device.credentials()).length, 1);
        });

        await step("it signs in without password and code", async () => {
            await signOut(page, url);
            await page.goto(`${url}/sign-in`);
            await page.getByRole("button", { name: "Sign in with a passkey" }).click();
            await page.waitForURL("**/worklist");
            await page.getByText("Dr Daniel Okafor, specialist").filter({ visible: true }).first().waitFor();
        });

        await step("a device that does not know its owner signs nobody in", async () => {
            await signOut(page, url);
            await device.knows(false);
            await page.goto(`${url}/sign-in`);
            await page.getByRole("button", { name: "Sign in with a passkey" }).click();
            await page.getByText("The device gave no passkey").waitFor({ timeout: 70_000 });
            assert.ok(page.url().endsWith("/sign-in"));
            await device.knows(true);
        });

        await step("removed, it signs nobody in any more", async () => {
            await page.goto(`${url}/sign-in`);
            await page.getByRole("button", { name: "Sign in with a passkey" }).click();
            await page.waitForURL("**/worklist");
            await page.goto(`${url}/account`);
            await page.getByRole("button", { name: "Remove Work laptop" }).click();
            await page.getByText("The passkey is removed").waitFor();
            await signOut(page, url);
            await page.goto(`${url}/sign-in`);
            await page.getByRole("button", { name: "Sign in with a passkey" }).click();
            await page.getByText("This passkey was not accepted").first().waitFor();
        });

        await step("without scripts and on a phone the password does", async () => {
            const plain = await browser.person(PHONE, Script.Off);
            await plain.page.goto(`${url}/sign-in`);
            assert.equal(await plain.page.getByRole("button", { name: "Sign in with a passkey" }).count(), 0);
            assert.equal(await plain.page.getByRole("button", { name: "Continue" }).count(), 1);
            await plain.leave();
        });
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});
