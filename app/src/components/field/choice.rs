use super::{Need, described_by, field_id, grouped, invalid, labelled};
use leptos::prelude::*;

/// One answer among several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// A further line under the label; a select shows none.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Choice { value: value.into(), label: label.into(), hint: None }
    }

    /// The same choice with a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Choice { hint: Some(hint.into()), ..self }
    }
}

/// One answer from a list too long for radios. With no value chosen it begins at an empty "Choose one".
#[component]
pub fn SelectField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] need: Need,
    /// Words of the empty choice; in a filter, "Any".
    #[prop(default = "Choose one".to_owned(), into)]
    empty: String,
) -> impl IntoView {
    let id = field_id(&name);
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    let control = view! {
        <select
            class="app-input app-select"
            id=id.clone()
            name=name
            aria-describedby=described_by(&id, &hint, &error)
            aria-invalid=invalid(&error)
        >
            <option value="">{empty}</option>
            {options}
        </select>
    }
    .into_any();
    labelled(&id, label, hint, error, need, control)
}

/// One answer from a few, all in sight.
#[component]
pub fn RadioGroup(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] need: Need,
) -> impl IntoView {
    // Nothing chosen is itself an answer where one of them is empty: "A day", "Any time".
    let is_answer = !value.is_empty() || choices.iter().any(|choice| choice.value.is_empty());
    let chosen = if is_answer { vec![value] } else { Vec::new() };
    choice_group("radio", name, label, choices, hint, error, chosen, need)
}

/// Any number of answers; each chosen one is sent under the same name.
#[component]
pub fn CheckboxGroup(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] values: Vec<String>,
    #[prop(optional)] need: Need,
) -> impl IntoView {
    choice_group("checkbox", name, label, choices, hint, error, values, need)
}

#[expect(
    clippy::too_many_arguments,
    reason = "private, called twice, each argument is a part of one control"
)]
fn choice_group(
    input_type: &'static str,
    name: String,
    label: String,
    choices: Vec<Choice>,
    hint: Option<String>,
    error: Option<String>,
    chosen: Vec<String>,
    need: Need,
) -> AnyView {
    let id = field_id(&name);
    let controls = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let choice_id = if index == 0 { id.clone() } else { format!("{id}-{index}") };
            let hint_id = choice.hint.as_ref().map(|_| format!("{choice_id}-about"));
            let checked = chosen.contains(&choice.value);
            view! {
                <div class="app-choice">
                    <input
                        class="app-choice__input"
                        type=input_type
                        id=choice_id.clone()
                        name=name.clone()
                        value=choice.value
                        checked=checked
                        aria-describedby=hint_id.clone()
                    />
                    <label class="app-choice__label" for=choice_id>{choice.label}</label>
                    {choice.hint.map(|hint| view! { <p class="app-choice__hint" id=hint_id>{hint}</p> })}
                </div>
            }
        })
        .collect_view();
    grouped(&id, label, hint, error, need, view! { <div class="app-choices">{controls}</div> }.into_any())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::super::render;
    use super::*;

    fn choices() -> Vec<Choice> {
        vec![Choice::new("morning", "Morning").hint("Before 12"), Choice::new("any", "Any & all")]
    }

    #[test]
    fn a_radio_group_marks_what_was_chosen_and_the_first_has_the_fields_id() {
        let html = render(|| view! { <RadioGroup name="when" label="When?" choices=choices() value="any"/> });
        assert!(html.contains(r#"id="f-when""#), "{html}");
        assert_eq!(html.matches(" checked").count(), 1, "{html}");
        assert!(html.contains(r#"aria-describedby="f-when-about""#), "{html}");
        assert!(html.contains("Any &amp; all"), "{html}");
    }

    #[test]
    fn checkboxes_share_a_name_and_may_all_be_ticked() {
        let values = vec!["morning".to_owned(), "any".to_owned()];
        let html = render(|| view! { <CheckboxGroup name="when" label="When?" choices=choices() values/> });
        assert_eq!(html.matches(" checked").count(), 2, "{html}");
        assert_eq!(html.matches(r#"name="when""#).count(), 2, "{html}");
    }

    #[test]
    fn a_select_keeps_its_value_and_begins_empty() {
        let html = render(|| view! { <SelectField name="s" label="Service" choices=choices() value="any"/> });
        assert_eq!(html.matches(" selected").count(), 1, "{html}");
        assert!(html.contains("Choose one"), "{html}");
    }
}
