// Passkeys: forms whose submit first asks the device. Without this script, or without support, the forms stay hidden and
// password and code do.
//
// <form data-passkey="create|get" data-options="/address/that/asks"> with a hidden control named "credential". With
// data-along="id" the fields of that form go along, so that a page need not ask for them twice.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function asked(kind, options) {
    const publicKey = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
    if (kind === "create") publicKey.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
        publicKey[list] = publicKey[list]?.map((known) => ({ ...known, id: bytes(known.id) }));
        if (!publicKey[list]) delete publicKey[list];
    }
    return { publicKey };
}

function answered(credential) {
    const { id, rawId, type, response } = credential;
    const parts = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
        if (response[name]) parts[name] = text(response[name]);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts, extensions: {} });
}

function take(form, other) {
    for (const [name, value] of new FormData(other)) {
        let control = form.elements.namedItem(name);
        if (!control) {
            control = Object.assign(document.createElement("input"), { type: "hidden", name });
            form.append(control);
        }
        control.value = value;
    }
}

async function ask(form) {
    const kind = form.dataset.passkey;
    const answer = await fetch(form.dataset.options, { method: "POST" });
    // Signed out, or the second factor is too old: the form's own page says what to do.
    if (!answer.ok) return "";
    const options = asked(kind, await answer.json());
    const credential = await (kind === "create" ? navigator.credentials.create(options) : navigator.credentials.get(options));
    return answered(credential);
}

if (globalThis.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) {
        form.hidden = false;
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            const status = form.querySelector("[role=status]");
            try {
                const other = document.getElementById(form.dataset.along ?? "");
                if (other) take(form, other);
                form.elements.namedItem("credential").value = await ask(form);
                form.submit();
            } catch {
                // Cancelled, or nothing there: the browser has said so; nothing was sent.
                status.textContent = "The device gave no passkey. Try again, or go on without one.";
            }
        });
    }
}
