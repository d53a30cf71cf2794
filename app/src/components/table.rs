use leptos::prelude::*;

/// On which side a column's text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Start,
    /// Numbers.
    End,
}

/// How much air the rows have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    /// For reading.
    #[default]
    Roomy,
    /// For working through many rows.
    Dense,
    /// For seeing as many rows as fit: what stands under one another stands in a line.
    Close,
}

/// Where a table's caption is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caption {
    /// Above it.
    #[default]
    Shown,
    /// By screen readers only: a heading just above says the same.
    Heard,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading; also shown beside each value when rows become cards on phones.
    pub heading: String,
    /// Words or numbers.
    pub align: Align,
}

impl Column {
    /// A column of words.
    pub fn new(heading: impl Into<String>) -> Self {
        Column { heading: heading.into(), align: Align::Start }
    }

    /// A column of numbers.
    pub fn number(heading: impl Into<String>) -> Self {
        Column { heading: heading.into(), align: Align::End }
    }
}

/// A row: one cell per column, the first names the row.
pub struct Row {
    /// Text, links, status tags …
    pub cells: Vec<AnyView>,
}

impl Row {
    /// A row of views: `Row::new(vec![a.into_any(), b.into_any()])`.
    pub fn new(cells: Vec<AnyView>) -> Self {
        Row { cells }
    }

    /// A row of plain text.
    pub fn text<T: Into<String>>(cells: impl IntoIterator<Item = T>) -> Self {
        Row { cells: cells.into_iter().map(|cell| words_of(cell.into())).collect() }
    }
}

/// A cell's words. Of none there is really nothing, so that a card leaves its label out.
pub fn words_of(words: String) -> AnyView {
    if words.is_empty() { ().into_any() } else { words.into_any() }
}

/// A table with a caption. Under 40 rem each row becomes a card, so nothing scrolls sideways.
#[component]
pub fn DataTable(
    /// What the table shows; also its name for screen readers.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    #[prop(optional)] density: Density,
    #[prop(optional)] caption_is: Caption,
) -> impl IntoView {
    let class = match density {
        Density::Roomy => "app-table",
        Density::Dense => "app-table app-table--dense",
        Density::Close => "app-table app-table--dense app-table--close",
    };
    let headings = columns
        .iter()
        .map(|column| {
            view! { <th class=head_class(column.align) scope="col">{column.heading.clone()}</th> }
        })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|row| {
            let cells = row.cells.into_iter().zip(columns.iter()).enumerate().map(cell).collect_view();
            view! { <tr class="app-table__row">{cells}</tr> }
        })
        .collect_view();
    let caption_class = match caption_is {
        Caption::Shown => "app-table__caption",
        Caption::Heard => "app-table__caption app-visually-hidden",
    };
    // Two or three columns fit everywhere; more become cards where the column of the page is narrow.
    let room = if columns.len() > 3 { "app-table-room app-table-room--measured" } else { "app-table-room" };
    view! {
        <div class=room>
            <table class=class>
                <caption class=caption_class>{caption}</caption>
                <thead class="app-table__head"><tr>{headings}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn head_class(align: Align) -> &'static str {
    match align {
        Align::Start => "app-table__heading",
        Align::End => "app-table__heading app-table__heading--number",
    }
}

fn cell((index, (content, column)): (usize, (AnyView, &Column))) -> AnyView {
    let label = column.heading.clone();
    // The inner box keeps a cell's content together beside its label when the row is a card.
    let content = view! { <div class="app-table__content">{content}</div> };
    match (index, column.align) {
        (0, _) => view! {
            <th class="app-table__cell app-table__cell--name" scope="row" data-label=label>{content}</th>
        }
        .into_any(),
        (_, Align::Start) => view! { <td class="app-table__cell" data-label=label>{content}</td> }.into_any(),
        (_, Align::End) => view! {
            <td class="app-table__cell app-table__cell--number" data-label=label>{content}</td>
        }
        .into_any(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn a_table_has_caption_head_body_and_a_label_on_every_cell() {
        let columns = vec![Column::new("Patient"), Column::number("Days")];
        let rows = vec![Row::text(["<b>A</b>", "3"]), Row::text(["B", "12"])];
        let html = render(|| view! { <DataTable caption="Waiting & late" columns rows/> });
        for part in [
            "<caption",
            "<thead",
            "<tbody",
            r#"scope="col""#,
            r#"scope="row""#,
            "Waiting &amp; late",
            "&lt;b&gt;A",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches(r#"data-label="Days""#).count(), 2, "{html}");
    }

    #[test]
    fn a_caption_that_a_heading_says_already_is_for_screen_readers_only() {
        let columns = || vec![Column::new("A")];
        let html = render(
            || view! { <DataTable caption="Rules" columns=columns() rows=Vec::new() caption_is=Caption::Heard/> },
        );
        assert!(html.contains("app-visually-hidden") && html.contains("Rules"), "{html}");
        let html = render(|| view! { <DataTable caption="Rules" columns=columns() rows=Vec::new()/> });
        assert!(!html.contains("app-visually-hidden"), "{html}");
    }

    #[test]
    fn a_cell_without_words_is_empty() {
        let rows = vec![Row::text(["", "3"])];
        let columns = vec![Column::new("A"), Column::new("B")];
        let html = render(|| view! { <DataTable caption="None" columns rows/> });
        let inside = html
            .split(r#"<div class="app-table__content">"#)
            .nth(1)
            .and_then(|rest| rest.split("</div>").next());
        assert!(inside.is_some_and(|inside| inside.replace("<!>", "").is_empty()), "{html}");
    }

    #[test]
    fn an_empty_table_still_has_a_body() {
        let html =
            render(|| view! { <DataTable caption="None" columns=vec![Column::new("A")] rows=Vec::new()/> });
        assert!(html.contains("<tbody"), "{html}");
    }
}
