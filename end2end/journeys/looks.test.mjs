// Every main page: photographed, audited, and never wider than the screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LAPTOP, PHONE, Script, openBrowser } from "../lib/browser.mjs";
import { assertEasy, assertFits, assertFitsEnlarged, audit, shoot, shootDark, shootPrint } from "../lib/looks.mjs";
import {
    ADMINISTRATOR, COORDINATOR, MARGARET, QUALITY, REFERRER, SPECIALIST, asPatient, lastText, linkIn, signIn, typeBirthDate,
} from "../lib/people.mjs";
import { find } from "../lib/referrals.mjs";
import { startWaymark } from "../lib/waymark.mjs";

test("every main page fits the screen, passes the audit, and is photographed", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    const { url } = waymark;
    const people = {};
    for (const email of [REFERRER, SPECIALIST, COORDINATOR, QUALITY, ADMINISTRATOR]) {
        people[email] = (await browser.person(LAPTOP)).page;
        await signIn(people[email], url, email);
    }
    const visitor = (await browser.person(PHONE)).page;
    const patient = await browser.person(PHONE);

    /** Looks at the page that is shown. */
    async function look(page, name) {
        await t.test(name, async () => {
            await shoot(page, name);
            await audit(page);
            await assertEasy(page);
            await assertFits(page, 320);
            // Half a laptop's width is its page at 200 % zoom.
            await assertFits(page, LAPTOP.width / 2);
            await assertFits(page, 960);
            // Letters alone at 200 %, where a page is made for the phone.
            if (page.viewportSize().width === PHONE.width) await assertFitsEnlarged(page, PHONE.width);
        });
    }

    async function visit(page, path, name) {
        await page.goto(url + path);
        await look(page, name);
    }

    /** The same page in the dark. */
    async function dark(page, name) {
        await t.test(`${name}, dark`, async () => {
            await page.emulateMedia({ colorScheme: "dark" });
            await audit(page);
            await shootDark(page, name);
        });
    }

    async function printed(page, name) {
        await t.test(`${name}, printed`, () => shootPrint(page, name));
    }

    try {
        await visit(visitor, "/", "home");
        await visit(visitor, "/sign-in", "sign-in");
        await visit(visitor, "/start", "start");

        const referrer = people[REFERRER];
        await visit(referrer, "/referrals", "referrals");
        await visit(referrer, "/referrals?state=draft", "referrals-drafts");
        const draft = await referrer.locator('table tbody a[href^="/referrals/"]').first().getAttribute("href");
        await visit(referrer, "/referrals/new", "new");
        await visit(referrer, "/referrals/new?words=a", "new-found");
        await visit(referrer, `${draft}/edit`, "edit");

        const specialist = people[SPECIALIST];
        await visit(specialist, "/worklist", "worklist");
        await dark(specialist, "worklist");
        await visit(specialist, "/worklist?rows=close", "worklist-close");
        await t.test("the worklist by keys", () => byKeys(specialist));
        await visit(specialist, "/worklist?q=nobody-of-this-name", "worklist-empty");
        const [received] = await find(specialist, url, "received", 1);
        await visit(specialist, received.path, "detail");
        await dark(specialist, "detail");
        await printed(specialist, "detail");
        await specialist.getByRole("radio", { name: "Decline with advice" }).check();
        await look(specialist, "detail-declining");
        await visit(specialist, `${received.path}/record`, "record");
        await printed(specialist, "record");
        await visit(specialist, "/account", "account");
        await visit(specialist, "/emergency", "emergency");
        await visit(specialist, "/availability", "availability");

        const coordinator = people[COORDINATOR];
        const [hale] = await find(coordinator, url, "accepted", 1, (text) => text.includes("Hale"));
        await coordinator.goto(url + hale.path);
        await coordinator.locator("#act-remind > summary").click();
        await coordinator.getByRole("button", { name: "Send the reminder" }).click();
        await coordinator.getByText("The reminder is on its way.").waitFor();
        await look(coordinator, "detail-reminded");
        await visit(coordinator, `${hale.path}/times`, "staff-times");
        await coordinator.goto(`${url}/worklist?state=accepted`);
        const bar = coordinator.getByRole("button", { name: "Give to somebody" });
        assert.ok(await bar.isHidden(), "nothing is ticked, so nothing can be done with it");
        for (const box of (await coordinator.locator(".app-tick input").all()).slice(0, 3)) await box.check();
        await look(coordinator, "worklist-ticked");
        await dark(coordinator, "worklist-ticked");
        await coordinator.getByLabel("Tick all on this page").check();
        const ticks = coordinator.locator(".app-tick input");
        assert.equal(await coordinator.locator(".app-tick input:checked").count(), await ticks.count());
        await bar.click();
        await coordinator.waitForURL("**/worklist/chosen");
        await look(coordinator, "worklist-preview");
        await coordinator.getByRole("link", { name: "Do nothing and go back" }).click();
        await coordinator.waitForURL("**/worklist?state=accepted");
        await t.test("the first screen of a list is its rows", () => firstScreen(browser, specialist, coordinator, received));
        await visit(coordinator, "/worklist", "worklist-busy");
        await dark(coordinator, "worklist-busy");
        await coordinator.locator("summary", { hasText: "More" }).click();
        await look(coordinator, "worklist-more");
        await coordinator.getByLabel("Who is away").selectOption({ label: "Ben Adeyemi" });
        await coordinator.getByRole("button", { name: "Show what would be handed over" }).click();
        await coordinator.getByRole("button", { name: /^Hand over (these \d+ referrals|this referral)$/ }).waitFor();
        await look(coordinator, "worklist-away");
        await visit(coordinator, "/key-in?words=a", "key-in");
        await visit(coordinator, "/key-in/patient", "key-in-patient");
        await visit(coordinator, "/downtime", "downtime");
        await visit(coordinator, "/board", "board");
        await visit(coordinator, "/board?span=week", "board-week");
        await dark(coordinator, "board-week");
        const free = await coordinator.locator('a[href^="/board/time"]').first().getAttribute("href");
        await visit(coordinator, free, "board-time");
        await visit(coordinator, "/waiting", "waiting-list-empty");
        await visit(coordinator, "/matching", "matching");
        for (const box of await coordinator.getByRole("checkbox").all()) await box.check();
        await coordinator.getByRole("button", { name: "Show who would get which time" }).click();
        await coordinator.waitForURL("**/matching/*");
        await look(coordinator, "matching-preview");
        await visit(coordinator, "/messages", "messages");
        await coordinator.locator("table tbody a").first().click();
        await coordinator.waitForURL("**/messages/*");
        await look(coordinator, "message-trace");
        await visit(people[QUALITY], "/quality", "quality");
        await dark(people[QUALITY], "quality");
        const administrator = people[ADMINISTRATOR];
        await visit(administrator, "/admin", "admin");
        await visit(administrator, "/admin/services/new", "admin-service-new");
        await administrator.getByLabel("Length of a visit in minutes").fill("soon");
        await administrator.getByRole("button", { name: "Save the service" }).click();
        await administrator.getByRole("heading", { name: "There is a problem" }).waitFor();
        await look(administrator, "admin-service-refused");
        await visit(administrator, "/admin/organisation", "admin-organisation");
        await visit(administrator, "/admin/people/new", "admin-person-new");
        await visit(administrator, "/admin/history", "admin-history");
        await visit(administrator, "/admin/audit", "admin-audit");
        for (const part of ["setup", "access", "emergencies", "sites/new", "teams", "reasons", "replies/new", "templates", "configuration", "delegates"]) {
            await visit(administrator, `/admin/${part}`, `admin-${part.replace("/", "-")}`);
        }
        await administrator.goto(`${url}/admin/templates/time-offered`);
        await administrator.getByRole("textbox", { name: "Text message" }).fill("we offer you {day} in the heart clinic.");
        await administrator.getByRole("button", { name: "Save the words" }).click();
        await administrator.getByRole("heading", { name: "There is a problem" }).waitFor();
        await look(administrator, "admin-template-refused");
        await administrator.getByRole("textbox", { name: "Text message" }).fill("we have a time for you, {when}. Will you come?");
        await administrator.getByRole("button", { name: "Preview" }).click();
        await administrator.getByText("Not saved yet").waitFor();
        await look(administrator, "admin-template-preview");
        await administrator.getByRole("button", { name: "Save the words" }).click();
        await administrator.getByText("The words are saved.").waitFor();
        await administrator.locator("summary", { hasText: "Go back to Waymark" }).click();
        await look(administrator, "admin-template-own");
        await administrator.getByRole("button", { name: "Yes, go back" }).click();
        await administrator.getByText("Once this is approved, Waymark’s words are sent.").waitFor();
        await administrator.goto(`${url}/admin`);
        await administrator.getByRole("link", { name: /^What it asks/ }).first().click();
        await administrator.waitForURL("**/rules");
        await look(administrator, "admin-rules");
        await administrator.getByRole("link", { name: "Add a question" }).click();
        await administrator.waitForURL("**/questions/new");
        await look(administrator, "admin-question-new");

        const { page } = patient;
        const text = await lastText(url, MARGARET.mobile);
        await page.goto(linkIn(text.body));
        await look(page, "verify");
        await typeBirthDate(page, { ...MARGARET }.born);
        await page.getByLabel("Month", { exact: true }).fill("13");
        await page.getByRole("button", { name: "Send me a code" }).click();
        await page.getByRole("heading", { name: "There is a problem" }).waitFor();
        await look(page, "verify-refused");
        await asPatient(page, url, linkIn(text.body), MARGARET);
        await look(page, "my");
        await dark(page, "my");
        await printed(page, "my");
        const mine = `/my/${hale.path.split("/").pop()}`;
        await visit(page, `${mine}/times`, "times");
        await visit(page, `${mine}/waiting`, "waiting");
        await visit(page, `${mine}/documents`, "documents");
        await visit(page, "/my/messages", "my-messages");
        await visit(page, "/my/access", "my-access");
        await page.goto(`${url}${mine}/times`);
        await page.getByRole("button", { name: /^Hold this time/ }).first().click();
        await page.waitForURL("**/confirm");
        await look(page, "confirm");
        await dark(page, "confirm");
        await page.getByRole("button", { name: "Confirm this time" }).click();
        await page.waitForURL("**/my");
        await look(page, "my-booked");
        await printed(page, "my-booked");
        await visit(page, `${mine}/cancel`, "cancel");
        await page.goto(`${url}${mine}/waiting`);
        await page.getByRole("button", { name: "Join the waiting list" }).click();
        await page.waitForURL("**/my");
        await look(page, "my-waiting");
        await visit(coordinator, "/waiting", "waiting-list");
        await visit(visitor, "/demo", "demo");
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});

