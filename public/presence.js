// A page of staff that stays open closes once its reader is no longer let in: signed out, idle for too long, suspended.
// What was typed and not sent waits, out of sight, until the same person is back.
//
// The words stand in <template id="signed-out">, which is shown in the place of the whole page.

const RETRY_MS = 5_000;
const USE_MS = 60_000;
const closed = document.getElementById("signed-out");
let stream = null;
let me = null;
// What stood on the page, while it is closed.
let put = null;

// Only the window that is looked at listens: browsers open few connections to one site.
function listen() {
    if (stream || document.hidden) return;
    stream = new EventSource("/live");
    stream.addEventListener("you", ({ data }) => {
        if (me && me !== data) return location.reload();
        me = data;
        open();
    });
    stream.addEventListener("ended", () => {
        rest();
        close();
    });
    stream.addEventListener("error", async () => {
        // The browser tries again by itself, unless the server refused.
        if (stream?.readyState !== EventSource.CLOSED) return;
        rest();
        const answer = await fetch("/live", { method: "HEAD" }).catch(() => null);
        if (answer?.status === 403) close();
        else setTimeout(listen, RETRY_MS);
    });
}

function rest() {
    stream?.close();
    stream = null;
}

const isTyped = (control) =>
    control.type === "checkbox" || control.type === "radio"
        ? control.checked !== control.defaultChecked
        : /^(?:text|textarea|search|email|tel|number)/.test(control.type) && control.value !== control.defaultValue;

function close() {
    if (put) return;
    const hasWords = [...document.querySelectorAll("main :is(input, textarea)")].some(isTyped);
    put = [...document.body.children].filter((part) => part.tagName !== "SCRIPT" && part !== closed);
    for (const part of put) part.remove();
    // Without words there is nothing to come back to.
    if (!hasWords) put = [];
    const page = closed.content.cloneNode(true);
    for (const part of page.querySelectorAll(hasWords ? "[data-nothing]" : "[data-words]")) part.remove();
    document.body.prepend(page);
    document.querySelector("h1").focus();
}

function open() {
    if (!put) return;
    if (put.length === 0) return location.reload();
    for (const part of [...document.body.children]) {
        if (part.tagName !== "SCRIPT" && part !== closed) part.remove();
    }
    document.body.prepend(...put);
    put = null;
}

// Whoever types is not idle, though nothing is sent.
let used = Date.now();
document.addEventListener("input", () => {
    if (Date.now() - used < USE_MS || put) return;
    used = Date.now();
    fetch("/live", { method: "HEAD" }).catch(() => {});
});

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("focus", listen);
addEventListener("pagehide", rest);
addEventListener("pageshow", listen);
listen();
