// The product's service worker in the browser, given push messages by the debugging protocol.

import assert from "node:assert/strict";
import { within } from "../../lib/wait.mjs";

/** Decides for the person whether a site may show notices: "granted", "denied" or "prompt". It holds while the page does. */
export async function permit({ page, context }, origin, setting) {
    const session = await context.newCDPSession(page);
    const { browserContextId } = (await session.send("Target.getTargetInfo")).targetInfo;
    await session.send("Browser.setPermission", { permission: { name: "notifications" }, setting, origin, browserContextId });
}

/** A way to hand messages to the worker of a page's origin, and to read the notices that it shows. */
export async function workerOf(person) {
    const { page, context } = person;
    const { origin } = new URL(page.url());
    await permit(person, origin, "granted");
    const session = await context.newCDPSession(page);
    const registrations = new Map();
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: updated }) => {
        for (const { registrationId, scopeURL } of updated) registrations.set(scopeURL, registrationId);
    });
    await session.send("ServiceWorker.enable");
    let displayed = 0;
    session.on("BackgroundService.backgroundServiceEventReceived", ({ backgroundServiceEvent }) => {
        if (backgroundServiceEvent.eventName === "Notification displayed") displayed += 1;
    });
    await session.send("BackgroundService.startObserving", { service: "notifications" });
    await session.send("BackgroundService.setRecording", { service: "notifications", shouldRecord: true });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    const registrationId = await within(10_000, "the worker's registration", () => registrations.get(`${origin}/`));

    /** The notices on the screen. */
    function notices() {
        return page.evaluate(async () => {
            const registration = await navigator.serviceWorker.ready;
            const shown = await registration.getNotifications();
            return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
        });
    }

    /** Hands over a message and waits until its notice is shown. */
    async function send(data) {
        const before = displayed;
        await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
        // Who asks for notices while one is being shown makes the browser forget it.
        await within(10_000, `a notice for ${data}`, () => displayed > before);
    }

    return {
        notices,
        send,
        /** Hands over a message when the screen is empty, and gives the one notice that it leads to. */
        async deliver(data) {
            await clear(page);
            await send(data);
            const shown = await notices();
            assert.equal(shown.length, 1, `notices for ${data}`);
            return shown[0];
        },
    };
}

async function clear(page) {
    await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        for (const notice of await registration.getNotifications()) notice.close();
    });
    await within(10_000, "no notice", () =>
        page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).length === 0),
    );
}
