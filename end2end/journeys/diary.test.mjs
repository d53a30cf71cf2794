// The clinic's diary: sessions entered by keys, a visit booked and moved on the board, leave with its preview, the day on
// paper, and a plan carried out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../lib/browser.mjs";
import { assertFits, audit, shootPrint } from "../lib/looks.mjs";
import { COORDINATOR, signIn } from "../lib/people.mjs";
import { story } from "../lib/story.mjs";
import { startWaymark } from "../lib/waymark.mjs";

/** "2026-03-09": the Monday so many weeks after the one of this week. */
function monday(weeks) {
    const day = new Date();
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7) + 7 * weeks);
    return day.toISOString().slice(0, 10);
}

test("a clinic's diary is kept with a browser", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    const { url } = waymark;
    const step = story(t, browser, "diary");
    const { page } = await browser.person(LAPTOP);
    const week = monday(2);
    let visit;

    /** The time that a button or link stands for: whose and when. */
    const chosen = (value) => {
        const [resource, start] = value.split("|");
        return { resource, start };
    };

    /** How often the board of a week names the referral. */
    async function onBoard(start) {
        await page.goto(`${url}/board?span=week&day=${start.slice(0, 10)}`);
        return page.locator(`.app-board__visit a[href="${visit.path}"]`).count();
    }

    try {
        await step("a free time of the board is booked for the most urgent", async () => {
            await signIn(page, url, COORDINATOR);
            await page.goto(`${url}/board?span=week&day=${week}`);
            const times = await page.locator('a[href^="/board/time"].app-slots__time').evaluateAll((links) =>
                links.map((link) => link.getAttribute("href")),
            );
            assert.ok(times.length > 0, "something is free in two weeks");
            for (const time of times) {
                await page.goto(url + time);
                if (await page.getByRole("button", { name: "Book", exact: true }).count()) break;
            }
            const row = page.locator("tbody tr").first();
            const slot = chosen(await row.locator('input[name="slot"]').inputValue());
            await row.getByRole("button", { name: "Book", exact: true }).click();
            await page.getByText(/Booked for .* The patient is being told/).first().waitFor();
            visit = { path: new URL(page.url()).pathname, ...slot };
            assert.equal(await onBoard(visit.start), 1);
        });

        await step("it is moved to one of the best times, and stands on the board once", async () => {
            const before = visit.start;
            const move = page.locator(`li:has(a[href="${visit.path}"]) a[href="${visit.path}/times"]`);
            await move.first().click();
            await page.getByRole("heading", { name: "Good choices" }).waitFor();
            const best = page.locator(".app-offer button");
            assert.ok((await page.locator(".app-offer__why").first().innerText()).length > 5, "with its reason");
            await audit(page);
            await assertFits(page, 320);
            visit = { ...visit, ...chosen(await best.first().getAttribute("value")) };
            await best.first().click();
            await page.getByText(/Booked for .* The patient is being told/).first().waitFor();
            assert.notEqual(visit.start, before);
            assert.equal(await onBoard(visit.start), 1);
            if (before.slice(0, 10) !== visit.start.slice(0, 10)) {
                await page.goto(`${url}/board?day=${before.slice(0, 10)}`);
                assert.equal(await page.locator(`.app-board__visit a[href="${visit.path}"]`).count(), 0);
            }
        });

        await step("the day is printed with the visit in it", async () => {
            await page.goto(`${url}/availability/${visit.resource}/day/${visit.start.slice(0, 10)}`);
            await page.locator(`a[href="${visit.path}"]`).waitFor();
            await page.getByText(/Printed /).waitFor();
            await page.emulateMedia({ media: "print" });
            assert.ok(await page.getByRole("link", { name: "The day after" }).isHidden(), "paper leads nowhere");
            assert.ok(await page.locator(`a[href="${visit.path}"]`).isVisible());
            await page.emulateMedia({ media: null });
            await shootPrint(page, "availability-day");
        });

        await step("a session's block leads to its form", async () => {
            await page.goto(`${url}/availability?resource=${visit.resource}&week=${visit.start.slice(0, 10)}`);
            await page.locator(".app-week__session a[href*='/rules/']").first().click();
            await page.waitForURL("**/rules/*");
            assert.match(await page.getByLabel("From", { exact: true }).inputValue(), /^\d\d:\d\d$/);
        });

        await step("leave over the visit is shown before anything is saved, and then it is to be rebooked", async () => {
            await page.goto(`${url}/availability?resource=${visit.resource}`);
            await page.locator("summary", { hasText: "Enter leave" }).click();
            const form = page.locator('form[action$="/leave"]').filter({ hasText: "Which sessions" });
            await form.getByLabel("First day").fill(visit.start.slice(0, 10));
            await form.getByRole("button", { name: "Save, or see what would break" }).click();
            await page.getByText("Nothing is saved yet.").waitFor();
            const broken = page.locator(`.app-notice a[href="${visit.path}"]`);
            assert.equal(await broken.count(), 1);
            await audit(page);
            const other = await page.context().newPage();
            await other.goto(url + visit.path);
            await other.getByText("Booked", { exact: true }).first().waitFor();
            await other.close();
            await page.getByRole("button", { name: /^Cancel \d+ bookings? and save$/ }).click();
            await page.getByText(/still to be rebooked/).first().waitFor();
            await page.goto(`${url}/availability/rebooking`);
            await page.locator(`a[href^="${visit.path}"]`).first().waitFor();
        });

        await step("a session is added with keys alone", async () => {
            await page.goto(`${url}/availability?resource=${visit.resource}`);
            const form = page.locator('form[action$="/rules"]').filter({ hasText: "Minutes of one visit" });
            const folded = page.locator("summary", { hasText: "Add a weekly session" });
            await folded.focus();
            if (!(await form.isVisible())) await page.keyboard.press("Enter");
            await form.waitFor();
            /** Tabs on to a control, as somebody without a mouse does. */
            async function tabTo(control) {
                for (let pressed = 0; pressed < 60; pressed += 1) {
                    if (await control.evaluate((element) => element === document.activeElement)) return;
                    await page.keyboard.press("Tab");
                }
                assert.fail("the keys do not lead there");
            }
            const service = form.getByLabel("Service");
            await tabTo(service);
            if (!(await service.inputValue())) await page.keyboard.press("ArrowDown");
            await tabTo(form.getByRole("checkbox", { name: "Sunday" }));
            await page.keyboard.press("Space");
            // The last key is for browsers that ask for morning or afternoon.
            for (const [label, keys] of [["From", "0715a"], ["To", "0815a"]]) {
                await tabTo(form.getByLabel(label, { exact: true }));
                await page.keyboard.type(keys);
            }
            await page.keyboard.press("Enter");
            await page.getByText(/7:15am to 8:15am/).first().waitFor();
        });

        await step("a plan is previewed, booked, and says what became of each line", async () => {
            await page.goto(`${url}/matching`);
            for (const box of await page.getByRole("checkbox").all()) await box.check();
            await page.getByRole("button", { name: "Show who would get which time" }).click();
            await page.waitForURL("**/matching/*");
            await page.getByRole("button", { name: /^Book \d+ times?$/ }).click();
            await page.getByText("What became of it").first().waitFor();
            assert.ok((await page.getByText("done", { exact: true }).count()) > 0, "somebody got a time");
            assert.equal(await page.getByText("something went wrong").count(), 0);
        });
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});
