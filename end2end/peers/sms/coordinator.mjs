// What a coordinator does so that a text leaves.

/** Reminds the patient of a referral. The page must be signed in. */
export async function remind(page, url, referral) {
    await page.goto(url + referral.path);
    await page.locator("#act-remind > summary").click();
    await page.getByRole("button", { name: "Send the reminder" }).click();
    await page.getByText("The reminder is on its way.").waitFor();
}
