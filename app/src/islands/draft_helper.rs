use std::time::Duration;

use contract::{DraftInput, MissingItem, PublicError};
use leptos::ev::{Event, SubmitEvent};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement};

use crate::api::drafts::{completeness, save_draft};

/// How long somebody has to pause before the draft is looked at.
const PAUSE: Duration = Duration::from_millis(700);

/// Whether what is typed has reached the server.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Saved {
    Resting,
    Saving,
    At(String),
    Not(&'static str),
}

/// What the island knows, shared by its handlers.
#[derive(Clone, Copy)]
struct Helper {
    referral: StoredValue<String>,
    missing: RwSignal<Option<Vec<MissingItem>>>,
    saved: RwSignal<Saved>,
    timer: StoredValue<Option<TimeoutHandle>>,
    /// Value of the button that was pressed while a save was on its way. Not the button itself: what belongs to one
    /// thread must not be kept here, because the server drops it on another.
    waiting: StoredValue<Option<String>>,
}

/// Saves the draft form inside it while somebody types, and names what is still missing. Without wasm the form has its
/// own buttons, and sending names what is missing.
#[island]
pub fn DraftHelper(
    /// Id of the draft.
    referral: String,
    children: Children,
) -> impl IntoView {
    let helper = Helper {
        referral: StoredValue::new(referral),
        missing: RwSignal::new(None),
        saved: RwSignal::new(Saved::Resting),
        timer: StoredValue::new(None),
        waiting: StoredValue::new(None),
    };
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            arrange(&root);
        }
    });
    view! {
        <div
            class="app-draft app-stack"
            node_ref=root
            on:input=move |event| typed(helper, &event)
            on:submit=move |event| submitted(helper, &event)
        >
            {children()}
            <div role="status" class="app-draft__state app-stack app-stack--tight">
                <p class="app-quiet">{move || sentence(&helper.saved.get())}</p>
                {move || helper.missing.get().map(|missing| list(&missing))}
            </div>
        </div>
    }
}

fn sentence(saved: &Saved) -> String {
    match saved {
        Saved::Resting => String::new(),
        Saved::Saving => "Saving …".to_owned(),
        Saved::At(clock) => format!("Saved at {clock}"),
        Saved::Not(why) => (*why).to_owned(),
    }
}

fn list(missing: &[MissingItem]) -> AnyView {
    if missing.is_empty() {
        return view! { <p>"Nothing is missing. You can send it."</p> }.into_any();
    }
    let items: Vec<_> = missing
        .iter()
        .map(|item| {
            view! {
                <li>
                    <strong>{item.label.clone()}</strong>
                    {format!(" – {}", item.remedy)}
                </li>
            }
        })
        .collect();
    view! {
        <p>"Still missing before it can be sent:"</p>
        <ul>{items}</ul>
    }
    .into_any()
}

/// Waits for a pause, then saves and asks what is missing.
fn typed(helper: Helper, event: &Event) {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let form = element
        .and_then(|element| element.closest("form").ok().flatten())
        .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    if let Some(form) = form {
        if let Some(root) = form.parent_element() {
            arrange(&root);
        }
        arm(helper, form);
    }
}

fn arm(helper: Helper, form: HtmlFormElement) {
    if let Some(timer) = helper.timer.get_value() {
        timer.clear();
    }
    let timer = set_timeout_with_handle(
        move || {
            // One at a time: each save needs the version that the one before it made.
            if helper.saved.get_untracked() == Saved::Saving {
                arm(helper, form);
            } else {
                spawn_local(save(helper, form));
            }
        },
        PAUSE,
    );
    helper.timer.set_value(timer.ok());
}

async fn save(helper: Helper, form: HtmlFormElement) {
    let Ok(data) = FormData::new_with_form(&form) else {
        return;
    };
    let value = |name: &str| data.get(name).as_string().unwrap_or_default();
    let draft = DraftInput {
        version: value("version").parse().unwrap_or_default(),
        priority: value("priority"),
        reason: value("reason"),
        pairs: Some(pairs(&data)),
    };
    let referral = helper.referral.get_value();
    helper.saved.set(Saved::Saving);
    let reason = draft.reason.clone();
    match save_draft(referral.clone(), draft).await {
        Ok(version) => {
            set_version(&form, version);
            helper.saved.set(Saved::At(clock()));
        }
        Err(error) => helper.saved.set(Saved::Not(why(&error.0))),
    }
    if let Some(value) = helper.waiting.try_update_value(Option::take).flatten() {
        let _ = form.request_submit_with_submitter(button(&form, &value).as_ref());
        return;
    }
    if let Ok(missing) = completeness(referral, reason).await {
        show_overrides(&form, &missing);
        helper.missing.set(Some(missing));
    }
}

