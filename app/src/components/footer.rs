use super::NavItem;
use leptos::prelude::*;

/// The foot of every page: links that are the same everywhere, and a line about who runs the service.
#[component]
pub fn PageFooter(
    #[prop(optional)] links: Vec<NavItem>,
    /// "Waymark at St Aidan's Hospital", or when the page was made.
    #[prop(optional, into)]
    note: Option<String>,
) -> impl IntoView {
    let has_links = !links.is_empty();
    let items = links
        .into_iter()
        .map(|link| view! { <li><a href=link.href.as_str().to_owned()>{link.label}</a></li> })
        .collect_view();
    view! {
        <footer class="app-footer">
            <div class="app-footer__inner">
                {has_links.then(|| view! { <ul class="app-footer__links">{items}</ul> })}
                {note.map(|note| view! { <p class="app-footer__note">{note}</p> })}
            </div>
        </footer>
    }
    .into_any()
}
