// Ways in that must stay shut, and a way out that must stay out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, openBrowser } from "../lib/browser.mjs";
import { COORDINATOR, MARGARET, REFERRER, asPatient, captured, lastText, linkIn, signIn, typeBirthDate } from "../lib/people.mjs";
import { find } from "../lib/referrals.mjs";
import { story } from "../lib/story.mjs";
import { PASSWORD, startWaymark } from "../lib/waymark.mjs";

test("who may not come in does not, and who left is out", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    const { url } = waymark;
    const step = story(t, browser, "ways-in");
    try {
        const coordinator = await browser.person(LAPTOP);
        const phone = await browser.person(PHONE);
        let link;
        let mine;

        await step("an unknown reference number is answered like a known one, and brings nobody a code", async () => {
            const { page } = phone;
            await page.goto(`${url}/start`);
            await page.getByLabel("Reference number").fill("WM-2222-2222");
            await page.getByRole("button", { name: "Go on" }).click();
            await page.waitForLoadState("load");
            const refused = await page.getByRole("heading", { name: "There is a problem" }).count();
            if (refused === 0) {
                await page.waitForURL("**/verify");
                await typeBirthDate(page, MARGARET.born);
                await page.getByRole("button", { name: "Send me a code" }).click();
                await page.waitForURL("**/verify/code");
            }
            assert.deepEqual((await captured(url)).texts, []);
        });

        await step("an unknown link says what to do", async () => {
            const { page } = phone;
            await phone.expecting(404, () => page.goto(`${url}/r/abcdefghijklmnopqrstuvwxyz012345`));
            await page.getByRole("heading", { name: "This link does not work" }).waitFor();
            await page.getByRole("link", { name: "Use my reference number" }).click();
            await page.waitForURL("**/start");
        });

        await step("a patient's page leads to the way in", async () => {
            const { page } = phone;
            await phone.expecting(401, () => page.goto(`${url}/my`));
            assert.ok((await page.getByText("Hello").count()) === 0);
        });

        await step("a wrong code is refused, counted, and what was typed is not shown again", async () => {
            await signIn(coordinator.page, url, COORDINATOR);
            const [hale] = await find(coordinator.page, url, "accepted", 1, (text) => text.includes("Hale"));
            mine = `/my/${hale.path.split("/").pop()}`;
            await coordinator.page.goto(url + hale.path);
            await coordinator.page.locator("#act-remind > summary").click();
            await coordinator.page.getByRole("button", { name: "Send the reminder" }).click();
            const text = await lastText(url, MARGARET.mobile);
            link = linkIn(text.body);
            const { page } = phone;
            await page.goto(link);
            await typeBirthDate(page, MARGARET.born);
            await page.getByRole("button", { name: "Send me a code" }).click();
            await page.waitForURL("**/verify/code");
            const code = await lastText(url, MARGARET.mobile, (body) => /\b\d{6}\b/.test(body) && !body.includes("/r/"));
            const right = /\b\d{6}\b/.exec(code.body)[0];
            const wrong = right === "000000" ? "111111" : "000000";
            let limited = false;
            for (let tries = 0; tries < 20 && !limited; tries++) {
                await page.getByLabel("Code", { exact: true }).fill(wrong);
                await phone.expecting(429, () => page.getByRole("button", { name: "Show my referral" }).click());
                await page.waitForLoadState("load");
                assert.ok(!page.url().endsWith("/my"), "a wrong code lets nobody in");
                limited = (await page.getByText(/too many|wait \d+ minutes/i).count()) > 0;
            }
            assert.ok(limited, "after too many tries one has to wait");
            await page.goto(`${url}/verify/code`);
            await page.getByLabel("Code", { exact: true }).fill(right);
            await phone.expecting(429, () => page.getByRole("button", { name: "Show my referral" }).click());
            await page.waitForLoadState("load");
            assert.ok(!page.url().endsWith("/my"), "even the right code comes too late");
        });

        await step("a wrong password is refused with a sentence that tells nothing about the account", async () => {
            const { page } = await browser.person(LAPTOP);
            const said = [];
            for (const email of [REFERRER, "nobody@alder-street.example"]) {
                await page.goto(`${url}/sign-in`);
                await page.getByLabel("E-mail address").fill(email);
                await page.getByLabel("Password").fill(`${PASSWORD}-not`);
                await page.getByRole("button", { name: "Continue" }).click();
                await page.waitForLoadState("load");
                said.push((await page.locator("main").innerText()).replaceAll(email, ""));
                assert.equal(await page.getByLabel("Password").inputValue(), "");
            }
            assert.equal(said[0], said[1]);
        });

        await step("after signing out, the back button shows nothing", async () => {
            const { page } = coordinator;
            await page.goto(`${url}/worklist?q=hale`);
            await page.getByRole("link", { name: "Hale, Margaret" }).waitFor();
            await page.getByRole("button", { name: "Sign out" }).filter({ visible: true }).click();
            await page.waitForURL(`${url}/`);
            await coordinator.expecting(401, () => page.goBack());
            await page.waitForLoadState("load");
            assert.equal(await page.getByText("Hale, Margaret").count(), 0);
        });
        assert.ok(mine && link);
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});