/** How many rows are read without scrolling, with a task asked of the reader and a view kept above the list. */
async function firstScreen(browser, specialist, coordinator, received) {
    const { origin } = new URL(coordinator.url());
    await specialist.goto(origin + received.path);
    await specialist.getByLabel("Write to colleagues").fill("Is there an old ECG in the archive?");
    await specialist.getByLabel("Ask somebody to act on it").selectOption({ label: "Grace Whitlock" });
    await specialist.getByRole("button", { name: "Write it" }).click();
    await specialist.getByText("It is in the thread.").waitFor();
    await coordinator.goto(`${origin}/worklist?priority=urgent`);
    await coordinator.locator("summary", { hasText: "Keep these filters" }).click();
    await coordinator.getByLabel("Name for these filters").fill("Urgent");
    await coordinator.getByRole("button", { name: "Keep", exact: true }).click();
    await coordinator.getByText("Kept. You find it above the list.").waitFor();
    const phone = await browser.person(PHONE, Script.On, { storageState: await coordinator.context().storageState() });
    for (const [page, fewest] of [[coordinator, 5], [phone.page, 1]]) {
        for (const query of ["", "?rows=close"]) {
            await page.goto(`${origin}/worklist${query}`);
            assert.ok(await page.getByText("Asked of you (1)").isVisible());
            assert.ok(await page.getByRole("link", { name: "Urgent", exact: true }).isVisible());
            const whole = await page.evaluate(rowsInSight);
            assert.ok(whole >= fewest, `${whole} rows in the first screen of ${page.viewportSize().width} px${query}`);
        }
    }
    await phone.context.close();
    // Close rows are low, and leave nothing out.
    await coordinator.goto(`${origin}/worklist?rows=close`);
    const rows = coordinator.locator(".app-table__row:has(.app-tick)");
    const heights = await rows.evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
    assert.ok(Math.max(...heights) <= 52, `rows are ${Math.max(...heights)} px high`);
    assert.match(await rows.first().innerText(), /WM-\w{4}-\w{4}/);
    assert.match(await rows.first().innerText(), /late[\s\S]*\d{1,2} [A-Z][a-z]{2}/);
}

/** In the browser: how many referrals are seen whole. */
function rowsInSight() {
    const rows = [...document.querySelectorAll(".app-table__row:has(.app-tick)")];
    return rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length;
}

/** From row to row, a tick, the search, and the list of keys, which can switch them off. */
async function byKeys(page) {
    await page.goto(new URL("/worklist", page.url()).href);
    const links = page.locator(".app-table__cell--name a");
    const at = () => page.evaluate(() => document.activeElement.getAttribute("href"));
    await page.keyboard.press("j");
    assert.equal(await at(), await links.nth(0).getAttribute("href"));
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await at(), await links.nth(1).getAttribute("href"));
    await page.keyboard.press("x");
    assert.ok(await page.locator(".app-tick input").nth(1).isChecked());
    await page.keyboard.press("/");
    await page.keyboard.type("j?");
    assert.equal(await page.getByRole("searchbox").inputValue(), "j?", "whoever writes gets letters");
    await page.locator("h1").click();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys for this list" });
    await audit(page);
    await help.getByRole("checkbox").uncheck();
    await help.getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("?");
    assert.ok(await help.isHidden(), "the keys are off");
    await page.getByRole("button", { name: "Keys for this list" }).click();
    await help.getByRole("checkbox").check();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/referrals/*");
}
