use leptos::prelude::*;

/// How far something counted has come: "31 of 38 reminders delivered". The numbers are always written out too.
#[component]
pub fn Progress(#[prop(into)] label: String, done: u32, total: u32) -> impl IntoView {
    let done = done.min(total);
    let text = format!("{done} of {total}");
    let max = total.max(1).to_string();
    view! {
        <label class="app-progress">
            <span class="app-progress__label">{label}</span>
            " "
            <span class="app-progress__text">{text.clone()}</span>
            <progress class="app-progress__bar" max=max value=done.to_string()>{text}</progress>
        </label>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn it_never_shows_more_than_all_nor_divides_by_nothing() {
        let html = render(|| view! { <Progress label="Sent" done=9 total=4/> });
        assert!(html.contains("4 of 4"), "{html}");
        let html = render(|| view! { <Progress label="Sent" done=0 total=0/> });
        assert!(html.contains(r#"max="1""#), "{html}");
    }
}
