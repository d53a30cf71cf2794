use super::Href;
use leptos::prelude::*;

/// Whether a link points to the page that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Current {
    /// This page.
    Here,
    /// Another page.
    #[default]
    Elsewhere,
}

/// One link of the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// "Worklist".
    pub label: String,
    /// Where it leads.
    pub href: Href,
    /// Whether it is this page.
    pub current: Current,
}

impl NavItem {
    /// A link to another page; see [`NavItem::here`].
    pub fn new(label: impl Into<String>, href: impl Into<Href>) -> Self {
        NavItem { label: label.into(), href: href.into(), current: Current::Elsewhere }
    }

    /// The same link, marked as the page that is shown.
    pub fn here(self) -> Self {
        NavItem { current: Current::Here, ..self }
    }
}

/// The form that signs a person out: where it posts, and a hidden field that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOut {
    /// Address of the POST.
    pub action: Href,
    /// Name of the hidden field.
    pub name: String,
    /// Value of the hidden field.
    pub value: String,
}

/// The head of a patient's page. The links sit in a menu on phones and in a line on wide screens.
#[component]
pub fn PatientHeader(
    nav: Vec<NavItem>,
    /// Left out before the person has signed in.
    #[prop(optional_no_strip)]
    sign_out: Option<SignOut>,
    /// Where the name at the top leads.
    #[prop(default = "/my")]
    home: &'static str,
) -> impl IntoView {
    let menu =
        (!nav.is_empty() || sign_out.is_some()).then(|| phone_menu(nav.clone(), None, sign_out.clone()));
    view! {
        {skip_link()}
        <header class="app-header app-header--patient">
            <div class="app-header__inner">
                {brand(home)}
                {menu}
                <div class="app-header__wide">
                    {(!nav.is_empty()).then(|| nav_list("app-nav app-nav--line", "Your pages", nav))}
                    {sign_out.map(sign_out_form)}
                </div>
            </div>
        </header>
    }
    .into_any()
}

/// The head of a staff page, and its navigation, which `app-frame--console` puts on the left on wide screens.
#[component]
pub fn ConsoleHeader(
    nav: Vec<NavItem>,
    /// Who is signed in: "Dr Okafor, Renal clinic".
    #[prop(into)]
    who: String,
    #[prop(optional_no_strip)] sign_out: Option<SignOut>,
) -> impl IntoView {
    view! {
        {skip_link()}
        <header class="app-header app-header--console">
            <div class="app-header__inner">
                {brand("/")}
                {phone_menu(nav.clone(), Some(who.clone()), sign_out.clone())}
                <div class="app-header__wide">
                    <p class="app-header__who">{who}</p>
                    {sign_out.map(sign_out_form)}
                </div>
            </div>
        </header>
        {nav_list("app-nav app-nav--side", "Sections", nav)}
    }
    .into_any()
}

fn skip_link() -> AnyView {
    view! { <a class="app-skip-link" href="#main">"Skip to the main content"</a> }.into_any()
}

fn brand(home: &'static str) -> AnyView {
    view! {
        <a class="app-header__brand" href=home>
            <svg class="app-header__mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
                <path fill="currentColor" d="M14 2h4v4h8l4 4-4 4h-8v16h-4v-8H6l-4-4 4-4h8V2Z"></path>
            </svg>
            <span>"Waymark"</span>
        </a>
    }
    .into_any()
}

/// The menu at phone width: opens and closes without script.
fn phone_menu(nav: Vec<NavItem>, who: Option<String>, sign_out: Option<SignOut>) -> AnyView {
    view! {
        <details class="app-menu">
            <summary class="app-menu__summary">
                "Menu"
                <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                    <path fill="currentColor" d="M1 2.5h14v2H1Zm0 4.5h14v2H1Zm0 4.5h14v2H1Z"></path>
                </svg>
            </summary>
            <div class="app-menu__body">
                {who.map(|who| view! { <p class="app-header__who">{who}</p> })}
                {nav_list("app-nav app-nav--menu", "Menu", nav)}
                {sign_out.map(sign_out_form)}
            </div>
        </details>
    }
    .into_any()
}

fn nav_list(class: &'static str, label: &'static str, nav: Vec<NavItem>) -> AnyView {
    let items = nav
        .into_iter()
        .map(|item| {
            let current = (item.current == Current::Here).then_some("page");
            view! {
                <li>
                    <a class="app-nav__link" href=item.href.as_str().to_owned() aria-current=current>{item.label}</a>
                </li>
            }
        })
        .collect_view();
    view! { <nav class=class aria-label=label><ul class="app-nav__list">{items}</ul></nav> }.into_any()
}

fn sign_out_form(sign_out: SignOut) -> AnyView {
    view! {
        <form class="app-sign-out" method="post" action=sign_out.action.as_str().to_owned()>
            <input type="hidden" name=sign_out.name value=sign_out.value/>
            <button type="submit" class="app-sign-out__button">"Sign out"</button>
        </form>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn the_console_header_marks_the_page_that_is_shown_and_signs_out_by_post() {
        let nav = vec![NavItem::new("Worklist", "/worklist").here(), NavItem::new("Quality", "/quality")];
        let sign_out = SignOut { action: "/sign-out".into(), name: "key".into(), value: "1".into() };
        let html = render(|| view! { <ConsoleHeader nav who="Dr <Okafor>" sign_out=Some(sign_out)/> });
        assert_eq!(
            html.matches(r#"aria-current="page""#).count(),
            2,
            "once in the menu, once at the side: {html}"
        );
        assert!(html.contains(r#"method="post""#), "{html}");
        assert!(html.contains("Dr &lt;Okafor&gt;"), "{html}");
        assert!(html.contains(r##"href="#main""##), "{html}");
    }

    #[test]
    fn a_patient_who_is_not_signed_in_sees_no_menu() {
        let html = render(|| view! { <PatientHeader nav=Vec::new()/> });
        assert!(!html.contains("<details"), "{html}");
        assert!(!html.contains("Sign out"), "{html}");
    }
}
