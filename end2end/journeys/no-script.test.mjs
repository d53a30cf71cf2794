// The main forms of patients and staff where no script runs.

import { test } from "node:test";
import { LAPTOP, PHONE, Script, openBrowser } from "../lib/browser.mjs";
import { pdf } from "../lib/files.mjs";
import { COORDINATOR, REFERRER, SPECIALIST, asPatient, lastText, linkIn, signIn } from "../lib/people.mjs";
import { find } from "../lib/referrals.mjs";
import { story } from "../lib/story.mjs";
import { startWaymark } from "../lib/waymark.mjs";

test("patients and staff get everything done without scripts", async (t) => {
    const waymark = await startWaymark();
    const browser = await openBrowser();
    const { url } = waymark;
    const step = story(t, browser, "no-script");
    try {
        const referrer = (await browser.person(LAPTOP, Script.Off)).page;
        const specialist = (await browser.person(LAPTOP, Script.Off)).page;
        const coordinator = (await browser.person(LAPTOP, Script.Off)).page;
        // Reading a list of rows needs a script; the choice of a referral is not what is shown here.
        const reader = (await browser.person(LAPTOP)).page;
        const phone = (await browser.person(PHONE, Script.Off)).page;
        let asked;

        await step("a referrer writes, attaches and sends", async () => {
            await signIn(referrer, url, REFERRER);
            await referrer.goto(`${url}/referrals/new?words=hale`);
            await referrer.getByRole("radio", { name: /Margaret Hale/ }).check();
            await referrer.getByRole("button", { name: "Find a service" }).click();
            await referrer.getByRole("checkbox", { name: /Skin clinic/ }).check();
            await referrer.getByRole("button", { name: "Compare the ticked ones" }).click();
            await referrer.getByRole("button", { name: "Write the referral" }).click();
            await referrer.getByRole("radio", { name: "Routine" }).check();
            await referrer.getByLabel("Reason for referral").fill("Itchy scaly patches on both elbows for a year, not settled with two creams. Please advise.");
            await referrer.getByRole("button", { name: "Save draft" }).click();
            await referrer.getByText("The draft is saved.").waitFor();
            await referrer.getByLabel("File").setInputFiles(pdf("elbows.pdf", "Photographs"));
            await referrer.getByRole("button", { name: "Add the document" }).click();
            await referrer.getByText("elbows.pdf was received.").waitFor();
            await referrer.getByRole("button", { name: "Send referral" }).click();
            await referrer.getByText("The referral is sent.").waitFor();
        });

        await step("a specialist asks the patient", async () => {
            await signIn(reader, url, "helen.marsh@wrenfield-hospitals.example");
            [asked] = await find(reader, url, "received", 1);
            await signIn(specialist, url, SPECIALIST);
            await specialist.goto(url + asked.path);
            await specialist.getByRole("radio", { name: "Ask for information" }).check();
            await specialist.getByLabel("Reason, when you ask").selectOption({ label: "The list of medicines is missing" });
            await specialist.getByRole("textbox", { name: "For the patient" }).fill("Which tablets do you take?");
            await specialist.getByRole("button", { name: "Record the decision" }).click();
            await specialist.getByText("The question is sent to whoever is asked.").waitFor();
        });

        await step("the patient sends a document without progress, and the question is answered", async () => {
            const text = await lastText(url, asked.mobile);
            await asPatient(phone, url, linkIn(text.body), asked);
            await phone.getByText("Which tablets do you take?").waitFor();
            await phone.goto(`${url}/my/${asked.path.split("/").pop()}/documents`);
            await phone.getByLabel("File or photo").setInputFiles(pdf("tablets.pdf", "Ramipril 5 mg"));
            await phone.getByRole("button", { name: "Send it" }).click();
            await phone.getByText("tablets.pdf was received.").waitFor();
            await phone.goto(`${url}/my`);
        });

        await step("the specialist accepts, the coordinator reminds, the patient books and cancels", async () => {
            await specialist.goto(url + asked.path);
            if ((await specialist.getByRole("radio", { name: "Accept", exact: true }).count()) === 0) {
                await phone.goto(`${url}/my/${asked.path.split("/").pop()}/documents`);
                await phone.getByLabel("Your answer").fill("Ramipril and a statin.");
                await phone.getByRole("button", { name: "Send my answer" }).click();
                await phone.getByText("Your answer is with the clinic.").waitFor();
                await specialist.reload();
            }
            await specialist.getByRole("radio", { name: "Accept", exact: true }).check();
            await specialist.getByRole("button", { name: "Record the decision" }).click();
            await specialist.getByText("Accepted. The patient is asked to choose a time.").waitFor();
            await signIn(coordinator, url, COORDINATOR);
            await coordinator.goto(url + asked.path);
            await coordinator.locator("#act-remind > summary").click();
            await coordinator.getByRole("button", { name: "Send the reminder" }).click();
            await coordinator.getByText("The reminder is on its way.").waitFor();

            await phone.goto(`${url}/my`);
            await phone.getByRole("link", { name: "Choose a time" }).click();
            await phone.getByRole("button", { name: /^Hold this time/ }).first().click();
            await phone.getByText("We hold this time for you for").filter({ visible: true }).waitFor();
            await phone.getByRole("button", { name: "Confirm this time" }).click();
            await phone.getByText(/Booked: \w+ \d/).waitFor();
            await phone.getByRole("link", { name: "Cancel the visit" }).click();
            await phone.getByRole("button", { name: "Cancel my visit" }).click();
            await phone.getByText("Your time is cancelled.").waitFor();
        });
    } finally {
        try {
            await browser.close();
        } finally {
            await waymark.stop();
        }
    }
});
