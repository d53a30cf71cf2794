use std::time::Duration;

use contract::SmsPreview;
use leptos::ev::Event;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use crate::api::templates::message_cost;
use crate::words;

/// How long somebody has to pause before it is counted.
const PAUSE: Duration = Duration::from_millis(300);

/// Says what the text message costs while somebody writes it in the field inside. Without wasm the preview says it.
#[island]
pub fn MessageCost(
    /// Code of the message.
    template: String,
    /// BCP 47, small letters.
    language: String,
    children: Children,
) -> impl IntoView {
    let which = StoredValue::new((template, language));
    let cost = RwSignal::new(None::<SmsPreview>);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    // Answers may come in another order than the questions.
    let asked = StoredValue::new(0_u32);
    let typed = move |event: Event| {
        let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
        let Some(area) = area.filter(|area| area.name() == "sms") else {
            return;
        };
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let handle = set_timeout_with_handle(
            move || {
                let number = asked.get_value() + 1;
                asked.set_value(number);
                let (template, language) = which.get_value();
                spawn_local(async move {
                    // What could not be counted is said as nothing: the preview and the save say it again.
                    let counted = message_cost(template, language, area.value()).await.ok();
                    if asked.get_value() == number {
                        cost.set(counted);
                    }
                });
            },
            PAUSE,
        );
        timer.set_value(handle.ok());
    };
    view! {
        <div class="app-stack" on:input=typed>
            {children()}
            <div role="status" class="app-stack app-stack--tight">
                {move || {
                    cost.get()
                        .map(|cost| {
                            view! {
                                <p class="app-quiet">"As you write it, with example data:"</p>
                                <p class="app-said app-note__text" dir="auto">
                                    {cost.text.clone()}
                                </p>
                                <p>{words::sms_length(&cost)}</p>
                            }
                        })
                }}
            </div>
        </div>
    }
}
