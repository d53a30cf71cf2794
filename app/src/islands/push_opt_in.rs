use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Notification, NotificationPermission, PushManager, PushSubscription, PushSubscriptionOptionsInit,
    ServiceWorkerRegistration,
};

use crate::api::patient::push_subscribe;

/// Where the question for notices stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opted {
    /// The browser cannot, or nobody looked yet.
    Hidden,
    Asking,
    Working,
    On,
    Refused,
    Failed,
}

/// Offers notices on this phone or browser. Asks for permission only after a tap, and is not there where the browser
/// has no push.
#[island]
pub fn PushOptIn(
    /// The referral for which the patient is signed in.
    referral: String,
    /// The server's public key (RFC 8292), base64url.
    vapid_public_key: String,
) -> impl IntoView {
    let opted = RwSignal::new(Opted::Hidden);
    Effect::new(move |_| {
        if supported() {
            spawn_local(async move { opted.set(look().await) });
        }
    });
    let ask = move |_| {
        let (referral, key) = (referral.clone(), vapid_public_key.clone());
        opted.set(Opted::Working);
        spawn_local(async move {
            opted.set(subscribe(referral, &key).await.unwrap_or(Opted::Failed));
        });
    };
    let sentence = move || match opted.get() {
        Opted::Hidden | Opted::Asking => "We can tell you on this phone or computer when something changes.",
        Opted::Working => "One moment …",
        Opted::On => "Notices are on. They say that something changed, never what.",
        Opted::Refused => "Notices are off. You can allow them in your browser’s settings for this site.",
        Opted::Failed => "Notices could not be switched on here. We still write to you as before.",
    };
    view! {
        <section class="app-notices app-screen-only" hidden=move || opted.get() == Opted::Hidden>
            <h2>"Notices"</h2>
            <p role="status">{sentence}</p>
            <button
                type="button"
                class="app-button app-button--secondary"
                hidden=move || !matches!(opted.get(), Opted::Asking | Opted::Failed)
                on:click=ask
            >
                "Tell me on this device"
            </button>
        </section>
    }
}

/// Whether this browser has service workers, push and notices.
fn supported() -> bool {
    let has = |object: &JsValue, name: &str| js_sys::Reflect::has(object, &name.into()).unwrap_or(false);
    let window: JsValue = window().into();
    has(&window, "Notification")
        && has(&window, "PushManager")
        && has(&leptos::prelude::window().navigator().into(), "serviceWorker")
}

/// What was decided before.
async fn look() -> Opted {
    match Notification::permission() {
        NotificationPermission::Denied => Opted::Hidden,
        NotificationPermission::Granted => match existing().await {
            Ok(true) => Opted::On,
            _ => Opted::Asking,
        },
        _ => Opted::Asking,
    }
}

async fn push() -> Result<PushManager, JsValue> {
    let ready = window().navigator().service_worker().ready()?;
    JsFuture::from(ready).await?.unchecked_into::<ServiceWorkerRegistration>().push_manager()
}

async fn existing() -> Result<bool, JsValue> {
    let found = JsFuture::from(push().await?.get_subscription()?).await?;
    Ok(!found.is_null() && !found.is_undefined())
}

async fn subscribe(referral: String, key: &str) -> Result<Opted, JsValue> {
    let answer = JsFuture::from(Notification::request_permission()?).await?;
    if answer.as_string().as_deref() != Some("granted") {
        return Ok(Opted::Refused);
    }
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key(&key.into());
    let subscription = JsFuture::from(push().await?.subscribe_with_options(&options)?).await?;
    let json = subscription.unchecked_into::<PushSubscription>().to_json()?;
    let keys = json.get_keys();
    let part = |part: Option<String>| part.unwrap_or_default();
    let (p256dh, auth) =
        keys.map_or_else(Default::default, |keys| (part(keys.get_p256dh()), part(keys.get_auth())));
    match push_subscribe(referral, part(json.get_endpoint()), p256dh, auth).await {
        Ok(()) => Ok(Opted::On),
        Err(_) => Ok(Opted::Failed),
    }
}
