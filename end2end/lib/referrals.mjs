// Finding a referral of the demonstration that fits, and reading what a page says about it.

import assert from "node:assert/strict";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** What stands beside a name in a list of facts, for example "Phone". */
export async function fact(page, name) {
    const term = page.locator("dt", { hasText: new RegExp(`^${name}$`) });
    return (await term.locator("xpath=following-sibling::dd[1]").first().innerText()).trim();
}

/**
 * Referrals in a state that `fits` (a row of the worklist as {href, text}), whose patient has a mobile telephone; as
 * many as `count`. The page must be signed in as the receiving side.
 */
export async function find(page, url, state, count, fits = () => true) {
    await page.goto(`${url}/worklist?state=${state}`);
    const rows = await page.locator('table tbody tr:has(a[href^="/referrals/"])').evaluateAll((lines) =>
        lines.map((line) => ({ href: line.querySelector('a[href^="/referrals/"]').getAttribute("href"), text: line.innerText })),
    );
    const found = [];
    for (const row of rows.filter((line) => fits(line.text))) {
        await page.goto(url + row.href);
        const mobile = (await fact(page, "Phone").catch(() => "")).replaceAll(" ", "").replace(/^0/, "+44");
        if (!mobile.startsWith("+447700900")) continue;
        const [day, month, year] = (await fact(page, "Born")).split(/[ (]+/);
        const number = MONTHS.indexOf(month) + 1;
        assert.ok(number > 0, `a month: ${month}`);
        found.push({
            path: row.href,
            text: row.text,
            name: await fact(page, "Name"),
            mobile,
            born: `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`,
        });
        if (found.length === count) return found;
    }
    assert.fail(`there are only ${found.length} of ${count} referrals in the state ${state} that fit`);
}

/** The reference number on a page. */
export async function reference(page) {
    const found = /WM-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await page.locator("main").innerText());
    assert.ok(found, "there is a reference number");
    return found[0];
}
