// An empty installation is set up by its first administrator, along the guided path, and asks what its service wants to know.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { LAPTOP, openBrowser } from "../lib/browser.mjs";
import { assertFits, audit, shoot } from "../lib/looks.mjs";
import { story } from "../lib/story.mjs";
import { startEmpty } from "../lib/waymark.mjs";

const EMAIL = "ada.first@new-clinic.example";
/** A person needs about this long for a field and for a click, generously: reading, thinking, typing. */
const [SECONDS_A_FIELD, SECONDS_A_CLICK] = [12, 4];

/** The code that an authenticator shows for the address that `waymark user add` printed. */
function codeOf(address) {
    const secret = new URL(address).searchParams.get("secret");
    let bits = "";
    for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
    const mac = createHmac("sha1", key).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("an empty installation is set up along the guided path in far less than ten minutes", async (t) => {
    const waymark = await startEmpty();
    const browser = await openBrowser();
    try {
        await setUp(t, waymark, browser);
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});

async function setUp(t, waymark, browser) {
    const step = story(t, browser, "setup");
    const { url } = waymark;
    const { page } = await browser.person(LAPTOP);
    let [fields, clicks] = [0, 0];
    const fill = async (label, text, options = { exact: true }) => {
        fields += 1;
        await page.getByLabel(label, options).fill(text);
    };
    const choose = async (label, option) => {
        fields += 1;
        await page.getByLabel(label).selectOption(option);
    };
    const tick = async (name) => {
        clicks += 1;
        await page.getByRole("checkbox", { name }).check();
    };
    const press = async (name) => {
        clicks += 1;
        await page.getByRole("button", { name, exact: true }).click();
    };
    const follow = async (name) => {
        clicks += 1;
        await page.getByRole("link", { name, exact: true }).first().click();
    };
    const next = async (what) => {
        await page.getByRole("heading", { name: `Next: ${what}` }).waitFor();
        await follow("Do this step");
    };
    const began = Date.now();

    await step("the first administrator comes in and is led to the path", async () => {
        const first = await waymark.run("user", "add", "--email", EMAIL, "--name", "Ada First", "--role", "administrator");
        const { password, authenticator } = JSON.parse(first);
        await page.goto(`${url}/sign-in`);
        await fill("E-mail address", EMAIL);
        await fill("Password", password);
        await press("Continue");
        await page.waitForURL("**/sign-in/code");
        await fill("Code", codeOf(authenticator));
        await press("Sign in");
        await page.getByRole("heading", { name: "Before the first referral" }).waitFor();
        await follow("Go on with setting up");
        await audit(page);
        await shoot(page, "setup-empty");
    });

    await step("organisation, site, service", async () => {
        await next("Name the organisation and its phone number");
        await fill("Name", "New Clinic");
        await fill("Phone for patients", "01632 960010", {});
        await press("Save the organisation");
        await next("Add the place where people are seen");
        await fill("Name", "Main building");
        await fill(/^Address \(optional/, "1 New Street, Newtown", {});
        await press("Save the site");
        await next("Add a service that takes referrals");
        await fill("Name", "Knee clinic");
        await choose("Site", { label: "Main building" });
        await press("Save the service");
        await page.getByText("The service is saved.").waitFor();
    });

    await step("the service says what it asks", async () => {
        await follow("Say what the service asks");
        await follow("Add a question");
        await fill("Question", "Which knee?");
        await choose("Kind of answer", { label: "One answer of a list" });
        await fill("Answers to choose from", "Left\nRight\nBoth", { exact: false });
        await tick("It must be answered");
        await press("Save the question");
        await page.getByText("The question is saved.").waitFor();
        await follow("Add a question");
        await fill("Question", "Weight");
        await choose("Kind of answer", { label: "A number" });
        await fill("Unit of a number", "kg", { exact: false });
        await press("Save the question");
        await follow("Add a document");
        await fill("What the referrer reads", "X-ray of the knee", { exact: false });
        await press("Save the document");
        await follow("Add a rule");
        await choose("What does the rule look at?", { label: "The patient’s age" });
        await press("Next");
        await fill("What the referrer reads", "Adults of 18 and over", { exact: false });
        await fill("At least", "18", { exact: false });
        clicks += 1;
        await page.getByRole("radio", { name: "It cannot be sent" }).check();
        await press("Save the rule");
        await page.getByText("stops unless age is 18 or more").first().waitFor();
        await page.getByRole("heading", { name: "As the referrer sees the questions" }).waitFor();
        await audit(page);
        await assertFits(page, 360);
        await shoot(page, "setup-rules");
    });

    await step("people and times", async () => {
        await follow("Go on with setting up");
        await next("Invite a coordinator");
        await fill("Name", "Cora Ordinate", { exact: false });
        await fill("E-mail address", "cora@new-clinic.example", { exact: false });
        await press("Send the invitation");
        // No mail leaves this installation: it says so, and what to do instead.
        await page.getByText("or to add them there with `waymark user add`").first().waitFor();
        for (const [email, name, role] of [
            ["cora@new-clinic.example", "Cora Ordinate", "coordinator"],
            ["sam@new-clinic.example", "Sam Special", "specialist"],
        ]) {
            await waymark.run("user", "add", "--email", email, "--name", name, "--role", role);
        }
        await page.goto(`${url}/admin/setup`);
        await next("Enter weekly sessions");
        await tick("Monday");
        await tick("Thursday");
        await press("Add the session");
        await page.getByText("Setting up is done").waitFor();
        await follow("Go on with setting up");
        await page.getByRole("heading", { name: "Ready for the first referral" }).waitFor();
        await audit(page);
        await shoot(page, "setup-ready");
    });

    await step("the time it takes", async () => {
        const estimate = fields * SECONDS_A_FIELD + clicks * SECONDS_A_CLICK;
        const took = Math.round((Date.now() - began) / 1000);
        t.diagnostic(`${fields} fields, ${clicks} clicks: about ${estimate} s by hand, ${took} s here`);
        assert.ok(estimate < 600, `${fields} fields and ${clicks} clicks take about ${estimate} s`);
    });
}
