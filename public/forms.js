// What forms say before anything reaches the server: that there is no connection, and that a text is too long.

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
