use super::Meaning;
use super::status_tag::shape;
use leptos::prelude::*;

/// What a notice is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeKind {
    /// Worth knowing, nothing to do.
    #[default]
    Info,
    /// An act has worked.
    Success,
    /// Something to do, or something that may be lost.
    Warning,
}

/// A banner above the content. Its kind is also said in words, for readers who see neither colour nor shape.
#[component]
pub fn Notice(
    #[prop(optional)] kind: NoticeKind,
    #[prop(into)] title: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (class, said, meaning) = match kind {
        NoticeKind::Info => ("app-notice app-notice--info", "Information: ", Meaning::Waiting),
        NoticeKind::Success => ("app-notice app-notice--success", "Done: ", Meaning::Done),
        NoticeKind::Warning => ("app-notice app-notice--warning", "Important: ", Meaning::Attention),
    };
    let mark = match kind {
        NoticeKind::Info => info_mark(),
        NoticeKind::Success | NoticeKind::Warning => shape(meaning),
    };
    view! {
        <div class=class role="status">
            <p class="app-notice__title">
                {mark}
                <span><span class="app-visually-hidden">{said}</span>{title}</span>
            </p>
            {children.map(|children| view! { <div class="app-notice__body">{children()}</div> })}
        </div>
    }
    .into_any()
}

fn info_mark() -> AnyView {
    view! {
        <svg class="app-status__shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path
                fill="currentColor"
                fill-rule="evenodd"
                d="M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0ZM7 3h2v2H7V3Zm0 3.6h2V13H7V6.6Z"
            ></path>
        </svg>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn a_notice_says_its_kind_in_words() {
        let html = render(|| view! { <Notice kind=NoticeKind::Success title="Your time is held"/> });
        assert!(html.contains("Done: "), "{html}");
        assert!(html.contains(r#"role="status""#), "{html}");
    }
}
