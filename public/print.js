// A button that opens the browser's print window: <button data-print hidden>. Without a script there is none, and the browser's own
// command does the same.

for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
}
