// What forms say before anything reaches the server: that there is no connection, that a text is too long or a file too large.

// A form that is sent without a connection would leave its page, and with it what was typed. It stays instead, and says so
// in the words of <template id="no-connection">.

const words = document.getElementById("no-connection");

function unsay() {
    document.querySelector("[data-no-connection]")?.remove();
}

addEventListener("submit", (event) => {
    const form = event.target;
    // An address can be asked for again; and somebody else may have dealt with it.
    if (navigator.onLine || event.defaultPrevented || form.method !== "post") return;
    event.preventDefault();
    unsay();
    form.append(words.content.cloneNode(true));
    form.lastElementChild.scrollIntoView({ block: "nearest" });
});

addEventListener("online", unsay);

// A text that was pasted is never cut off: beside <textarea data-longest> it says by how much it is too long.
addEventListener("input", ({ target }) => {
    const longest = Number(target.dataset?.longest ?? 0);
    if (longest === 0) return;
    const said = target.nextElementSibling;
    // Characters as people count them, not the browser's units; there are never more of them.
    const over = target.value.length > longest ? [...target.value].length - longest : 0;
    if (over > 0) said.querySelector("[data-over]").textContent = over.toLocaleString("en-GB");
    said.hidden = over <= 0;
});

// A file that is too large would be refused before the words beside it are read. <input type=file data-largest=bytes> says
// so as soon as it is chosen, and its form stays; what was wrong with the file before is not said of another one.
addEventListener("change", ({ target }) => {
    if (target.type !== "file") return;
    document.getElementById(`${target.id}-error`)?.remove();
    target.removeAttribute("aria-invalid");
    target.closest(".app-field--wrong")?.classList.remove("app-field--wrong");
    const largest = Number(target.dataset.largest ?? 0);
    if (largest === 0) return;
    const said = target.nextElementSibling;
    said.hidden = [...target.files].every((file) => file.size <= largest);
    target.setCustomValidity(said.hidden ? "" : said.textContent.trim());
});