/// The service's own questions and the reasons against its warnings. The first pair stands for all of them, so that
/// "nothing is ticked" differs from "not sent".
fn pairs(data: &FormData) -> Vec<(String, String)> {
    let mut pairs = vec![("form".to_owned(), "1".to_owned())];
    let entries = js_sys::try_iter(data).ok().flatten().into_iter().flatten().flatten();
    for entry in entries {
        let entry = js_sys::Array::from(&entry);
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string())
            && (name.starts_with("answer-") || name.starts_with("override-"))
        {
            pairs.push((name, value));
        }
    }
    pairs
}

/// Hides the questions that are not asked, given the answers so far.
fn arrange(root: &Element) {
    let Ok(Some(form)) = root.query_selector("form") else {
        return;
    };
    let Some(data) =
        form.dyn_into::<HtmlFormElement>().ok().and_then(|form| FormData::new_with_form(&form).ok())
    else {
        return;
    };
    let Ok(found) = root.query_selector_all("[data-when]") else {
        return;
    };
    for at in 0..found.length() {
        let Some(question) = found.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok()) else {
            continue;
        };
        let attribute = |name: &str| question.get_attribute(name).unwrap_or_default();
        let wanted = attribute("data-is");
        let given = data.get_all(&attribute("data-when"));
        question.set_hidden(!given.iter().any(|value| value.as_string().as_deref() == Some(&wanted)));
    }
}

/// Shows the places for reasons that are asked for. One that was shown stays, so that nothing typed goes out of sight.
fn show_overrides(form: &HtmlFormElement, missing: &[MissingItem]) {
    for item in missing.iter().filter(|item| item.code.starts_with("override-")) {
        let found = form.query_selector(&format!("[data-override=\"{}\"]", item.code)).ok().flatten();
        if let Some(place) = found.and_then(|place| place.dyn_into::<HtmlElement>().ok()) {
            place.set_hidden(false);
        }
    }
}

/// A save that is on its way changes the version, so the form waits for it; otherwise it goes its own way.
fn submitted(helper: Helper, event: &SubmitEvent) {
    if let Some(timer) = helper.timer.get_value() {
        timer.clear();
    }
    if helper.saved.get_untracked() == Saved::Saving {
        event.prevent_default();
        let value = event.submitter().and_then(|button| button.get_attribute("value"));
        helper.waiting.set_value(Some(value.unwrap_or_default()));
    }
}

/// The form's button with this value.
fn button(form: &HtmlFormElement, value: &str) -> Option<HtmlElement> {
    let found = form.query_selector(&format!("button[value=\"{value}\"]")).ok().flatten();
    found.and_then(|button| button.dyn_into::<HtmlElement>().ok())
}

fn set_version(form: &HtmlFormElement, version: i64) {
    let field = form.query_selector("input[name=version]").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.set_value(&version.to_string());
    }
}

fn why(error: &PublicError) -> &'static str {
    match error {
        PublicError::SignedOut => {
            "Not saved: you were signed out. Your words are still here. Copy them, sign in again, and paste them."
        }
        PublicError::Conflict { .. } => {
            "Not saved: this draft was changed elsewhere meanwhile. Press “Save draft” to see both and join them; nothing of yours is lost."
        }
        PublicError::NotFound | PublicError::NotAllowed => "Not saved: you can no longer change this draft.",
        PublicError::Invalid { .. } => {
            "Not saved: choose how urgent it is, and keep the text under 20,000 characters."
        }
        PublicError::TooMany { .. } | PublicError::TooLarge { .. } | PublicError::Broken { .. } => {
            "Not saved: we could not be reached. It is tried again when you go on typing."
        }
    }
}

/// "10:41am", by the reader's own clock.
fn clock() -> String {
    let now = js_sys::Date::new_0();
    let (hour, minute) = (now.get_hours(), now.get_minutes());
    let half = if hour < 12 { "am" } else { "pm" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{hour}:{minute:02}{half}")
}
