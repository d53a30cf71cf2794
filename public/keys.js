// Keys for whoever works through a list, and what else its rows need a script for: j and k go from row to row, Enter opens, x ticks, / searches, ? shows all of them.
// They can be switched off (WCAG 2.2, 2.1.4), which this browser remembers.
//
// <dialog id="keys"> says what there is; [data-keys] is the button that opens it; [data-tick-all] holds the box for all rows.

const OFF = "waymark-keys-off";
const help = document.getElementById("keys");
const button = document.querySelector("[data-keys]");
const isOn = help.querySelector("input");
const rows = () => [...document.querySelectorAll(".app-table__row")].filter((row) => link(row));
const link = (row) => row.querySelector(".app-table__cell--name a");

function go(step) {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    if (all[next]) {
        link(all[next]).focus();
        all[next].scrollIntoView({ block: "nearest" });
    }
}

function tick() {
    document.activeElement?.closest(".app-table__row")?.querySelector(".app-tick input")?.click();
}

function search() {
    const field = document.querySelector("main input[type=search]");
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
    field?.select();
}

const ACTS = { j: () => go(1), k: () => go(-1), x: tick, "/": search, "?": () => help.showModal() };

function isWriting(element) {
    return element?.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
}

document.addEventListener("keydown", (event) => {
    const act = Object.hasOwn(ACTS, event.key) ? ACTS[event.key] : null;
    if (!act || !isOn.checked || help.open || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    event.preventDefault();
    act();
});

isOn.checked = localStorage.getItem(OFF) === null;
isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
});
// The count that is shown stands in view, where the counts are wider than the screen.
const counts = document.querySelector(".app-counts");
const shown = counts?.querySelector("[aria-current]");
if (shown) counts.scrollLeft = shown.offsetLeft - counts.offsetLeft;

// One box ticks and unticks all of the page, and says so when only some are ticked.
const ticks = [...document.querySelectorAll(".app-tick input")];
const all = document.querySelector("[data-tick-all]");
if (all && ticks.length > 1) {
    const box = all.querySelector("input");
    const say = () => {
        const ticked = ticks.filter((tick) => tick.checked).length;
        box.checked = ticked === ticks.length;
        box.indeterminate = ticked > 0 && ticked < ticks.length;
    };
    box.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = box.checked)));
    for (const tick of ticks) tick.addEventListener("change", say);
    addEventListener("pageshow", say);
    all.hidden = false;
    say();
}

button.hidden = false;
button.addEventListener("click", () => help.showModal());
