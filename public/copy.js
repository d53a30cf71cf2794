// A button that copies what stands in a field beside it: <button data-copy="id of the field" hidden>. Without a script there
// is no button, and the field can be copied by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const said = button.parentElement.querySelector("[role=status]");
    field.addEventListener("focus", () => field.select());
    button.hidden = false;
    button.addEventListener("click", async () => {
        field.select();
        let copied = true;
        try {
            await navigator.clipboard.writeText(field.value);
        } catch {
            // No clipboard over plain http, or the browser does not want to: the old way, from what is selected.
            copied = document.execCommand("copy");
        }
        said.textContent = copied ? button.dataset.copied : button.dataset.failed;
    });
}
