// Keeps only what holds nothing about anyone: files under /pkg/ (their names change with their content), icons, and the
// offline page. Pages and everything else always come from the network and are never kept.

const CACHE = "waymark-static-1";
const OFFLINE = "/offline.html";

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const answer = await fetch(OFFLINE, { cache: "reload", credentials: "omit" });
      if (!answer.ok) throw new Error("the offline page did not load");
      // Its own headers: the server's policy for pages forbids the inline style that makes this page self-contained.
      const headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      };
      await cache.put(OFFLINE, new Response(await answer.text(), { headers }));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => offline()));
  } else if (isStatic(url)) {
    event.respondWith(fromCache(request));
  }
});

function isStatic(url) {
  if (url.search !== "") return false;
  const hashed = /^\/pkg\/[^/]+\.[A-Za-z0-9_-]{6,}\.(js|wasm|css)$/.test(url.pathname);
  return hashed || /^\/icons\/[a-z0-9-]+\.(png|svg)$/.test(url.pathname);
}

async function offline() {
  const kept = await caches.match(OFFLINE);
  return kept ?? new Response("No connection. Try again when your device is online.", {
    status: 503,
    headers: { "Content-Type": "text/plain; charset=utf-8" },
  });
}

async function fromCache(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200 && answer.type === "basic") {
    await prune(cache, new URL(request.url).pathname);
    await cache.put(request, answer.clone());
  }
  return answer;
}

// A new build has new names: files that differ from the new one by their hash only are let go.
async function prune(cache, path) {
  const stem = (name) => name.replace(/\.[A-Za-z0-9_-]{6,}(\.[a-z]+)$/, "$1");
  for (const old of await cache.keys()) {
    const name = new URL(old.url).pathname;
    if (name.startsWith("/pkg/") && name !== path && stem(name) === stem(path)) await cache.delete(old);
  }
}

// The payload is {title, body, url}. Its words must reveal nothing: they are shown on a locked screen.
self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data?.json() ?? {};
  } catch {
    message = {};
  }
  const text = (value, otherwise) => (typeof value === "string" && value !== "" ? value : otherwise);
  event.waitUntil(
    self.registration.showNotification(text(message.title, "Waymark"), {
      body: text(message.body, "There is news. Open Waymark to read it."),
      icon: "/icons/icon-192.png",
      tag: "waymark",
      renotify: true,
      data: { url: ownAddress(message.url) },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = ownAddress(event.notification.data?.url);
  event.waitUntil(
    (async () => {
      const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const open = windows.find((client) => client.url === url);
      if (open) return open.focus();
      return self.clients.openWindow(url);
    })(),
  );
});

// Only addresses of this site are opened, whatever the message says.
function ownAddress(address) {
  const home = new URL("/my", self.location.origin).href;
  try {
    const url = new URL(typeof address === "string" ? address : "/my", self.location.origin);
    return url.origin === self.location.origin ? url.href : home;
  } catch {
    return home;
  }
}
