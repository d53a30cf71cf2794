use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{FormData, HtmlFormElement, ProgressEvent, XmlHttpRequest};

/// Sent as `Accept` by the island, so that the page to which the server redirects is not made in vain.
pub const UPLOAD_ACCEPT: &str = "application/vnd.waymark.upload";

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Upload {
    Resting,
    /// Percent that left the device.
    Sending(u32),
    Refused(&'static str),
    TooLarge,
}

/// Sends the form inside it and shows how far it has come. Without wasm the form sends itself.
#[island]
pub fn Uploader(
    /// Largest file in MiB.
    limit_mib: u32,
    children: Children,
) -> impl IntoView {
    let upload = RwSignal::new(Upload::Resting);
    let on_submit = move |event: SubmitEvent| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else {
            return;
        };
        if matches!(upload.get_untracked(), Upload::Sending(_)) {
            event.prevent_default();
            return;
        }
        let Ok(data) = FormData::new_with_form(&form) else {
            return;
        };
        if size_bytes(&data) > f64::from(limit_mib) * 1024.0 * 1024.0 {
            event.prevent_default();
            upload.set(Upload::TooLarge);
            return;
        }
        // Where the request cannot be made, the form goes its own way.
        if send(&form.action(), &data, upload).is_some() {
            event.prevent_default();
        }
    };
    view! {
        <div class="app-uploader" on:submit=on_submit>
            {children()}
            <div role="status" class="app-uploader__state">
                {move || match upload.get() {
                    Upload::Resting => ().into_any(),
                    Upload::Sending(100) => view! { <p>"Sent. It is being checked …"</p> }.into_any(),
                    Upload::Sending(percent) => {
                        view! {
                            <label class="app-progress">
                                <span class="app-progress__label">"Sending"</span>
                                " "
                                <span class="app-progress__text">{format!("{percent} of 100")}</span>
                                <progress class="app-progress__bar" max="100" value=percent.to_string()></progress>
                            </label>
                        }
                            .into_any()
                    }
                    Upload::Refused(sentence) => view! { <p class="app-field__error">{sentence}</p> }.into_any(),
                    Upload::TooLarge => {
                        view! {
                            <p class="app-field__error">
                                {format!(
                                    "This file is larger than {limit_mib} MB. Choose a smaller one, or take the photo again in a lower quality.",
                                )}
                            </p>
                        }
                            .into_any()
                    }
                }}
            </div>
        </div>
    }
}

/// Bytes of the chosen file; none when none is chosen.
fn size_bytes(data: &FormData) -> f64 {
    data.get("file").dyn_into::<web_sys::File>().map_or(0.0, |file| file.size())
}

/// Sends the form; `None` when the browser refuses to begin.
fn send(action: &str, data: &FormData, upload: RwSignal<Upload>) -> Option<()> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", action).ok()?;
    request.set_request_header("Accept", UPLOAD_ACCEPT).ok()?;
    if let Ok(progress) = request.upload() {
        let moved = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            if event.length_computable() && event.total() > 0.0 {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share between 0 and 100"
                )]
                upload.set(Upload::Sending((event.loaded() / event.total() * 100.0) as u32));
            }
        });
        progress.set_onprogress(Some(moved.as_ref().unchecked_ref()));
        moved.forget();
    }
    let answer = request.clone();
    let finished = Closure::<dyn Fn()>::new(move || match answer.status() {
        // Taken or refused with words: either way the page says so.
        Ok(200..=299) => {
            let _ = window().location().reload();
        }
        Ok(413) => upload.set(Upload::TooLarge),
        _ => upload
            .set(Upload::Refused("It could not be sent. Reload the page and try again, or call the clinic.")),
    });
    request.set_onload(Some(finished.as_ref().unchecked_ref()));
    finished.forget();
    let lost = Closure::<dyn Fn()>::new(move || {
        upload.set(Upload::Refused(
            "The connection was lost. Nothing is missing on your side: press “Send it” again.",
        ));
    });
    request.set_onerror(Some(lost.as_ref().unchecked_ref()));
    lost.forget();
    request.send_with_opt_form_data(Some(data)).ok()?;
    upload.set(Upload::Sending(0));
    Some(())
}
